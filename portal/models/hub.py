"""Hubs: the centre where a line of business is configured."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.models.base import TimestampedModel
from portal.models.tenant import Tenant


class Hub(TimestampedModel):
    """A set of integrations that talk to each other under one configuration."""

    class Status(models.IntegerChoices):
        """The documented numbers."""

        ACTIVE = 2000, _("Active")
        CANCELED = 2001, _("Canceled")
        PAUSED = 2002, _("Paused")

    tenant = models.ForeignKey(Tenant, verbose_name=_("tenant"), on_delete=models.CASCADE, related_name="hubs")
    name = models.CharField(_("name"), max_length=200)
    description = models.CharField(_("description"), max_length=1000)
    close_dormant_conversation = models.PositiveIntegerField(
        _("close after (days without a message)"),
        default=0,
        help_text=_("Conversations without a message for this many days are closed. 0 = never."),
    )
    handover_phrases: Any = models.JSONField(
        _("phrases that ask for a person"),
        default=list,
        blank=True,
        help_text=_("A customer who writes one of these to the bot is handed over to an agent."),
    )
    bot_failures = models.PositiveSmallIntegerField(
        _("failed bot calls before agents take over"),
        default=2,
        help_text=_("Agents take over when this many bot calls for one message fail. 0 = never."),
    )
    bot_patience = models.PositiveIntegerField(
        _("bot time-out (seconds)"), default=0, help_text=_("After this, agents take over. 0 = never.")
    )
    handback_after = models.PositiveIntegerField(
        _("return to bot after (minutes idle)"),
        default=0,
        help_text=_("After this long without a message, the bot replies again. 0 = only when an agent hands back."),
    )
    binding_public_key = models.TextField(
        _("public key for binding tokens"),
        blank=True,
        default="",
    )
    trust_random_bindings = models.BooleanField(
        _("trust random binding keys"),
        default=False,
        help_text=_(
            "Leave this off unless your own chat client sends long random keys as bindings. While it is on, anyone who "
            "knows or guesses such a key can read that customer's open conversation. Signed bindings do not need it."
        ),
    )
    discloses_bots = models.BooleanField(
        _("bots say that they are bots"),
        default=True,
        help_text=_(
            "Customers are told that a bot replies before its first message, and one who asks for a person gets a "
            "person, or an honest answer."
        ),
    )
    disclosure_silence = models.PositiveSmallIntegerField(
        _("say it again after (hours)"),
        default=24,
        help_text=_("Hours without a message from the bot. 0 = only after a person has replied in between."),
    )
    disclosure_language = models.CharField(
        _("default language"), max_length=2, default="en", help_text=_("For customers whose language is not known.")
    )
    disclosure_texts: Any = models.JSONField(_("texts of your own, by language"), default=dict, blank=True)
    status = models.IntegerField(_("status"), choices=Status.choices, default=Status.ACTIVE)

    class Meta:
        verbose_name = _("hub")
        verbose_name_plural = _("hubs")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(name="hub_name_per_tenant", fields=["tenant", "name"])]

    def __str__(self) -> str:
        return self.name
