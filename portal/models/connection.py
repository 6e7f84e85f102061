"""Connections that are being made: a provider may call an address before the integration behind it is stored."""

from typing import Any

from django.db import models

from hubster.lib.fields import EncryptedJSONField


class PendingConnection(models.Model):
    """The configuration of an integration while its provider is asked to confirm it; gone as soon as it answers."""

    integration = models.UUIDField(primary_key=True)  # no foreign key: a new one has no row yet
    channel = models.CharField(max_length=20)
    configuration: Any = EncryptedJSONField()
    created = models.DateTimeField()
