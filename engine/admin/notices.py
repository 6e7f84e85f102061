"""Notices in the admin: what needs a person, unread ones first to the eye."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from engine.actions.notices import do_mark_seen
from engine.admin.base import LedgerAdmin
from engine.models import Notice
from portal.admin.base import TenantRelatedFilter
from portal.admin.columns import column, when
from portal.admin.roles import Rank


@admin.register(Notice)
class NoticeAdmin(LedgerAdmin):
    """A fault that needs a person."""

    tenant_path = "tenant"
    view_rank = Rank.MANAGER
    detail_template = "engine/admin/notice.html"
    list_display = ("what", "tenant", "kind", "integration", "count", "last", "shown_seen")
    operator_columns = ("tenant",)
    list_filter = ("seen", "kind", ("tenant", TenantRelatedFilter))
    list_select_related = ("tenant", "integration")
    actions = ("mark_seen",)
    empty_icon = "notifications"
    empty_title = "No notices"
    empty_text = "When a delivery fails for good or a message cannot be processed, it is said here."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Configurations stay encrypted."""
        return super().get_queryset(request).select_related("integration").defer("integration__configuration")

    @column("Notice")
    def what(self, row: Notice) -> str:
        """The text, strong while unread, as a link."""
        link = reverse("admin:engine_notice_change", args=[row.pk])
        weight = "hub-link" if row.seen else "hub-link hub-unread"
        return format_html('<a class="{}" href="{}">{}</a>', weight, link, row.text[:140])

    @column("Last")
    def last(self, row: Notice) -> str:
        """When it happened last."""
        return when(row.modified)

    @column("Read", label={"New": "danger", "Seen": "default"})
    def shown_seen(self, row: Notice) -> str:
        """In words."""
        return "Seen" if row.seen else "New"

    @admin.action(description="Mark as seen")
    def mark_seen(self, request: HttpRequest, queryset: QuerySet[Notice]) -> None:
        """The chosen ones; the list is the person's own, so the choice is too."""
        changed = do_mark_seen(queryset)
        messages.success(request, f"{changed} notice{'s' if changed != 1 else ''} marked as seen.")

    def detail(self, request: HttpRequest, row: Notice) -> dict[str, Any]:
        """The text, and where to look."""
        failed = f"?status__exact=failed&destination__id__exact={row.integration_id}"
        return {
            "title": row.get_kind_display(),
            "deliveries": reverse("admin:engine_delivery_changelist") + failed if row.integration_id else "",
            "endpoint": reverse("admin:engine_endpoint_change", args=[row.integration_id])
            if row.integration_id
            else "",
        }
