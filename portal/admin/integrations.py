"""Integrations in the admin: the channel first, then its own form; keys and the page snippet below."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from engine import adapters
from hubster.lib.errors import HubsterError
from hubster.lib.keyset import capped
from portal.access import silent_hubs, staff_hubs
from portal.actions import integrations as actions
from portal.admin.additions import ADDITIONS
from portal.admin.base import OwnTransactions, TenantRelatedFilter
from portal.admin.channels import IntegrationForm
from portal.admin.choose import form_for, groups
from portal.admin.columns import column, when
from portal.admin.configurations import lines
from portal.admin.hub_form import CANCELED_HELP, settable
from portal.admin.hubs import STATUS_COLOURS, nobody_answers
from portal.admin.keys import SigningAdmin
from portal.admin.roles import is_operator
from portal.admin.workspaces import add_page, workspace_of
from portal.models import Hub, Integration

_SCRIPT = "/pub/scripts/webchat/hubster-webchat-1.0.min.js"
_SNIPPET = """<!-- Webchat script -->
<hubster-webchat></hubster-webchat>
<script>
window.HUBSTER_CONFIG = {{
    integrationId: '{integration}'
}};
</script>
<script src="{script}"></script>"""

_MOST_SILENT = 5  # hubs that a page warns of
_STAYS = _(
    "Conversations and their messages stay, including those that this integration sent; only its name is no longer "
    "shown. The record of deliveries to it is deleted."
)
_STAYS_NOT = _("All its conversations and their messages are deleted. To keep them, pause the integration instead.")


_WIDGET_KEYS = _(
    "If your website knows who a visitor is, its server signs binding tokens with the private key. "
    "Never put the key into a page."
)


def snippet(row: Integration) -> str:
    """The lines that a page needs to show the chat."""
    return _SNIPPET.format(integration=row.pk, script=settings.PUBLIC_URL + _SCRIPT)


def silent(user: Any) -> QuerySet[Hub]:
    """The person's hubs that refuse their customers' messages, a few at most."""
    return silent_hubs(staff_hubs(user)).order_by("name")[:_MOST_SILENT]


@admin.register(Integration)
class IntegrationAdmin(SigningAdmin, OwnTransactions):
    """One channel connected to one hub."""

    form = IntegrationForm
    list_display = ("name", "tenant", "hub", "shown_type", "shown_channel", "shown_status", "added")
    list_filter = (("hub", TenantRelatedFilter), "type", "status")
    sortable_by = ("name", "shown_type", "shown_channel", "added")
    change_form_outer_before_template = "portal/admin/integration_before.html"
    change_form_outer_after_template = "portal/admin/integration_after.html"
    rotation_question = _(
        "Both keys work for 24 hours: requests carry both signatures, and binding tokens may be signed with either. "
        "Give your software the new key before then."
    )
    rotation_note = _("The old key keeps working for 24 hours.")
    delete_confirmation_template = "portal/admin/delete_integration.html"
    empty_icon = "cable"
    empty_title = _("No integrations yet")
    empty_text = _(
        "Connect your channels to a hub: web chat for visitors of your website, Direct for your own software."
    )

    @column(_("Side"), ordering="type", label={"Customer": "info", "Agent": "primary", "Bot": "warning"})
    def shown_type(self, row: Integration) -> tuple[str, str]:
        """For the colour, and in words."""
        return row.type, row.get_type_display()

    @column(_("Channel"), ordering="channel")
    def shown_channel(self, row: Integration) -> str:
        """The channel's name for people."""
        return row.channel_label

    @column(_("Created"), ordering="created")
    def added(self, row: Integration) -> str:
        return when(row.created)

    @column(_("Status"), label=STATUS_COLOURS)
    def shown_status(self, row: Integration) -> tuple[int, str]:
        """For the colour, and in words."""
        return row.status, row.get_status_display()

    def get_queryset(self, request: HttpRequest) -> Any:
        """Lists do not decrypt configurations."""
        rows = super().get_queryset(request)
        match = request.resolver_match
        return rows.defer("configuration") if match and str(match.url_name).endswith("_changelist") else rows

    # --- the form of the channel ------------------------------------------------------------------------
    def _form_class(self, request: HttpRequest, obj: Integration | None) -> type[IntegrationForm]:
        channel = obj.channel if obj else request.GET.get("channel", "")
        return form_for(channel, obj.configuration if obj else None) or IntegrationForm

    def get_fieldsets(self, request: HttpRequest, obj: Integration | None = None) -> Any:
        """Common fields, then the channel's."""
        form = self._form_class(request, obj)
        common = ["hub", "name", "status"]
        sets: list[Any] = [(None, {"fields": common})]
        if form.shown and self.has_change_permission(request, obj):
            sets.append((form.title, {"fields": list(form.shown), "description": _about(form)}))
        return sets

    def get_form(self, request: HttpRequest, obj: Integration | None = None, change: bool = False, **more: Any) -> Any:
        """The channel's form."""
        form = super().get_form(request, obj, change, **{**more, "form": self._form_class(request, obj)})
        form.refusal = getattr(request, "refusal", None)
        status = form.base_fields.get("status")
        if isinstance(status, forms.ChoiceField):
            status.choices = settable(Integration.Status, obj.status if obj else None, is_operator(request))
            status.help_text = CANCELED_HELP if obj and is_operator(request) else ""
        return form

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """The channel first; a workspace of agents is added on the provider's page."""
        adapter = workspace_of(request.GET.get("channel", ""))
        if adapter and self.has_add_permission(request) and staff_hubs(request.user).exists():  # type: ignore[arg-type]
            return add_page(self.admin_site, request, adapter)
        if form_for(request.GET.get("channel", "")) or not self.has_add_permission(request):
            return super().add_view(request, form_url, extra_context)  # type: ignore[no-any-return]
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "title": _("Choose a channel"),
            "has_hub": staff_hubs(request.user).exists(), "groups": groups(request.GET.get("hub", "")),  # type: ignore[arg-type]
            "silent_hubs": silent(request.user),
        }  # fmt: skip
        return TemplateResponse(request, "portal/admin/choose_channel.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """With keys and snippet, and with a warning when nobody answers the customers."""
        row = self.get_object(request, object_id)
        more: dict[str, Any] = {}
        if row:
            more = {"snippet": snippet(row) if row.channel == "WebChat" else ""}
            more["silent_hubs"] = [row.hub] if row.type == "Customer" and nobody_answers(row.hub) else []
            if self.signs(row):
                more.update(self.keys_context(row, [key for key in row.signing_keys.all() if not key.expired]))
            if more["snippet"]:
                more["keys_hint"] = _WIDGET_KEYS
            more["configuration_lines"] = lines(row)
            found = [(one.template, one.values(request, row)) for one in ADDITIONS]
            more["additions"] = [(template, values) for template, values in found if values is not None]
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})  # type: ignore[no-any-return]

    # --- parts that others add --------------------------------------------------------------------------
    def get_urls(self) -> list[Any]:
        """With the views of the parts."""
        view = self.admin_site.admin_view(self.addition_view)
        address = "<uuid:object_id>/connection/<slug:name>/"
        return [path(address, view, name="portal_integration_addition"), *super().get_urls()]

    def addition_view(self, request: HttpRequest, object_id: Any, name: str) -> HttpResponse:
        """A view of a part, for an integration of the person's own."""
        row = self.get_object(request, str(object_id))
        views = {found: view for one in ADDITIONS for found, view in one.views.items()}
        if row is None or name not in views:
            raise Http404
        may = self.has_view_permission if request.method in ("GET", "HEAD") else self.has_change_permission
        if not may(request, row):
            raise PermissionDenied
        return views[name](request, row)

    # --- writes -----------------------------------------------------------------------------------------
    def refused(self, request: HttpRequest, error: HubsterError, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form again, with each fault at its field: it takes long to find a provider's tokens."""
        request.refusal = error  # type: ignore[attr-defined]
        return self.changeform_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Integration, form: Any, change: bool) -> None:
        """By the same actions as the API."""
        values = {"name": form.cleaned_data["name"], "status": form.cleaned_data["status"]}
        configuration = form.configuration()
        if configuration is not None:
            values["configuration"] = configuration
        if change:
            old = self.stored(obj)
            signed = self.signs(old)
            made = actions.do_update_integration(old, values, by_operator=is_operator(request))
        else:
            hub, signed = form.cleaned_data["hub"], False
            obj.hub, obj.channel = hub, form.channel
            made = actions.do_create_integration(hub, {**values, "channel": form.channel})
            obj.pk = made.pk
        obj.said = made.said if configuration is not None else ""
        obj.kept_sites = form.kept_differently(made.configuration)  # type: ignore[attr-defined]
        if self.signs(made) and not signed and made.channel != "WebChat":  # few websites sign tokens
            self.show_key(request, made.signing_keys.filter(expires=None).get().private_key)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """To the new integration's page: its snippet or its key is the next thing that is needed."""
        if "_addanother" in request.POST:
            answer = super().response_add(request, obj, post_url_continue)
        else:
            messages.success(request, gettext("The integration “%(name)s” was added.") % {"name": obj})
            answer = redirect(reverse("admin:portal_integration_change", args=[obj.pk]))
        self._tell_kept(request, obj)
        return answer  # type: ignore[no-any-return]

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """The usual answer."""
        answer = super().response_change(request, obj)
        self._tell_kept(request, obj)
        return answer  # type: ignore[no-any-return]

    def _tell_kept(self, request: HttpRequest, obj: Any) -> None:
        """The provider's words, and the websites that are not kept as they were typed."""
        if obj.said:
            messages.info(request, obj.said)
        if obj.kept_sites:
            words = ngettext("Website kept as %(sites)s.", "Websites kept as %(sites)s.", len(obj.kept_sites))
            messages.info(request, words % {"sites": ", ".join(obj.kept_sites)})

    def delete_model(self, request: HttpRequest, obj: Integration) -> None:
        """By the action."""
        actions.do_delete_integration(obj)

    def goes_with(self, row: Integration) -> dict[Any, Any]:
        """A customer integration's conversations, and the messages that are still on their way to any."""
        waiting = capped(row.deliveries.filter(status="pending"))
        return {
            _("conversations with all their messages"): capped(row.conversations.all()),
            _("messages waiting to be delivered to it"): waiting,
        }

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Saying what goes and what stays."""
        row = self.get_object(request, object_id)
        stays = _STAYS_NOT if row and row.type == Integration.Type.CUSTOMER else _STAYS
        return super().delete_view(request, object_id, {**(extra_context or {}), "consequence": stays})

    # --- keys -------------------------------------------------------------------------------------------
    def signs(self, row: Integration) -> bool:
        """Hidden for channels whose keys sign nothing."""
        known = adapters.find(row.channel)
        return bool(known and known.uses_keys(row.configuration))

    def rotate(self, row: Integration) -> str:
        """The old one signs beside it for a day."""
        return str(actions.do_rotate_keys(row).private_key)


def _about(form: type[IntegrationForm]) -> str:
    """That the channel is closed, if it is, and where its guide is."""
    return format_html_join(" ", "{}", [(part,) for part in (form.closed, _guide(form.guide)) if part])


def _guide(page: str) -> str:
    """A link to a page of the docs; empty for none."""
    if not page:
        return ""
    text = gettext("Where to find these values, step by step, with pictures")
    return format_html('<a class="hub-guide" href="/docs/{}" target="_blank" rel="noopener">{}</a>', page, text)
