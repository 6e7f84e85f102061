"""Integrations: a hub's ends, towards customers, business or systems."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from engine import adapters
from hubster.lib import clock
from hubster.lib.fields import EncryptedJSONField, EncryptedTextField
from portal.models.base import TimestampedModel
from portal.models.hub import Hub


class Integration(TimestampedModel):
    """One channel connected to one hub."""

    class Status(models.IntegerChoices):
        """The documented numbers."""

        ACTIVE = 3000, _("Active")
        CANCELED = 3001, _("Canceled")
        PAUSED = 3002, _("Paused")

    class Type(models.TextChoices):
        """The side of the hub that it serves."""

        CUSTOMER = "Customer", _("Customer")
        AGENT = "Agent", _("Agent")
        BOT = "Bot", _("Bot")
        SYSTEM = "System", _("System")

    hub = models.ForeignKey(Hub, verbose_name=_("hub"), on_delete=models.CASCADE, related_name="integrations")
    type = models.CharField(_("side"), max_length=10, choices=Type.choices)
    channel = models.CharField(_("channel"), max_length=30)  # free text: a channel exists when its adapter file does
    name = models.CharField(_("name"), max_length=200)
    status = models.IntegerField(_("status"), choices=Status.choices, default=Status.ACTIVE)
    inbound_id = models.CharField(max_length=200, null=True, blank=True)
    configuration: Any = EncryptedJSONField(default=dict)
    connected = models.DateTimeField(null=True, editable=False)  # when its provider agreed last; empty: it has none
    renew_at = models.DateTimeField(null=True, editable=False)  # its tokens end some time after this; empty: never
    said = models.CharField(max_length=300, blank=True, editable=False)  # the provider's sentence, of that time

    class Meta:
        verbose_name = _("integration")
        verbose_name_plural = _("integrations")
        ordering = ["created", "id"]
        constraints = [
            models.UniqueConstraint(name="integration_name_per_hub", fields=["hub", "name"]),
            models.UniqueConstraint(name="provider_account_once", fields=["channel", "inbound_id"]),
        ]
        indexes = [
            models.Index(name="integration_to_renew", fields=["renew_at"], condition=models.Q(renew_at__isnull=False))
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def channel_label(self) -> str:
        """The channel's name for people, or its id if the adapter is gone."""
        adapter = adapters.find(self.channel)
        return str(adapter.label) if adapter else self.channel


class SigningKey(TimestampedModel):
    """A pair that signs an integration's webhooks. After a rotation the old pair signs too until it expires."""

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="signing_keys")
    public_key = models.CharField(max_length=32, unique=True)
    private_key = EncryptedTextField()
    expires = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created"]

    @property
    def expired(self) -> bool:
        """True if the hand-over period is over."""
        return self.expires is not None and self.expires <= clock.now()
