"""Signing in: guessing is slowed down, and people without an active business are told so at the door."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm

from hubster.lib.web import address_of
from portal.admin.roles import Rank, rank_of
from portal.identity.guessing import Try


class LoginForm(AuthenticationForm):  # type: ignore[misc]
    """Name and password. The tries of a name count together with those at the token endpoint."""

    def clean(self) -> Any:
        """Count the try before the password is looked at."""
        attempt = Try("user", self.cleaned_data.get("username") or "", address_of(self.request))
        complete = attempt.name and self.cleaned_data.get("password")
        wait = attempt.wait() if complete else 0
        if wait:
            raise ValidationError(f"Too many tries. Wait {wait} seconds, then try again.", "slow_down")
        cleaned = super().clean()
        if complete:
            attempt.succeeded()
        return cleaned

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        """Staff with a rank."""
        super().confirm_login_allowed(user)
        if rank_of(user) == Rank.NOBODY:
            raise ValidationError("Your account belongs to no active business. Ask your administrator.", "no_rank")


admin.site.login_form = LoginForm
