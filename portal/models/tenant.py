"""Tenants and the people who work for them."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from hubster.lib import clock
from portal.models.base import TimestampedModel


class Tenant(TimestampedModel):  # type: ignore[django-manager-missing]
    """A business. Everything below belongs to exactly one."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    enabled = models.BooleanField(
        _("enabled"), default=True, help_text=_("Turning this off revokes all tokens of the tenant at once.")
    )
    evaluation_ends = models.DateTimeField(
        _("trial ends"),
        null=True,
        blank=True,
        help_text=_("After this, messages are refused. Leave empty for no trial period."),
    )

    keep_days = models.PositiveIntegerField(
        _("keep messages for (days)"),
        default=0,
        help_text=_("Older messages lose their contents; sender and time stay. 0 = keep forever."),
    )

    class Meta:
        verbose_name = _("tenant")
        verbose_name_plural = _("tenants")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def evaluation_over(self) -> bool:
        """True if the evaluation period has passed."""
        return self.evaluation_ends is not None and self.evaluation_ends <= clock.now()


class User(AbstractUser):  # type: ignore[django-manager-missing]
    """A person who signs in: staff of one tenant with a role there, or an operator (superuser, no tenant)."""

    class Role(models.TextChoices):
        """The rights of a member: everything for an owner, all but people for a manager, conversations for an agent."""

        OWNER = "owner", _("Owner")
        MANAGER = "manager", _("Manager")
        AGENT = "agent", _("Agent")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(
        Tenant, verbose_name=_("tenant"), on_delete=models.CASCADE, null=True, blank=True, related_name="members"
    )
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, blank=True)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ["username"]
        constraints = [
            models.CheckConstraint(
                name="member_has_role",
                condition=models.Q(tenant__isnull=True) | ~models.Q(role=""),
            )
        ]

    @property
    def display_name(self) -> str:
        """The full name, or the user name of somebody without one."""
        return self.get_full_name() or self.get_username()
