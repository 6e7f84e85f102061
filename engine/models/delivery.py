"""Deliveries: what goes to whom, and every attempt to bring it there."""

import uuid
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from engine.models.activity import Activity
from engine.models.conversation import Conversation
from engine.models.work import Work
from portal.models import Integration, Tenant


class Lane(Work):
    """(conversation, destination): deliveries in it go one after another, and it is due when its first one is."""

    # Its foreign keys need no index of their own: others below begin with them.
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="lanes", db_index=False)
    destination = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="lanes", db_index=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)

    lock_order = ("conversation_id", "destination_id")

    class Meta:
        constraints = [models.UniqueConstraint(name="lane_once", fields=["conversation", "destination"])]
        indexes = [
            models.Index(name="lane_due", fields=["destination", "due"], condition=models.Q(due__isnull=False)),
        ]


class Delivery(models.Model):
    """One activity on its way to one integration."""

    class Status(models.TextChoices):
        """`available`: on a socket, to be read there. The others are of webhooks and channels.

        `delivered` and `read` are what a provider told of later; `window_closed`: its rules allow no message now.
        """

        AVAILABLE = "available"
        PENDING = "pending"
        SENT = "sent"
        DELIVERED = "delivered"
        READ = "read"
        FAILED = "failed"
        WINDOW_CLOSED = "window_closed"

    ARRIVED = (Status.SENT, Status.DELIVERED, Status.READ)  # it was taken, whatever became known of it later

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)  # also the webhook id
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    destination = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    event_id = models.BigIntegerField()
    echo = models.BooleanField(default=False)
    status = models.CharField(max_length=13, choices=Status.choices)
    parts_done = models.PositiveSmallIntegerField(default=0, help_text="Requests that the channel took already.")
    price: Any = models.JSONField(null=True, help_text="Billing as the provider told it.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Completed attempts since it was last resent.")
    next_attempt = models.DateTimeField(null=True)
    replays = models.PositiveSmallIntegerField(default=0, help_text="Number of times it was resent.")
    last_error = models.CharField(max_length=500, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    ended = models.DateTimeField(null=True)

    class Meta:
        ordering = ["conversation", "event_id"]
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(name="delivered_once", fields=["activity", "destination", "echo"]),
        ]
        indexes = [
            models.Index(name="delivery_of_conversation", fields=["conversation", "event_id"]),
            models.Index(name="delivery_feed", fields=["destination", "event_id"]),
            models.Index(name="delivery_by_status", fields=["destination", "status", "-created"]),
            models.Index(
                name="delivery_pending",
                fields=["conversation", "destination", "event_id"],
                condition=models.Q(status="pending"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} to {self.destination_id}"


class Attempt(models.Model):
    """One call: written before it starts, closed after it ended. Open and old: the process died in between."""

    class Outcome(models.TextChoices):
        """The result of an attempt."""

        OPEN = "open"
        SENT = "sent"
        FAILED = "failed"
        UNKNOWN = "unknown"

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tries")
    number = models.PositiveSmallIntegerField()
    started = models.DateTimeField()
    milliseconds = models.PositiveIntegerField(null=True)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, default=Outcome.OPEN)
    request: Any = models.JSONField(default=dict)  # while it is open, a note of the sender's own
    response = models.JSONField(default=dict)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["delivery", "id"]

    @property
    def asked(self) -> dict[str, Any]:
        """The request as the ledger shows it; empty while the attempt is open."""
        return {} if self.outcome == self.Outcome.OPEN else dict(self.request)
