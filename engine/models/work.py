"""Columns of every row that stands for work in the background: when it is due, and who holds it."""

from datetime import datetime
from typing import ClassVar

from django.db import models


class Work(models.Model):
    """A row that a worker is to take.

    Whoever takes it sets a random token and the end of the lease; a result counts only while the token still matches.
    Should the worker die, the row is free again when the lease has run out.
    """

    due = models.DateTimeField(null=True, help_text="When it may be taken. Empty = nothing to do.")
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0, help_text="Failed tries since the last success.")

    lock_order: ClassVar[tuple[str, ...]] = ("pk",)  # in which all who lock several rows do so

    class Meta:
        abstract = True

    def is_held(self, now: datetime) -> bool:
        """True if a worker has it."""
        return self.lease_until is not None and self.lease_until > now
