"""Signing in: people whose business is disabled, or who belong to none, are told so at the door."""

from django.contrib import admin
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm

from portal.admin.roles import Rank, rank_of


class LoginForm(AuthenticationForm):  # type: ignore[misc]
    """Name and password."""

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        """Staff with a rank."""
        super().confirm_login_allowed(user)
        if rank_of(user) == Rank.NOBODY:
            raise ValidationError("Your account belongs to no active business. Ask your administrator.", "no_rank")


admin.site.login_form = LoginForm
