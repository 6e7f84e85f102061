"""Hubs in the admin."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hubster.lib.keyset import capped
from portal.access import answering_of
from portal.actions import desk, hubs
from portal.admin import disclosure
from portal.admin.base import TenantAdmin, TenantRelatedFilter
from portal.admin.columns import column
from portal.admin.hub_form import HubForm
from portal.admin.roles import Rank, is_operator, own_tenant
from portal.admin.usage import uses_of_hub
from portal.admin.visitor_fields import VISITOR_FIELDS
from portal.models import Hub, Integration

STATUS_COLOURS: dict[int, str] = {
    Hub.Status.ACTIVE: "success", Hub.Status.PAUSED: "warning", Hub.Status.CANCELED: "danger",
    Integration.Status.ACTIVE: "success", Integration.Status.PAUSED: "warning", Integration.Status.CANCELED: "danger",
}  # fmt: skip


def nobody_answers(hub: Hub) -> bool:
    """True for an active hub without an active agent or bot: it refuses every message of a customer."""
    return hub.status == Hub.Status.ACTIVE and not answering_of(hub).exists()


@admin.register(Hub)
class HubAdmin(TenantAdmin):
    """A hub is where a line of business is configured."""

    tenant_path = "tenant"
    add_rank = change_rank = delete_rank = Rank.MANAGER
    form = HubForm
    list_display = ("name", "tenant", "shown_status", "integration_count", "description")
    operator_columns = ("tenant",)
    list_filter = ("status", ("tenant", TenantRelatedFilter))
    list_select_related = ("tenant",)
    search_fields = ("name",)
    change_form_outer_before_template = "portal/admin/hub_before.html"
    change_form_outer_after_template = "portal/admin/hub_after.html"
    empty_icon = "hub"
    empty_title = _("No hubs yet")
    empty_text = _("A hub connects your customers with the agents and bots who answer them. Start with one.")

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the number of active integrations."""
        active = Q(integrations__status=Integration.Status.ACTIVE)
        return super().get_queryset(request).annotate(working=Count("integrations", filter=active))

    @column(_("Status"), label=STATUS_COLOURS)
    def shown_status(self, hub: Hub) -> tuple[int, str]:
        """For the colour, and in words."""
        return hub.status, hub.get_status_display()

    @column(_("Active integrations"))
    def integration_count(self, hub: Any) -> int:
        """The number of them."""
        return int(hub.working)

    def get_fieldsets(self, request: HttpRequest, obj: Hub | None = None) -> Any:
        """An operator chooses the tenant, once."""
        first = ["tenant"] if obj is None and is_operator(request) else []
        general, answering = HubForm.Meta.fields[:4], HubForm.Meta.fields[4 : -len(VISITOR_FIELDS)]
        return [
            (None, {"fields": [*first, *general]}),
            (_("Bot and agents"), {"fields": answering}),
            (_("Web chat visitors"), {"fields": VISITOR_FIELDS}),
        ]

    def get_form(self, request: HttpRequest, obj: Hub | None = None, change: bool = False, **kwargs: Any) -> Any:
        """The form knows its user."""
        form = super().get_form(request, obj, change, **kwargs)
        form.user = request.user
        return form

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """With the hub's integrations, and with the next step when one is missing."""
        hub = self.get_object(request, object_id)
        more: dict[str, Any] = {}
        if hub:
            rows = list(hub.integrations.defer("configuration"))
            customers = any(row.type == Integration.Type.CUSTOMER for row in rows)
            more = {"hub_integrations": rows, "has_customers": customers, "file_uses": uses_of_hub(hub)}
            more["silent_hubs"] = [hub] if nobody_answers(hub) else []
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})  # type: ignore[no-any-return]

    # --- writes -----------------------------------------------------------------------------------------
    def save_model(self, request: HttpRequest, obj: Hub, form: Any, change: bool) -> None:
        """By the actions; the desk answers a new hub."""
        values = {name: form.cleaned_data[name] for name in HubForm.Meta.fields}
        if change:
            hubs.do_update_hub(self.stored(obj), values, by_operator=is_operator(request))
        else:
            tenant = form.cleaned_data.get("tenant")
            obj.pk = desk.do_create_answered_hub(tenant.pk if tenant else own_tenant(request), values).pk

    def response_add(self, request: HttpRequest, obj: Hub, post_url_continue: str | None = None) -> HttpResponse:
        """To the new hub's page, which names the next step."""
        if "_addanother" in request.POST:
            return super().response_add(request, obj, post_url_continue)  # type: ignore[no-any-return]
        words = gettext("The hub “%(hub)s” is ready. Agents answer its customers at the desk.")
        messages.success(request, words % {"hub": obj})
        return redirect(reverse("admin:portal_hub_change", args=[obj.pk]))

    def delete_model(self, request: HttpRequest, obj: Hub) -> None:
        """By the action."""
        hubs.do_delete_hub(obj)

    def goes_with(self, row: Hub) -> dict[Any, Any]:
        """Its integrations and conversations."""
        return {
            _("integrations"): row.integrations.count(),
            _("conversations with all their messages"): capped(row.conversations.all()),
        }

    # --- answering --------------------------------------------------------------------------------------
    def get_urls(self) -> list[Any]:
        """With the button that lets the desk answer, and the page on the disclosure of bots."""
        wrap = self.admin_site.admin_view
        own = [
            path("<path:object_id>/desk/", wrap(self.desk_view), name="portal_hub_desk"),
            path("<path:object_id>/disclosure/", wrap(self.disclosure_view), name="portal_hub_disclosure"),
        ]
        return [*own, *super().get_urls()]

    def disclosure_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The page on which bots are made to say that they are bots."""
        hub = self.get_object(request, object_id)
        if hub is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[no-any-return]
        return disclosure.page(request, hub, self.opts, self.has_change_permission(request, hub))

    def desk_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let the desk answer a hub that nobody answers, then go back to the page with the button."""
        hub = self.get_object(request, object_id)
        if hub is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[no-any-return]
        if request.method != "POST" or not self.has_change_permission(request, hub):
            raise PermissionDenied
        if desk.do_open_desk(hub):
            words = gettext("Agents can now answer the customers of “%(hub)s” at the desk.")
        else:
            words = gettext("“%(hub)s” already has an active agent or bot. Nothing was changed.")
        messages.success(request, words % {"hub": hub})
        back = request.POST.get("back", "")
        if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
            back = reverse("admin:portal_hub_change", args=[hub.pk])
        return redirect(back)
