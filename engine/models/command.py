"""Calls of dynamic commands that are still to be made."""

from typing import Any

from django.db import models

from engine.models.activity import Activity
from portal.models import DynamicCommand


class CommandCall(models.Model):
    """A typed command that waits for the business's own service; gone once it was answered.

    Whoever makes the call moves `due` beyond its deadline and leaves a token: should it die, another one makes the
    call again, with the same id.
    """

    activity = models.OneToOneField(Activity, on_delete=models.CASCADE, related_name="call")
    command = models.ForeignKey(DynamicCommand, on_delete=models.CASCADE, related_name="+")
    words: Any = models.JSONField(default=list, help_text="The arguments after the name.")
    due = models.DateTimeField(db_index=True)
    token = models.UUIDField(null=True)

    def __str__(self) -> str:
        return f"{self.command} for {self.activity_id}"
