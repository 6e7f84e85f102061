"""Activities: everything that was said, in the common format, and what the pipeline did with it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from engine.models.conversation import Conversation
from portal.models import Integration
from portal.models.base import TimestampedModel


class Activity(TimestampedModel):
    """A message or an event. Its row, committed, is the acknowledgement; `eventId` orders it.

    It outlives the bots and agents of its conversation: of a deleted one the type stays, without the integration.
    """

    class State(models.TextChoices):
        """Where the pipeline is with it."""

        ACCEPTED = "accepted"
        PROCESSED = "processed"
        PARKED = "parked"

    # A foreign key has no index of its own where one below begins with it, or where it is mostly empty.
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="activities", db_index=False)
    event_id = models.BigIntegerField()
    type = models.CharField(max_length=7)
    sender_type = models.CharField(max_length=10)
    sender_integration = models.ForeignKey(
        Integration, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    recipient_type = models.CharField(max_length=10, blank=True)
    recipient_integration = models.ForeignKey(
        Integration, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    flow = models.CharField(max_length=10, default="Default")
    external_id = models.CharField(max_length=512, null=True)
    content = models.JSONField(help_text="The message or the event.")
    dedupe_key = models.CharField(max_length=255, null=True, help_text="The Idempotency-Key, or the provider's id.")
    fingerprint = models.CharField(
        max_length=64, null=True, help_text="Fingerprint of the request that sent the dedupe_key."
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        help_text="The member who wrote it at the desk.",
    )
    colleague = models.ForeignKey(
        "engine.Colleague",
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        help_text="The person who wrote it in a workspace, such as Slack's.",
    )
    author_type = models.CharField(
        max_length=8, null=True, help_text="Kind of author, where the sender does not tell it by itself."
    )
    claimed_after = models.BigIntegerField(
        null=True, help_text="eventId of the handover before the one that this made. Empty = it made none."
    )
    standby = models.BooleanField(default=False, help_text="Said while another app held the customer's thread.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACCEPTED)
    trace = models.JSONField(default=list, help_text="The pipeline's steps as they went, oldest first.")
    purged = models.DateTimeField(null=True, help_text="When retention removed the content.")

    class Meta:
        ordering = ["conversation", "event_id"]
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(name="event_id_in_conversation", fields=["conversation", "event_id"]),
            models.UniqueConstraint(name="repeat_changes_nothing", fields=["sender_integration", "dedupe_key"]),
        ]
        indexes = [
            models.Index(
                name="activity_recipient",
                fields=["recipient_integration"],
                condition=models.Q(recipient_integration__isnull=False),
            ),
            models.Index(name="activity_author", fields=["author"], condition=models.Q(author__isnull=False)),
            models.Index(name="activity_colleague", fields=["colleague"], condition=models.Q(colleague__isnull=False)),
            models.Index(name="activity_waiting", fields=["modified"], condition=models.Q(state="accepted")),
        ]

    @property
    def author_name(self) -> str:
        """The person who wrote it, at the desk or in a workspace; empty where nobody is known."""
        return self.author.display_name if self.author else str(self.colleague or "")

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
