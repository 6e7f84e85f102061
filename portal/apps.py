"""Portal: who may do what (tenants, members, clients, hubs, integrations)."""

from django.apps import AppConfig

from hubster import checks


class PortalConfig(AppConfig):
    """Registers the application and its start-up checks."""

    name = "portal"
    verbose_name = "Portal"

    def ready(self) -> None:
        """Register the checks."""
        checks.register_all()
