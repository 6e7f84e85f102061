"""Notices in the admin, called alerts there: what needs a person."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from engine.actions.notices import do_mark_seen
from engine.admin.base import LedgerAdmin, link
from engine.admin.words import BAD, CALM, COLOURS
from engine.models import Notice
from hubster.lib.keyset import Order
from portal.admin.base import TenantRelatedFilter
from portal.admin.columns import column, integration_name, when
from portal.admin.keyset import OrderedAdmin
from portal.admin.roles import Rank


class SeenFilter(admin.SimpleListFilter):
    """New or seen, in the words of the list."""

    title, parameter_name = gettext_lazy("status"), "seen"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", gettext_lazy("New")), ("yes", gettext_lazy("Seen"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(seen=self.value() == "yes") if self.value() in ("yes", "no") else queryset


@admin.register(Notice)
class NoticeAdmin(OrderedAdmin, LedgerAdmin):
    """A fault that needs a person."""

    tenant_path = "tenant"
    view_rank = Rank.MANAGER
    detail_template = "engine/admin/notice.html"
    list_display = ("shown_text", "tenant", "kind", "place", "times", "last", "shown_seen")
    operator_columns = ("tenant",)
    list_filter = (SeenFilter, "kind", ("tenant", TenantRelatedFilter))
    list_select_related = ("tenant", "hub", "integration__hub")
    actions = ("mark_seen",)
    empty_icon = "notifications"
    empty_title = gettext_lazy("No alerts")
    empty_text = gettext_lazy(
        "You will see an alert here when a delivery fails, a webhook is paused or customers' messages are refused."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Configurations stay encrypted."""
        rows = super().get_queryset(request).select_related("hub", "integration__hub")
        return rows.defer("integration__configuration")

    def listing(self, request: HttpRequest, filters: Sequence[Any]) -> Order:
        return Order("modified")

    @column(gettext_lazy("Alert"))
    def shown_text(self, row: Notice) -> str:
        """The text, strong while unread, as a link."""
        address = reverse("admin:engine_notice_change", args=[row.pk])
        return link(address, row.text[:140], "" if row.seen else "hub-unread")

    @column(gettext_lazy("About"))
    def place(self, row: Notice) -> str:
        """The integration or the hub."""
        return place_name(row)

    @column(gettext_lazy("Times"))
    def times(self, row: Notice) -> int:
        """Number of occurrences."""
        return row.count

    @column(gettext_lazy("Last"))
    def last(self, row: Notice) -> str:
        """The time of the newest one."""
        return when(row.modified)

    @column(gettext_lazy("Status"), label={**COLOURS, CALM: "default"})
    def shown_seen(self, row: Notice) -> tuple[str, str]:
        return (CALM, _("Seen")) if row.seen else (BAD, _("New"))

    @admin.action(description=gettext_lazy("Mark as seen"))
    def mark_seen(self, request: HttpRequest, queryset: QuerySet[Notice]) -> None:
        """The chosen ones; the list is the person's own, so the choice is too."""
        changed = do_mark_seen(queryset)
        if changed:
            text = ngettext("%(count)d alert marked as seen.", "%(count)d alerts marked as seen.", changed)
            messages.success(request, text % {"count": changed})
        else:
            messages.warning(request, _("Nothing changed: these alerts were already seen."))

    def detail(self, request: HttpRequest, row: Notice) -> dict[str, Any]:
        """The text, and where to look."""
        failed = f"?status=failed&destination__id__exact={row.integration_id}"
        webhook = row.integration_id and row.kind != Notice.Kind.MESSAGE_REFUSED
        return {
            "title": row.get_kind_display(),
            "place": place_name(row),
            "deliveries": reverse("admin:engine_delivery_changelist") + failed if webhook else "",
            "endpoint": reverse("admin:engine_endpoint_change", args=[row.integration_id]) if webhook else "",
            "hub": reverse("admin:portal_hub_change", args=[row.hub_id]) if row.hub_id else "",
        }


def place_name(row: Notice) -> str:
    """The integration with its hub, or the hub; empty for the tenant itself."""
    if row.integration:
        return integration_name(row.integration)
    return row.hub.name if row.hub else ""
