"""Files that people sent: where the bytes are, and the message that shows them."""

from django.db import models

from engine.models.activity import Activity
from portal.models.base import TimestampedModel


class File(TimestampedModel):
    """One file. Without an activity it is not shown to anybody, and is deleted after a day.

    The row outlives its conversation, for it is what remembers the bytes; so the tenant is no foreign key.
    """

    tenant = models.UUIDField(help_text="The owner.")
    hub = models.UUIDField(
        null=True, help_text="The conversation's hub. Tenant, hub and visitor are the owners whose quotas count it."
    )
    visitor = models.UUIDField(
        null=True, help_text="The visitor who sent it from a browser. Empty = sent with an API token."
    )
    activity = models.ForeignKey(Activity, on_delete=models.SET_NULL, null=True, related_name="files")
    place = models.CharField(max_length=120, unique=True, help_text="Key in the file storage.")
    name = models.CharField(max_length=200, help_text="File name that people see.")
    mime = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, help_text="Type of the message.")
    size = models.BigIntegerField(help_text="Bytes.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the bytes.")

    class Meta:
        ordering = ["-created"]
        indexes = [
            models.Index(name="file_unused", fields=["created"], condition=models.Q(activity__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.name
