"""The audit log in the admin: who changed what, when, and what it was before."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hubster.lib.keyset import Order
from portal.actions.snapshots import NOUNS
from portal.admin.audit_filters import (
    ActorFilter,
    DateFilter,
    NounFilter,
    ObjectFilter,
    TenantFilter,
    VerbFilter,
)
from portal.admin.audit_words import TONES, action_words, count_words, lines, summary
from portal.admin.columns import column, when
from portal.admin.keyset import OrderedAdmin
from portal.admin.roles import is_operator
from portal.models import AuditEntry, Client, ClientSecret, Tenant


@admin.register(AuditEntry)
class AuditAdmin(OrderedAdmin):
    """A change that somebody made."""

    tenant_path = "tenant_id"  # no foreign key: entries outlive their tenant
    detail_template = "portal/admin/audit_entry.html"
    list_display = ("moment", "shown_tenant", "who", "what", "which", "changed")
    operator_columns: ClassVar[tuple[Any, ...]] = ("shown_tenant", TenantFilter)
    list_filter = (ObjectFilter, NounFilter, VerbFilter, ("by", ActorFilter), ("at", DateFilter), TenantFilter)
    list_before_template = "portal/admin/history_of.html"
    search_fields = ("object_name", "actor_name")
    search_help_text = _("Name of the object, or of the person or client who changed it")
    empty_icon = "history"
    empty_title = _("No changes yet")
    empty_text = _(
        "Changes to hubs, integrations, commands, members, API clients and secrets are listed here, with their author, "
        "time and earlier values."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the tenant's name, as long as there is one."""
        rows: QuerySet[Any] = super().get_queryset(request)
        if not is_operator(request):
            return rows
        names = Tenant.objects.filter(pk=OuterRef("tenant_id")).values("name")
        annotated: QuerySet[Any] = rows.annotate(tenant_name=Subquery(names[:1]))
        return annotated

    def listing(self, request: HttpRequest, filters: Sequence[Any]) -> Order:
        return Order("at")

    @column(_("Time"))
    def moment(self, row: AuditEntry) -> str:
        """The time, as a link to the page of the change."""
        link = reverse("admin:portal_auditentry_change", args=[row.pk])
        return format_html('<a class="hub-link" href="{}">{}</a>', link, when(row.at))

    @column(_("Tenant"))
    def shown_tenant(self, row: Any) -> str:
        """By name; of a tenant that is gone only the id is left."""
        if row.tenant_id is None:
            return gettext("Platform")
        return str(row.tenant_name or gettext("deleted (%(id)s…)") % {"id": str(row.tenant_id)[:8]})

    @column(_("Changed by"))
    def who(self, row: AuditEntry) -> str:
        """Name and kind."""
        return format_html('{}<span class="hub-kind">{}</span>', row.actor_name, row.get_by_display())

    @column(_("Action"))
    def what(self, row: AuditEntry) -> str:
        """A verb and the kind of object."""
        return action_words(row.action)

    @column(_("Object"))
    def which(self, row: AuditEntry) -> str:
        """The name that it had after the change."""
        return row.object_name

    @column(_("Properties"))
    def changed(self, row: AuditEntry) -> str:
        """Their names, or the number of things that were deleted with the object."""
        return summary(row.before, row.after)

    def detail(self, request: HttpRequest, row: AuditEntry) -> dict[str, Any]:
        """Before and after, and where to look further."""
        words = action_words(row.action)
        query = urlencode({"object": row.object_id})
        return {
            "title": f"{words} “{row.object_name}”",
            "words": words,
            "tone": TONES.get(row.action.partition(".")[2], "calm"),
            "lines": lines(row.before, row.after),
            "gone": count_words((row.before or {}).get("wentWithIt", {})),
            "tenant": self.shown_tenant(row) if is_operator(request) else "",
            "history": f"{reverse('admin:portal_auditentry_changelist')}?{query}",
            "subject": self._page_of_object(request, row),
        }

    def _page_of_object(self, request: HttpRequest, row: AuditEntry) -> str:
        """The address of the object's own page; empty when it is gone or not for this person."""
        model: Any = NOUNS.get(row.action.partition(".")[0])
        model = Client if model is ClientSecret else model
        page = self.admin_site._registry.get(model)
        if page is None or not page.has_view_permission(request):
            return ""
        found = page.get_object(request, row.object_id, "client_id" if model is Client else None)
        return reverse(f"admin:portal_{model._meta.model_name}_change", args=[found.pk]) if found else ""
