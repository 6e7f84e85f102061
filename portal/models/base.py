"""What all tables share: GUID keys and times."""

import uuid

from django.db import models


class Noun(models.Model):
    """A row with a random GUID and the times of its making and last change."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    modified = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
