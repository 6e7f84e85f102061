"""The audit log: who changed what, when, and what it was before."""

import uuid
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from hubster.lib import clock


class ChangeRefused(Exception):
    """Somebody tried to change or delete what is in the audit log."""

    def __init__(self) -> None:
        super().__init__("The audit log can only be added to: no entry is ever changed or deleted.")


class AuditEntries(models.QuerySet["AuditEntry"]):
    """Entries, which can be read and added."""

    def update(self, **kwargs: Any) -> int:
        raise ChangeRefused

    def delete(self) -> Any:
        raise ChangeRefused


class AuditEntry(models.Model):
    """One change. Rows are only ever added: the database itself refuses to change or delete one.

    Nothing here is a foreign key, so an entry outlives what it tells of.
    """

    class By(models.TextChoices):
        """The kinds of actors."""

        CLIENT = "client", _("API client")
        MEMBER = "member", _("Member")
        SYSTEM = "system", _("Platform")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField(default=clock.now)
    tenant_id = models.UUIDField(null=True)
    by = models.CharField(max_length=10, choices=By.choices)
    actor_id = models.CharField(max_length=100, blank=True)
    actor_name = models.CharField(max_length=200)
    address = models.GenericIPAddressField(null=True)
    action = models.CharField(max_length=40)  # noun and verb: `hub.updated`
    object_id = models.CharField(max_length=100)
    object_name = models.CharField(max_length=250)
    before: Any = models.JSONField(null=True)  # of the changed properties only; secrets are masked
    after: Any = models.JSONField(null=True)

    objects = AuditEntries.as_manager()

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("audit log")
        ordering = ["-at", "id"]
        indexes = [
            models.Index(name="audit_by_tenant", fields=["tenant_id", "-at"]),
            models.Index(name="audit_newest", fields=["-at"]),
            models.Index(name="audit_by_object", fields=["object_id", "-at"]),
        ]

    def __str__(self) -> str:
        return self.object_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise ChangeRefused
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise ChangeRefused
