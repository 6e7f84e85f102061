"""Tenants in the admin: for operators."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from portal.actions import tenants as actions
from portal.admin.base import TenantAdmin
from portal.admin.columns import column, when
from portal.admin.roles import Rank
from portal.admin.usage import short_use, uses_of_tenant
from portal.models import FileUse, Tenant


@admin.register(Tenant)
class TenantsAdmin(TenantAdmin):
    """A business. A new one gets its two API clients at once."""

    tenant_path = "pk"
    view_rank = add_rank = change_rank = delete_rank = Rank.OPERATOR
    fields = ("name", "enabled", "evaluation_ends", "keep_days")
    list_display = ("name", "shown_state", "hub_count", "member_count", "file_room", "evaluation", "added")
    list_filter = ("enabled",)
    search_fields = ("name",)
    change_form_outer_after_template = "portal/admin/tenant_after.html"
    empty_icon = "domain"
    empty_title = _("No tenants yet")
    empty_text = _("A tenant is a business with its own hubs, members and API clients. Add the first one.")

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the counts that the list shows."""
        counts = {"hub_total": Count("hubs", distinct=True), "member_total": Count("members", distinct=True)}
        files = FileUse.objects.filter(kind=FileUse.Kind.TENANT, owner=OuterRef("pk")).values("bytes")
        return super().get_queryset(request).annotate(**counts, file_bytes=Subquery(files))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """With the room that files take."""
        tenant = self.get_object(request, object_id)
        more = {"file_uses": uses_of_tenant(tenant.pk)} if tenant else {}
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})  # type: ignore[no-any-return]

    @column(_("Files"))
    def file_room(self, tenant: Any) -> str:
        """Used and allowed."""
        return short_use(tenant.file_bytes)

    @column(_("Status"), label={"on": "success", "off": "danger", "over": "warning"})
    def shown_state(self, tenant: Tenant) -> tuple[str, Any]:
        """For the colour, and in words."""
        if not tenant.enabled:
            return "off", _("Disabled")
        return ("over", _("Trial ended")) if tenant.evaluation_over else ("on", _("Enabled"))

    @column(_("Trial ends"))
    def evaluation(self, tenant: Tenant) -> str:
        return when(tenant.evaluation_ends)

    @column(_("Created"), ordering="created")
    def added(self, tenant: Tenant) -> str:
        return when(tenant.created)

    @column(_("Hubs"))
    def hub_count(self, tenant: Any) -> int:
        """The number of them."""
        return int(tenant.hub_total)

    @column(_("Members"))
    def member_count(self, tenant: Any) -> int:
        """The number of them."""
        return int(tenant.member_total)

    def save_model(self, request: HttpRequest, obj: Tenant, form: Any, change: bool) -> None:
        """By the actions."""
        if change:
            actions.do_update_tenant(self.stored(obj), {name: form.cleaned_data[name] for name in form.changed_data})
        else:
            actions.do_create_tenant(obj)

    def delete_model(self, request: HttpRequest, obj: Tenant) -> None:
        """By the action."""
        actions.do_delete_tenant(obj)

    def goes_with(self, row: Tenant) -> dict[Any, Any]:
        """All of its business."""
        return {
            _("hubs with all integrations and conversations"): row.hubs.count(),
            _("members"): row.members.count(),
            _("API clients"): row.clients.count(),
        }
