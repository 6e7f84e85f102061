"""API clients in the admin: switch them on and off, add and delete secrets. A secret's value is shown once."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSplitDateTimeWidget, UnfoldAdminTextInputWidget

from hubster.lib import clock
from hubster.lib.errors import HubsterError
from portal.actions import tenants as actions
from portal.admin.base import TenantAdmin, TenantRelatedFilter
from portal.admin.columns import column
from portal.admin.faults import add_faults
from portal.admin.roles import Rank, rank_of
from portal.admin.shown_once import show_once
from portal.models import Client


class SecretForm(forms.Form):
    """Name and end of a new secret."""

    name = forms.CharField(
        label=_("Name"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Where you use it, for example “Order system, production”."),
    )
    expiration = forms.SplitDateTimeField(
        label=_("Expires"),
        required=False,
        widget=UnfoldAdminSplitDateTimeWidget,
        help_text=_("UTC. Leave empty for a secret that never expires."),
    )

    def clean_expiration(self) -> Any:
        """A time in the future, or none."""
        value = self.cleaned_data["expiration"]
        if value is not None and value <= clock.now():
            raise forms.ValidationError(_("Choose a time in the future."))
        return value


@admin.register(Client)
class ClientAdmin(TenantAdmin):
    """The two API clients of a tenant exist from the start; nobody adds or deletes one."""

    tenant_path = "tenant"
    view_rank = change_rank = Rank.OWNER  # as over the API: whoever has a secret may do everything
    fields = ("name", "client_id", "scope", "enabled")
    readonly_fields = ("name", "client_id", "scope")
    list_display = ("name", "tenant", "client_id", "secret_count", "enabled")
    operator_columns = ("tenant",)
    list_filter = ("enabled", ("tenant", TenantRelatedFilter))
    list_select_related = ("tenant",)
    search_fields = ("client_id",)
    change_form_outer_after_template = "portal/admin/client_secrets.html"
    empty_icon = "key"
    empty_title = _("No API clients")
    empty_text = _("Every tenant has two: one for the Portal API, one for the Engine API.")

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the number of secrets."""
        return super().get_queryset(request).annotate(secret_total=Count("secrets"))

    def history_id(self, row: Any) -> str:
        """Entries about a client and its secrets go by the client's public id."""
        return str(row.client_id)

    @column(_("Secrets"))
    def secret_count(self, client: Any) -> int:
        """The number of them."""
        return int(client.secret_total)

    def get_urls(self) -> list[Any]:
        """Pages for secrets."""
        wrap = self.admin_site.admin_view
        own = [
            path("<path:object_id>/secrets/add/", wrap(self.add_secret_view), name="portal_client_add_secret"),
            path(
                "<path:object_id>/secrets/<int:secret_id>/delete/",
                wrap(self.delete_secret_view),
                name="portal_client_delete_secret",
            ),
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """With the secrets below the form."""
        client = self.get_object(request, object_id)
        more = {
            "client_secrets": list(client.secrets.all()) if client else [],
        }
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})  # type: ignore[no-any-return]

    def _client_or_refuse(self, request: HttpRequest, object_id: str) -> Client | None:
        if rank_of(request.user) < Rank.OWNER:
            raise PermissionDenied
        found: Client | None = self.get_object(request, object_id)
        return found

    def add_secret_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for a name, then show the value once."""
        client = self._client_or_refuse(request, object_id)
        if client is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[no-any-return]
        form = SecretForm(request.POST or None)
        if form.is_valid() and self._add(request, client, form):
            return redirect(reverse("admin:portal_client_change", args=[client.pk]))
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "original": client, "title": _("Add secret"),
            "form": form, "media": self.media + form.media,
        }  # fmt: skip
        return TemplateResponse(request, "portal/admin/add_secret.html", context)

    def _add(self, request: HttpRequest, client: Client, form: SecretForm) -> bool:
        try:
            row, value = actions.do_add_secret(client, form.cleaned_data["name"], form.cleaned_data["expiration"])
        except HubsterError as error:
            add_faults(form, error, {})
            return False
        words = gettext("The secret “%(name)s” was created. Copy it now; it is not shown again:")
        show_once(request, words % {"name": row.name}, value)
        return True

    def delete_secret_view(self, request: HttpRequest, object_id: str, secret_id: int) -> HttpResponse:
        """Ask, then delete; tokens obtained with it end at once."""
        client = self._client_or_refuse(request, object_id)
        secret = client.secrets.filter(pk=secret_id).first() if client else None
        if client is None or secret is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[no-any-return]
        back = reverse("admin:portal_client_change", args=[client.pk])
        if request.method != "POST":
            return self._ask(request, client, secret, back)
        try:
            actions.do_delete_secret(client, secret_id)
            words = gettext("The secret “%(name)s” was deleted, and its tokens were revoked.")
            messages.success(request, words % {"name": secret.name})
        except HubsterError as error:
            messages.error(request, error.faults[0].sentence)
        return redirect(back)

    def _ask(self, request: HttpRequest, client: Client, secret: Any, back: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "original": client, "title": _("Delete secret"),
            "question": gettext("Delete the secret “%(name)s” (%(start)s…)?")
            % {"name": secret.name, "start": secret.start},
            "consequence": _("Programs that use it lose access at once: all its tokens are revoked."),
            "verb": _("Delete secret"), "back": back,
        }  # fmt: skip
        return TemplateResponse(request, "portal/admin/confirm.html", context)

    def save_model(self, request: HttpRequest, obj: Client, form: Any, change: bool) -> None:
        """By the action."""
        actions.do_switch_client(self.stored(obj), form.cleaned_data["enabled"])
