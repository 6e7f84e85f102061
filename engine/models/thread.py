"""Agents in a workspace of the business: their threads, and the people who write in them."""

from django.db import models

from engine.models.conversation import Conversation
from portal.models import Integration


class Thread(models.Model):
    """A conversation's thread in a workspace. The oldest of several is written to; answers come from all of them."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="threads", db_index=False)
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="threads", db_index=False)
    place = models.CharField(max_length=100, help_text="The provider's id of the channel that it is in.")
    key = models.CharField(max_length=100, help_text="The provider's id of the thread in its place.")

    class Meta:
        constraints = [models.UniqueConstraint(name="thread_once", fields=["integration", "place", "key"])]
        indexes = [models.Index(name="thread_of_conversation", fields=["conversation", "integration"])]

    def __str__(self) -> str:
        return f"{self.place}:{self.key}"


class Colleague(models.Model):
    """A person who answers in a workspace, by the provider's id. The provider is asked for the name now and then."""

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="colleagues", db_index=False)
    external_id = models.CharField(max_length=100)
    name = models.CharField(max_length=200, blank=True)
    ask = models.DateTimeField(null=True, help_text="When the provider is asked for the name.")

    class Meta:
        constraints = [models.UniqueConstraint(name="colleague_once", fields=["integration", "external_id"])]
        indexes = [models.Index(name="colleague_to_ask", fields=["ask"], condition=models.Q(ask__isnull=False))]

    def __str__(self) -> str:
        return self.name or self.external_id
