"""API clients, their secrets, and the keys that sign tokens."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import AbstractApplication

from hubster.lib import clock
from hubster.lib.fields import EncryptedTextField
from portal.models.base import TimestampedModel
from portal.models.tenant import Tenant


class Client(AbstractApplication):  # type: ignore[misc]
    """An OAuth client of a tenant, one for each API. Its secrets are rows of their own."""

    tenant: Any = models.ForeignKey(Tenant, verbose_name=_("tenant"), on_delete=models.CASCADE, related_name="clients")
    scope: Any = models.CharField(_("scope"), max_length=40)
    role: Any = models.CharField(_("role"), max_length=20, default="admin")
    enabled: Any = models.BooleanField(_("enabled"), default=True)

    class Meta:
        verbose_name = _("API client")
        verbose_name_plural = _("API clients")
        ordering = ["client_id"]

    def __str__(self) -> str:
        return str(self.client_id)


class ClientSecret(models.Model):
    """One secret of a client: only its digest and its first characters are kept."""

    SHOWN = 15  # characters that later answers show

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="secrets")
    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    start = models.CharField(max_length=SHOWN)
    expiration = models.DateTimeField(null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(name="secret_name_per_client", fields=["client", "name"])]

    def __str__(self) -> str:
        return self.name

    @property
    def expired(self) -> bool:
        """True if its time is over."""
        return self.expiration is not None and self.expiration <= clock.now()


class JwtKey(TimestampedModel):
    """An RSA key that signs access tokens; its id is the `kid`. The newest active one signs, all active verify."""

    private_pem = EncryptedTextField()
    public_pem = models.TextField()
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["-created"]
