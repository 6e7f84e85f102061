"""Idempotency records: the responses to repeat when an `Idempotency-Key` comes again."""

from typing import Any

from django.db import models

from hubster.lib.fields import EncryptedJSONField


class IdempotencyRecord(models.Model):
    """The response to a POST with an `Idempotency-Key`. It may hold a secret that is shown once, so it is encrypted."""

    caller = models.CharField(max_length=120)
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)  # of path and body: a key belongs to one request
    status = models.PositiveSmallIntegerField()
    answer: Any = EncryptedJSONField(null=True)
    created = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="one_answer_per_key", fields=["caller", "key"])]
