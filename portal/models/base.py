"""The base of the tables: a GUID key and timestamps."""

import uuid

from django.db import models


class TimestampedModel(models.Model):
    """A row with a random GUID, and when it was created and last changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    modified = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
