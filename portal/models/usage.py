"""Counts of the room that files take, so that a limit can be held without adding up all of them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class FileUse(models.Model):
    """The files of one tenant, hub or visitor together. Its row lock lets parallel uploads pass one by one."""

    class Kind(models.TextChoices):
        """The kinds of owners, in the order in which their rows are locked."""

        TENANT = "tenant", _("Tenant")
        HUB = "hub", _("Hub")
        VISITOR = "visitor", _("Visitor")

    kind = models.CharField(max_length=7, choices=Kind.choices)
    owner = models.UUIDField()  # no foreign key: files outlive the conversation that they were sent in
    bytes = models.BigIntegerField(default=0)
    files = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="file_use_once", fields=["kind", "owner"]),
            models.CheckConstraint(name="file_use_not_negative", condition=Q(bytes__gte=0, files__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.owner}"
