"""Costs of messages, as the providers of channels tell them."""

from django.db import models

from engine.models.delivery import Delivery
from portal.models import Integration


class Charge(models.Model):
    """One message of a delivery, as its provider bills it; a provider may correct what it told before."""

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="+", db_index=False)
    external_id = models.CharField(max_length=512)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="charges")
    month = models.DateField(help_text="First day of the month in which it was sent, UTC.")
    billable = models.BooleanField()
    category = models.CharField(max_length=40, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    micros = models.BigIntegerField(default=0, help_text="Millionths of the currency; 0 where no amount is named.")

    class Meta:
        constraints = [models.UniqueConstraint(name="charge_once", fields=["integration", "external_id"])]

    def __str__(self) -> str:
        return f"{self.external_id}: {self.micros} {self.currency}"


class MonthlyCost(models.Model):
    """The sum of an integration's charges of a month, so that nobody has to add them up."""

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="+", db_index=False)
    month = models.DateField()
    category = models.CharField(max_length=40, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    billed = models.BigIntegerField(default=0, help_text="Number of messages.")
    free = models.BigIntegerField(default=0, help_text="Number of messages.")
    micros = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="monthly_cost_once", fields=["integration", "month", "category", "currency"])
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}: {self.micros} {self.currency}"
