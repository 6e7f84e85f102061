"""Conversations on their way through the pipeline."""

from django.db import models

from engine.models.conversation import Conversation
from engine.models.work import Work
from portal.models import Tenant


class PipelineLane(Work):
    """A conversation whose activities pass the pipeline one after another.

    A narrow row of its own: it is written with every message, and nobody who reads conversations needs it.
    """

    conversation = models.OneToOneField(
        Conversation, on_delete=models.CASCADE, primary_key=True, related_name="pipeline_lane"
    )
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, db_index=False, related_name="+")
    newest = models.BigIntegerField(default=0, help_text="eventId of the newest activity.")
    handled = models.BigIntegerField(default=0, help_text="eventId up to which everything is processed or set aside.")

    class Meta:
        indexes = [
            models.Index(name="pipeline_due", fields=["tenant", "due"], condition=models.Q(due__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"pipeline of {self.conversation_id}"
