"""Passwords in the admin: another member's and one's own, both set by the action."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from unfold.forms import AdminOwnPasswordChangeForm, AdminPasswordChangeForm

from portal.actions import members as actions
from portal.models import User


class PasswordForm(AdminPasswordChangeForm):  # type: ignore[misc]
    """A new password for somebody else. There is no other way to sign in, so it cannot be taken away."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("usable_password", None)

    def save(self, commit: bool = True) -> User:
        """By the action."""
        return actions.do_set_password(self.user, self.cleaned_data["password1"])


class OwnPasswordForm(AdminOwnPasswordChangeForm):  # type: ignore[misc]
    """A new password for oneself."""

    def save(self, commit: bool = True) -> User:
        """By the action."""
        return actions.do_set_password(self.user, self.cleaned_data["new_password1"])


def change_own_password(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
    """The toolkit's page with the form above."""
    view = PasswordChangeView.as_view(
        form_class=OwnPasswordForm,
        success_url=reverse("admin:password_change_done"),
        extra_context={**admin.site.each_context(request), **(extra_context or {})},
    )
    request.current_app = admin.site.name
    return view(request)


admin.site.password_change = change_own_password  # type: ignore[method-assign,assignment]
