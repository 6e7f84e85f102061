"""Hubs: the centre where a line of business is configured."""

from typing import Any

from django.db import models

from portal.models.base import Noun
from portal.models.tenant import Tenant


class Hub(Noun):
    """A set of integrations that talk to each other under one configuration."""

    class Status(models.IntegerChoices):
        """The documented numbers."""

        ACTIVE = 2000, "Active"
        CANCELED = 2001, "Canceled"
        PAUSED = 2002, "Paused"

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="hubs")
    name = models.CharField(max_length=200)
    description = models.CharField(max_length=1000)
    close_dormant_conversation = models.PositiveIntegerField(
        default=0, help_text="Days without a message after which a conversation is closed. 0: it stays open."
    )
    handover_phrases: Any = models.JSONField(
        default=list, blank=True, help_text="A customer who says one of these to the bot gets an agent."
    )
    bot_failures = models.PositiveSmallIntegerField(
        default=2, help_text="Failed calls of the bot about one message after which agents take over. 0: never."
    )
    bot_patience = models.PositiveIntegerField(
        default=0, help_text="Seconds a customer waits for the bot before agents take over. 0: for ever."
    )
    handback_after = models.PositiveIntegerField(
        default=0, help_text="Minutes of silence after which the bot answers again. 0: only when told to."
    )
    binding_public_key = models.TextField(
        blank=True,
        default="",
        help_text="PEM. Verifies binding tokens signed with RS256.",
    )
    trust_random_bindings = models.BooleanField(
        default=False,
        help_text="Off is safer. On: a web-chat binding that looks random opens its conversation in any browser.",
    )
    status = models.IntegerField(choices=Status.choices, default=Status.ACTIVE)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(name="hub_name_per_tenant", fields=["tenant", "name"])]

    def __str__(self) -> str:
        return self.name
