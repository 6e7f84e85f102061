"""Integrations in the admin: the channel first, then its own form; keys and the page snippet below."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from engine import adapters
from portal.access import staff_hubs
from portal.actions import integrations as actions
from portal.admin.base import TenantRelatedFilter
from portal.admin.channels import FORMS, IntegrationForm
from portal.admin.columns import column, when
from portal.admin.hubs import STATUS_COLOURS, settable
from portal.admin.keys import SigningAdmin
from portal.models import Integration

_SCRIPT = "/pub/scripts/webchat/hubster-webchat-1.0.min.js"
_SNIPPET = """<!-- Webchat script -->
<hubster-webchat></hubster-webchat>
<script>
window.HUBSTER_CONFIG = {{
    integrationId: '{integration}'
}};
</script>
<script src="{script}"></script>"""

_STAYS = (
    "Conversations stay with everything that was said in them, what this integration said included; only its name is "
    "no longer shown. The record of what was delivered to it goes."
)
_STAYS_NOT = "Its conversations go with everything that was said in them. To keep them, pause the integration instead."


def snippet(row: Integration) -> str:
    """What a page needs to show the widget."""
    return _SNIPPET.format(integration=row.pk, script=settings.PUBLIC_URL + _SCRIPT)


@admin.register(Integration)
class IntegrationAdmin(SigningAdmin):
    """One channel connected to one hub."""

    form = IntegrationForm
    list_display = ("name", "tenant", "hub", "shown_type", "channel", "shown_status", "made")
    list_filter = (("hub", TenantRelatedFilter), "type", "status")
    sortable_by = ("name", "shown_type", "channel", "made")
    change_form_outer_after_template = "portal/admin/integration_after.html"
    rotation_question = "For 24 hours requests carry both signatures. Give your software the new key before that."
    rotation_note = "The old key keeps signing beside the new one for 24 hours."
    delete_confirmation_template = "portal/admin/delete_integration.html"
    empty_icon = "cable"
    empty_title = "No integrations yet"
    empty_text = "Connect the ends of a hub: WebChat for customers on your website, Direct for your own software."

    @column("End", ordering="type", label={"Customer": "info", "Agent": "primary", "Bot": "warning"})
    def shown_type(self, row: Integration) -> str:
        """Whose end it is."""
        return row.get_type_display()

    @column("Made", ordering="created")
    def made(self, row: Integration) -> str:
        """When."""
        return when(row.created)

    @column("Status", label=STATUS_COLOURS)
    def shown_status(self, row: Integration) -> str:
        """The label."""
        return row.get_status_display()

    def get_queryset(self, request: HttpRequest) -> Any:
        """Lists do not decrypt configurations."""
        rows = super().get_queryset(request)
        match = request.resolver_match
        return rows.defer("configuration") if match and str(match.url_name).endswith("_changelist") else rows

    # --- the form of the channel ------------------------------------------------------------------------
    def _form_class(self, request: HttpRequest, obj: Integration | None) -> type[IntegrationForm]:
        channel = obj.channel if obj else request.GET.get("channel", "")
        return FORMS.get(channel, IntegrationForm)

    def get_fieldsets(self, request: HttpRequest, obj: Integration | None = None) -> Any:
        """Common fields, then the channel's."""
        form = self._form_class(request, obj)
        common = ["hub", "name", "status"]
        sets: list[Any] = [(None, {"fields": common})]
        if form.shown and self.has_change_permission(request, obj):
            sets.append((form.channel, {"fields": list(form.shown)}))
        return sets

    def get_form(self, request: HttpRequest, obj: Integration | None = None, change: bool = False, **more: Any) -> Any:
        """The channel's form."""
        form = super().get_form(request, obj, change, **{**more, "form": self._form_class(request, obj)})
        status = form.base_fields.get("status")
        if isinstance(status, forms.ChoiceField):
            status.choices = settable(Integration.Status, obj.status if obj else None)
        return form

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """The channel first."""
        if request.GET.get("channel") in FORMS or not self.has_add_permission(request):
            return super().add_view(request, form_url, extra_context)  # type: ignore[no-any-return]
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "title": "Which channel?",
            "has_hub": staff_hubs(request.user).exists(), "hub": request.GET.get("hub", ""),  # type: ignore[arg-type]
        }  # fmt: skip
        return TemplateResponse(request, "portal/admin/choose_channel.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """With keys and snippet below."""
        row = self.get_object(request, object_id)
        more: dict[str, Any] = {}
        if row:
            more = {"snippet": snippet(row) if row.channel == "WebChat" else ""}
            if self.signs(row):
                more.update(self.keys_context(row, [key for key in row.signing_keys.all() if not key.expired]))
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})  # type: ignore[no-any-return]

    # --- writes -----------------------------------------------------------------------------------------
    def save_model(self, request: HttpRequest, obj: Integration, form: Any, change: bool) -> None:
        """By the same actions as the API."""
        values = {"name": form.cleaned_data["name"], "status": form.cleaned_data["status"]}
        configuration = form.configuration()
        if configuration is not None:
            values["configuration"] = configuration
        if change:
            actions.do_update_integration(self.stored(obj), values)
        else:
            hub = form.cleaned_data["hub"]
            obj.hub, obj.channel = hub, form.channel
            made = actions.do_create_integration(hub, {**values, "channel": form.channel})
            obj.pk = made.pk
            if self.signs(made):
                self.show_key(request, made.signing_keys.get().private_key)

    def delete_model(self, request: HttpRequest, obj: Integration) -> None:
        """By the action."""
        actions.do_delete_integration(obj)

    def goes_with(self, row: Integration) -> dict[str, Any]:
        """Of a customers' end all that was said; of the others only what is on its way to them."""
        waiting = row.deliveries.filter(status="pending").count()
        return {
            "conversations, with all their messages": row.conversations.count(),
            "messages still on their way to it, which do not arrive any more": waiting,
        }

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Saying what goes and what stays."""
        row = self.get_object(request, object_id)
        stays = _STAYS_NOT if row and row.type == Integration.Type.CUSTOMER else _STAYS
        return super().delete_view(request, object_id, {**(extra_context or {}), "consequence": stays})

    # --- keys -------------------------------------------------------------------------------------------
    def signs(self, row: Integration) -> bool:
        """As its channel says."""
        known = adapters.find(row.channel)
        return bool(known and known.signs)

    def rotate(self, row: Integration) -> str:
        """The old one signs beside it for a day."""
        return str(actions.do_rotate_keys(row).private_key)
