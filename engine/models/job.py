"""Periodic jobs: who runs one now, and how the last run went."""

from django.db import models

from engine.models.work import Work


class Job(Work):
    """One job by name; whoever holds its row runs it."""

    name = models.CharField(max_length=40, primary_key=True)
    started = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)
    failed = models.DateTimeField(null=True, help_text="When the last failed run ended.")
    handled = models.PositiveIntegerField(default=0, help_text="Rows handled by the last run.")
    error = models.CharField(max_length=500, blank=True)

    holder = models.CharField(max_length=100, blank=True, help_text="The process that took it last. Empty = none.")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class WriteProbe(models.Model):
    """One row that is written again and again, to see that the database takes it."""

    at = models.DateTimeField()
