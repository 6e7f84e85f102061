"""Passwords in the admin: another member's and one's own, both set by the action."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from unfold.forms import AdminOwnPasswordChangeForm, AdminPasswordChangeForm

from hubster.lib.middleware import address_of
from portal.actions import members as actions
from portal.admin.login import check_pace
from portal.identity.guessing import MEMBER, Try
from portal.models import User


class PasswordForm(AdminPasswordChangeForm):  # type: ignore[misc]
    """A new password for somebody else. There is no other way to log in, so it cannot be taken away."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("usable_password", None)

    def save(self, commit: bool = True) -> User:
        """By the action."""
        return actions.do_set_password(self.user, self.cleaned_data["password1"])


class OwnPasswordForm(AdminOwnPasswordChangeForm):  # type: ignore[misc]
    """A new password for oneself. Tries of the old one count together with those of signing in."""

    def __init__(self, *args: Any, address: str | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._address = address

    def clean_old_password(self) -> str:
        """Count the try before the password is looked at."""
        attempt = Try(MEMBER, self.user.get_username(), self._address)
        check_pace(attempt)
        password = str(super().clean_old_password())
        attempt.succeeded()
        return password

    def save(self, commit: bool = True) -> User:
        """By the action."""
        return actions.do_set_password(self.user, self.cleaned_data["new_password1"])


class OwnPasswordView(PasswordChangeView):
    """The toolkit's page, whose form knows where it is filled in."""

    form_class = OwnPasswordForm

    def get_form_kwargs(self) -> dict[str, Any]:
        """With the address."""
        return {**super().get_form_kwargs(), "address": address_of(self.request)}


def change_own_password(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
    """The toolkit's page with the form above."""
    view = OwnPasswordView.as_view(
        success_url=reverse("admin:password_change_done"),
        extra_context={**admin.site.each_context(request), **(extra_context or {})},
    )
    request.current_app = admin.site.name
    return view(request)


admin.site.password_change = change_own_password  # type: ignore[method-assign,assignment]
