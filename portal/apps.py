"""Portal: who may do what (tenants, members, clients, hubs, integrations)."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Registers the application and its start-up checks."""

    name = "portal"
    verbose_name = "Portal"
