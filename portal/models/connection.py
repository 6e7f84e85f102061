"""Connections that are being made: a provider may call an address before the integration behind it is stored."""

from typing import Any

from django.db import models

from hubster.lib.fields import EncryptedJSONField
from portal.models.hub import Hub
from portal.models.integration import Integration
from portal.models.tenant import User


class PendingConnection(models.Model):
    """The configuration of an integration while its provider is asked to confirm it; gone as soon as it answers."""

    integration = models.UUIDField(primary_key=True)  # no foreign key: a new one has no row yet
    channel = models.CharField(max_length=20)
    configuration: Any = EncryptedJSONField()
    created = models.DateTimeField()


class Authorization(models.Model):
    """A nonce that was handed to a provider's page on which an owner agrees. It is good once, for a while.

    `person` is who began it in the admin, and the only one who may end it there; empty when the API began it.
    `integration` is the one that is connected again; empty for a new one, which gets the `name`.
    """

    digest = models.CharField(max_length=64, primary_key=True)  # of the nonce
    channel = models.CharField(max_length=20)
    hub = models.ForeignKey(Hub, on_delete=models.CASCADE, related_name="+")
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, null=True, related_name="+")
    person = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    name = models.CharField(max_length=200, blank=True)
    created = models.DateTimeField(db_index=True)
