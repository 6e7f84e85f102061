"""The portal's part of the admin: who may do what is decided by role and tenant, in code."""

from portal.admin import _toolkits, audit, clients, commands, hubs, integrations, login, members, tenants

__all__ = [
    "_toolkits",
    "audit",
    "clients",
    "commands",
    "hubs",
    "integrations",
    "login",
    "members",
    "tenants",
]
