"""Conversations: one customer on one channel, until it is closed."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.models import Hub, Integration
from portal.models.base import TimestampedModel


class Conversation(TimestampedModel):
    """A customer's thread. Its row lock orders everything that is said in it."""

    appending_after: int | None = None  # not a column: see `engine.actions.append.right_behind`

    class Side(models.TextChoices):
        """The side that answers the customer."""

        AGENT = "Agent"
        BOT = "Bot"

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="conversations")
    hub = models.ForeignKey(Hub, on_delete=models.CASCADE, related_name="conversations", db_index=False)
    binding = models.CharField(max_length=512)
    token_id = models.CharField(max_length=24, help_text="Opaque; fixed for the life of the conversation.")
    properties = models.JSONField(default=dict)
    opened = models.DateTimeField()
    closed = models.DateTimeField(null=True, blank=True)
    side = models.CharField(max_length=5, choices=Side.choices, default=Side.AGENT)
    assignee = models.ForeignKey(
        Integration,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        help_text="The integration of the agent who took over.",
    )
    assignee_member = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        help_text="The member who took over at the desk.",
    )
    address = models.ForeignKey(
        "engine.Address",
        on_delete=models.SET_NULL,
        null=True,
        related_name="conversations",
        help_text="Of the customer, on a channel that somebody else runs.",
    )
    held_since = models.DateTimeField(
        null=True, blank=True, help_text="Since when another app holds the customer's thread. Empty = it is ours."
    )
    held_by = models.CharField(max_length=100, blank=True, default="", help_text="That app's name, where it is known.")
    holder_told = models.BigIntegerField(
        default=0, help_text="Provider's time of the newest news of who holds the thread, in milliseconds."
    )
    handover_event_id = models.BigIntegerField(default=0, help_text="eventId of the last handover or handback.")
    last_event_id = models.BigIntegerField(default=0, help_text="Newest eventId.")
    reserved_event_id = models.BigIntegerField(
        default=0, help_text="eventIds up to this one are taken, or kept for what follows from the newest message."
    )
    last_said = models.BigIntegerField(default=0, help_text="Newest eventId without typing and seen events.")
    last_text = models.CharField(max_length=200, blank=True, help_text="Newest message, shortened for lists.")
    unanswered = models.BooleanField(default=False, help_text="True when the customer wrote last.")
    waits_since = models.BigIntegerField(
        default=0, help_text="eventId of the first unanswered message of the customer."
    )
    seen_by_customer = models.BigIntegerField(default=0, help_text="Newest eventId that the customer has seen.")
    seen_by_business = models.BigIntegerField(default=0, help_text="Newest eventId that the agent or bot has seen.")

    class Meta:
        ordering = ["-last_said", "-opened"]
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        constraints = [
            models.UniqueConstraint(
                name="open_conversation_per_binding",
                fields=["integration", "binding"],
                condition=models.Q(closed__isnull=True),
            )
        ]
        indexes = [
            models.Index(name="conversation_of_hub", fields=["hub", "-last_said"]),
            models.Index(
                name="conversation_open", fields=["hub", "-last_said"], condition=models.Q(closed__isnull=True)
            ),
            models.Index(
                name="conversation_unanswered",
                fields=["hub", "-last_said"],
                condition=models.Q(unanswered=True, closed__isnull=True),
            ),
            models.Index(
                name="conversation_waits_for_bot",
                fields=["hub", "waits_since"],
                condition=models.Q(side="Bot", unanswered=True, closed__isnull=True),
            ),
            models.Index(name="conversation_assignee", fields=["assignee"], condition=models.Q(assignee__isnull=False)),
            models.Index(
                name="conversation_member",
                fields=["assignee_member"],
                condition=models.Q(assignee_member__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        profile = self.properties.get("profile") or {}
        return str(profile.get("full name") or self.id)


class VisitorGrant(models.Model):
    """A browser (the visitor id in its token) that may read and write a conversation."""

    visitor = models.UUIDField()
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="grants")

    class Meta:
        constraints = [models.UniqueConstraint(name="visitor_once", fields=["visitor", "conversation"])]
