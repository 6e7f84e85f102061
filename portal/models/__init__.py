"""The portal's tables, one noun per file."""

from portal.models.client import Client, ClientSecret, JwtKey
from portal.models.command import DynamicCommand, ResponseCommand, TransferCommand
from portal.models.hub import Hub
from portal.models.integration import Integration, SigningKey
from portal.models.tenant import Tenant, User

__all__ = [
    "Client",
    "ClientSecret",
    "DynamicCommand",
    "Hub",
    "Integration",
    "JwtKey",
    "ResponseCommand",
    "SigningKey",
    "Tenant",
    "TransferCommand",
    "User",
]
