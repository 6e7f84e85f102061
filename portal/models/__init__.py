"""The portal's tables, one noun per file."""

from portal.models.audit import AuditEntry
from portal.models.client import Client, ClientSecret, JwtKey
from portal.models.command import DynamicCommand, ResponseCommand, TransferCommand
from portal.models.connection import Authorization, PendingConnection
from portal.models.hub import Hub
from portal.models.idempotency import IdempotencyRecord
from portal.models.integration import Integration, SigningKey
from portal.models.session import PortalSession
from portal.models.tenant import Tenant, User
from portal.models.usage import FileUse

__all__ = [
    "AuditEntry",
    "Authorization",
    "Client",
    "ClientSecret",
    "DynamicCommand",
    "FileUse",
    "Hub",
    "Integration",
    "JwtKey",
    "IdempotencyRecord",
    "PendingConnection",
    "PortalSession",
    "ResponseCommand",
    "SigningKey",
    "Tenant",
    "TransferCommand",
    "User",
]
