"""Messages of each hour that is over: charts read these rows, however much was said."""

from django.db import models

from portal.models import Hub

HOUR = 3_600_000  # milliseconds


class MessageHour(models.Model):
    """The number of messages of a hub in an hour; none: nothing was said. `hour` counts from 1970, as eventIds do.

    Without a constraint, so that a hub may be deleted while its hour is counted: a row that is left over shows nowhere.
    """

    hub = models.ForeignKey(Hub, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    hour = models.BigIntegerField()
    customers = models.PositiveIntegerField()
    business = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(name="message_hour_once", fields=["hub", "hour"])]
        indexes = [models.Index(name="message_hour_newest", fields=["hour"])]

    def __str__(self) -> str:
        return f"{self.hour}: {self.customers} + {self.business}"
