"""Tenants and the people who work for them."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models

from hubster.lib import clock
from portal.models.base import Noun


class Tenant(Noun):  # type: ignore[django-manager-missing]
    """A business. Everything below belongs to exactly one."""

    name = models.CharField(max_length=200, unique=True)
    enabled = models.BooleanField(default=True, help_text="A disabled tenant's tokens are refused at once.")
    evaluation_ends = models.DateTimeField(
        null=True, blank=True, help_text="After this moment messages are refused. Empty: no evaluation period."
    )

    keep_days = models.PositiveIntegerField(
        "days that messages are kept",
        default=0,
        help_text="Then their contents are taken away; who wrote when stays. 0: they are kept.",
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def evaluation_over(self) -> bool:
        """Whether the evaluation period has passed."""
        return self.evaluation_ends is not None and self.evaluation_ends <= clock.now()


class User(AbstractUser):  # type: ignore[django-manager-missing]
    """A person who signs in: staff of one tenant with a role there, or an operator (superuser, no tenant)."""

    class Role(models.TextChoices):
        """What a member may do: an owner everything in the tenant, a manager all but people, an agent converse."""

        OWNER = "owner"
        MANAGER = "manager"
        AGENT = "agent"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, null=True, blank=True, related_name="members")
    role = models.CharField(max_length=10, choices=Role.choices, blank=True)

    class Meta:
        verbose_name = "member"
        ordering = ["username"]
        constraints = [
            models.CheckConstraint(
                name="member_has_role",
                condition=models.Q(tenant__isnull=True) | ~models.Q(role=""),
            )
        ]
