"""Webhooks of providers as they came in, until they are parsed; and what providers are asked for."""

import uuid
from typing import Any

from django.db import models

from engine.models.activity import Activity
from engine.models.contact import Address
from engine.models.conversation import Conversation
from engine.models.delivery import Delivery
from engine.models.file import File
from engine.models.work import Work
from hubster.lib.fields import EncryptedJSONField
from portal.models import Integration, Tenant


class InboxLane(Work):
    """An integration whose webhooks are parsed one after another."""

    integration = models.OneToOneField(Integration, on_delete=models.CASCADE, primary_key=True, related_name="inbox")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, db_index=False, related_name="+")

    class Meta:
        indexes = [models.Index(name="inbox_due", fields=["tenant", "due"], condition=models.Q(due__isnull=False))]

    def __str__(self) -> str:
        return f"inbox of {self.integration_id}"


class InboxPost(models.Model):
    """A verified request. It is deleted when it is parsed; one that cannot be parsed stays, set aside."""

    lane = models.ForeignKey(InboxLane, on_delete=models.CASCADE, related_name="posts", db_index=False)
    received = models.DateTimeField()
    body = models.BinaryField()
    parked = models.DateTimeField(null=True, help_text="When parsing it was given up.")
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(name="inbox_waiting", fields=["lane", "id"], condition=models.Q(parked__isnull=True)),
            models.Index(name="inbox_parked", fields=["lane", "id"], condition=models.Q(parked__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"webhook {self.pk}"


class ProviderMessage(models.Model):
    """A provider's id of a message, by which receipts, replies and pressed choices tell of it.

    Of a message that went out in several parts each has one, and `status` is what became of the part.
    """

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="+", db_index=False)
    external_id = models.CharField(max_length=512)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="provider_messages")
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, null=True, related_name="provider_messages")
    choices: Any = models.JSONField(null=True)
    status = models.CharField(max_length=13, default=Delivery.Status.SENT, help_text="One of a delivery's.")
    error = models.CharField(max_length=500, blank=True, help_text="Why it failed after the provider had taken it.")
    replays = models.PositiveSmallIntegerField(default=0, help_text="Replays of the delivery when it was sent.")
    sent = models.BigIntegerField(
        default=0, help_text="Milliseconds: the provider's time; until it tells one, when our request began."
    )

    class Meta:
        constraints = [models.UniqueConstraint(name="provider_message_once", fields=["integration", "external_id"])]
        indexes = [
            models.Index(
                name="provider_message_unread",
                fields=["conversation", "sent"],
                condition=models.Q(delivery__isnull=False, status__in=["sent", "delivered"]),
            )
        ]

    def __str__(self) -> str:
        return self.external_id


class MediaFetch(Work):
    """A file that a provider keeps for a while, on its way into our storage; its id is in the address we gave."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="+")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)
    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="media")
    ref: Any = EncryptedJSONField(default=dict)
    name = models.CharField(max_length=200, blank=True)
    mime = models.CharField(max_length=100, blank=True)
    file = models.ForeignKey(File, on_delete=models.SET_NULL, null=True, related_name="+")
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(name="media_due", fields=["integration", "due"], condition=models.Q(due__isnull=False))]

    def __str__(self) -> str:
        return self.name or str(self.id)


class ProfileRequest(Work):
    """A question to a provider: who is the customer at a new address? It is deleted when it is answered or given up."""

    address = models.OneToOneField(Address, on_delete=models.CASCADE, primary_key=True, related_name="+")
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="+", db_index=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)
    friendly = models.CharField(
        max_length=200, blank=True, help_text="Name that the customer has until the provider tells one."
    )

    class Meta:
        indexes = [
            models.Index(name="profile_due", fields=["integration", "due"], condition=models.Q(due__isnull=False))
        ]

    def __str__(self) -> str:
        return f"profile of {self.address_id}"
