"""Endpoints: how well the address behind an integration answers, so that a bad one never delays the others."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.models import Integration


class Endpoint(models.Model):
    """The health of an integration's address. No row: it was never called.

    A row is written when something changes, not at every call: an endpoint that is well costs no writes.
    """

    destination = models.OneToOneField(Integration, on_delete=models.CASCADE, primary_key=True, related_name="endpoint")
    slow = models.BooleanField(default=False, help_text="The last call was slow, so slow-endpoint workers send to it.")
    failures = models.PositiveIntegerField(default=0, help_text="Consecutive failures.")
    failing_since = models.DateTimeField(null=True)
    paused = models.DateTimeField(null=True, help_text="When it was paused. New messages are queued since then.")
    reason = models.CharField(max_length=500, blank=True, help_text="Why it was paused.")
    in_order = models.BooleanField(
        default=True, help_text="A failed message holds back later messages of its conversation."
    )
    last_status = models.PositiveSmallIntegerField(null=True, help_text="HTTP status of the last failure, if any.")
    last_error = models.CharField(max_length=500, blank=True, help_text="Why the last call failed.")
    last_delivery = models.UUIDField(null=True, help_text="The delivery whose attempt failed last.")

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self) -> str:
        return str(self.destination)

    @property
    def well(self) -> bool:
        """True if its last call was quick and good."""
        return not self.slow and not self.failures
