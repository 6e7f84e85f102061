"""Notices, called alerts on the pages: what the tenant's account holder must know."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.models import Hub, Integration, Tenant
from portal.models.base import TimestampedModel


class Notice(TimestampedModel):
    """A fault that needs a person: an endpoint that failed for good, a message that could not be processed."""

    class Kind(models.TextChoices):
        """The event that the alert is about."""

        DELIVERY_FAILED = "delivery_failed", _("Delivery failed")
        ENDPOINT_PAUSED = "endpoint_paused", _("Webhook paused")
        MESSAGE_PARKED = "message_parked", _("Message not processed")
        WEBHOOK_PARKED = "webhook_parked", _("Incoming webhook not understood")
        ALLOWANCE_LOW = "allowance_low", _("Monthly allowance nearly used up")
        MESSAGE_REFUSED = "message_refused", _("Messages refused")

    tenant = models.ForeignKey(Tenant, verbose_name=_("tenant"), on_delete=models.CASCADE, related_name="notices")
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, null=True, related_name="notices")
    hub = models.ForeignKey(Hub, on_delete=models.CASCADE, null=True, related_name="notices")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    reason = models.CharField(max_length=10, blank=True, help_text="Error code, if the kind has several.")
    text = models.CharField(max_length=1000)
    count = models.PositiveIntegerField(default=1, help_text="How often it happened.")
    seen = models.BooleanField(_("seen"), default=False)
    notified_at = models.DateTimeField(null=True, help_text="When owners were last emailed. Empty = not yet.")
    notified_count = models.PositiveIntegerField(default=0, help_text="The count in the last email.")

    class Meta:
        ordering = ["-modified"]
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        indexes = [
            models.Index(name="notice_by_tenant", fields=["tenant", "-modified"]),
            models.Index(name="notice_newest", fields=["-modified"]),
            models.Index(
                name="notice_unnotified", fields=["created"], condition=models.Q(count__gt=models.F("notified_count"))
            ),
            models.Index(name="notice_notified", fields=["notified_at"], condition=models.Q(notified_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.text
