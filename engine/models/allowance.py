"""Allowances: how many messages a provider takes in a month, and how many it has counted."""

from django.db import models

from portal.models import Integration


class MonthlyAllowance(models.Model):
    """The allowance of an integration, as the provider told it last."""

    integration = models.OneToOneField(
        Integration, on_delete=models.CASCADE, primary_key=True, related_name="allowance"
    )
    most = models.BigIntegerField(null=True, help_text="Empty = no limit.")
    used = models.BigIntegerField(default=0)
    asked = models.DateTimeField(help_text="When the provider was asked last.")
    told = models.DateTimeField(null=True, help_text="When the provider answered last.")
    warned = models.BooleanField(default=False, help_text="The owner knows that most of it is used.")

    def __str__(self) -> str:
        return f"{self.used} of {self.most}"

    @property
    def percent(self) -> int:
        """The part that is used; 0 without a limit."""
        if self.most is None:
            return 0
        return 100 * self.used // self.most if self.most > 0 else 100
