"""Signing keys in the admin: shown once when they are made, masked afterwards, replaced on a page of its own."""

from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.admin.hub_rows import HubRowAdmin
from portal.admin.shown_once import show_once
from portal.models import DynamicCommand, SigningKey


def masked(key: SigningKey | DynamicCommand) -> dict[str, Any]:
    """A pair as pages show it: the private half is only hinted at."""
    expires = getattr(key, "expires", None)
    return {"public": key.public_key, "private": key.private_key[:4] + "•" * 12, "expires": expires}


class SigningAdmin(HubRowAdmin):
    """A page of rows with a signing key."""

    keys_hint: Any = _("Every request to your webhook is signed with the private key. The public key identifies it.")
    rotation_question: ClassVar[Any]  # the consequence of a new key
    rotation_note: ClassVar[Any]  # the message afterwards

    def signs(self, row: Any) -> bool:
        """True for a row whose key signs something."""
        return True

    def rotate(self, row: Any) -> str:
        """Make a new pair by the action; the private half."""
        raise NotImplementedError

    def show_key(self, request: HttpRequest, private_key: str) -> None:
        """On the next page, and never again."""
        show_once(request, gettext("Private signing key. Copy it now; it is not shown again:"), private_key)

    @property
    def _rotate_name(self) -> str:
        return f"portal_{self.opts.model_name}_rotate"

    def get_urls(self) -> list[Any]:
        """A page to rotate keys."""
        view = self.admin_site.admin_view(self.rotate_view)
        return [path("<path:object_id>/rotate/", view, name=self._rotate_name), *super().get_urls()]

    def keys_context(self, row: Any, keys: list[Any]) -> dict[str, Any]:
        """The variables of the section with the keys."""
        return {
            "signing_keys": [masked(key) for key in keys],
            "keys_hint": self.keys_hint,
            "rotate_url": reverse(f"admin:{self._rotate_name}", args=[row.pk]),
        }

    def rotate_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then make a new pair."""
        row = self.get_object(request, object_id)
        if row is None or not self.signs(row):
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[no-any-return]
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        back = reverse(f"admin:portal_{self.opts.model_name}_change", args=[row.pk])
        if request.method == "POST":
            self.show_key(request, self.rotate(row))
            messages.info(request, self.rotation_note)
            return redirect(back)
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "original": row, "title": _("Rotate keys"),
            "question": gettext("Create a new signing key for “%(name)s”?") % {"name": row},
            "consequence": self.rotation_question, "verb": _("Rotate keys"), "back": back,
        }  # fmt: skip
        return TemplateResponse(request, "portal/admin/confirm.html", context)
