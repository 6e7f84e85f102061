"""Logging in: guessing is slowed down, and people without an active business are told so."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.forms import AuthenticationForm

from hubster.lib.middleware import address_of
from portal.admin.roles import Rank, rank_of
from portal.identity.guessing import MEMBER, Try


def check_pace(attempt: Try) -> None:
    """Count a try of a password; raises the form's error when it comes too soon."""
    wait = attempt.wait()
    if wait:
        text = ngettext(
            "Too many attempts. Wait %(count)d second, then try again.",
            "Too many attempts. Wait %(count)d seconds, then try again.",
            wait,
        )
        raise ValidationError(text % {"count": wait}, "slow_down")


class LoginForm(AuthenticationForm):  # type: ignore[misc]
    """Name and password. The tries of a name count together with those at the token endpoint."""

    error_messages = {**AuthenticationForm.error_messages, "invalid_login": _("Wrong username or password.")}

    def clean(self) -> Any:
        """Count the try before the password is looked at."""
        attempt = Try(MEMBER, self.cleaned_data.get("username") or "", address_of(self.request))
        complete = attempt.name and self.cleaned_data.get("password")
        if complete:
            check_pace(attempt)
        cleaned = super().clean()
        if complete:
            attempt.succeeded()
        return cleaned

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        """Staff with a rank."""
        super().confirm_login_allowed(user)
        if rank_of(user) == Rank.NOBODY:
            words = _("Your account doesn’t belong to an active business. Ask the owner of your business.")
            raise ValidationError(words, "no_rank")


admin.site.login_form = LoginForm
