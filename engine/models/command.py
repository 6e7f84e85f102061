"""Calls of dynamic commands that are still to be made."""

from typing import Any

from django.db import models

from engine.models.activity import Activity
from engine.models.work import Work
from portal.models import DynamicCommand, Tenant


class CommandCall(Work):
    """A typed command that waits for the business's own service; gone once it was answered.

    Should the process that makes the call die, another one makes it again, with the same id.
    """

    activity = models.OneToOneField(Activity, on_delete=models.CASCADE, related_name="call")
    command = models.ForeignKey(DynamicCommand, on_delete=models.CASCADE, related_name="+", db_index=False)
    words: Any = models.JSONField(default=list, help_text="The arguments after the name.")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        indexes = [
            models.Index(name="call_due", fields=["command", "due"], condition=models.Q(due__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.command} for {self.activity_id}"
