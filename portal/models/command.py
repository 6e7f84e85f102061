"""Commands: what agents and bots call by a short name instead of typing it out."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from hubster.lib import clock
from hubster.lib.fields import EncryptedTextField
from portal.models.base import TimestampedModel
from portal.models.hub import Hub


class Command(TimestampedModel):
    """The common part of the three kinds: a name that is unique in its hub and kind."""

    name = models.CharField(_("name"), max_length=200)
    description = models.CharField(_("description"), max_length=1000, blank=True)

    class Meta:
        abstract = True
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class TransferCommand(Command):
    """A page link: sends a visitor of the web chat to another page."""

    hub = models.ForeignKey(Hub, verbose_name=_("hub"), on_delete=models.CASCADE, related_name="transfer_commands")
    url = models.CharField(_("URL"), max_length=2048)
    link_description = models.CharField(_("link text"), max_length=1000)
    mount_delay = models.IntegerField(
        _("delay (milliseconds)"),
        default=0,
        help_text=_("Milliseconds until the chat opens on the new page. Below 0 = it stays closed."),
    )

    class Meta(Command.Meta):
        verbose_name = _("page link")
        verbose_name_plural = _("page links")
        constraints = [models.UniqueConstraint(name="transfer_name_per_hub", fields=["hub", "name"])]


class ResponseCommand(Command):
    """A saved reply: prepared messages or events."""

    class To(models.TextChoices):
        """For whom the responses are."""

        CUSTOMER = "customer", _("Customer")
        AGENT = "agent", _("Agent")

    class Kind(models.TextChoices):
        """The kind of the responses."""

        MESSAGE = "message", _("Message")
        EVENT = "event", _("Event")

    hub = models.ForeignKey(Hub, verbose_name=_("hub"), on_delete=models.CASCADE, related_name="response_commands")
    category = models.CharField(_("category"), max_length=200, blank=True)
    to = models.CharField(_("for"), max_length=10, choices=To.choices)
    kind = models.CharField(_("type"), max_length=10, choices=Kind.choices)
    responses: Any = models.JSONField(_("messages"))

    class Meta(Command.Meta):
        verbose_name = _("saved reply")
        verbose_name_plural = _("saved replies")
        constraints = [models.UniqueConstraint(name="response_name_per_hub", fields=["hub", "name"])]


class DynamicCommand(Command):
    """Asks the business's own service what to answer, by a signed POST."""

    hub = models.ForeignKey(Hub, verbose_name=_("hub"), on_delete=models.CASCADE, related_name="dynamic_commands")
    category = models.CharField(_("category"), max_length=200, blank=True)
    url = EncryptedTextField(_("URL"))  # its path or query may be a secret
    public_key = models.CharField(max_length=32, unique=True)
    private_key = EncryptedTextField()
    previous_key = EncryptedTextField(blank=True, default="")  # the private one before; signs too until it expires
    previous_until = models.DateTimeField(null=True, blank=True)

    class Meta(Command.Meta):
        verbose_name = _("dynamic command")
        verbose_name_plural = _("dynamic commands")
        constraints = [models.UniqueConstraint(name="dynamic_name_per_hub", fields=["hub", "name"])]

    @property
    def signing_keys(self) -> list[tuple[str, str]]:
        """(public, private) of each pair that signs now, the newest first; an old one has no public part."""
        old = self.previous_until is not None and self.previous_until > clock.now()
        return [(self.public_key, self.private_key), *([("", self.previous_key)] if old else [])]
