"""Messages in the admin: the ledger proper. For any message it shows every hop."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from engine.admin import timeline
from engine.admin.base import LedgerAdmin, is_list
from engine.admin.words import SENDERS, STATES
from engine.desk.queries import newest_conversations
from engine.models import Activity, Delivery
from hubster.lib.ids import parse_guid
from portal.admin.base import TenantRelatedFilter
from portal.admin.columns import column, when

_STATE_COLOURS = {"Handled": "success", "Waiting": "warning", "Set aside": "danger"}
_ENDS = ("conversation__hub", "conversation__integration", "sender_integration", "recipient_integration")


class SenderFilter(admin.SimpleListFilter):
    """By who spoke; the values are known, so none has to be searched for."""

    title, parameter_name = "sender", "sender"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The kinds of senders."""
        return [(kind, words[:1].upper() + words[1:]) for kind, words in SENDERS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the kind chosen."""
        return queryset.filter(sender_type=self.value()) if self.value() else queryset


@admin.register(Activity)
class ActivityAdmin(LedgerAdmin):
    """A message and what became of it."""

    tenant_path = "conversation__hub__tenant"
    detail_template = "engine/admin/message.html"
    ordering = ("-event_id",)
    list_display = ("said_at", "what", "sender", "conversation", "shown_state")
    list_filter = (SenderFilter, "state", ("conversation__hub", TenantRelatedFilter))
    list_select_related = ("conversation", "sender_integration")
    search_fields = ("external_id",)
    search_help_text = "Message id or external id"
    list_before_template = "engine/admin/newest_only.html"
    empty_icon = "forum"
    empty_title = "No messages yet"
    empty_text = "As soon as somebody writes, every hop of the message is shown here."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The list has the messages of the newest conversations; configurations stay encrypted."""
        rows = super().get_queryset(request).defer(*(f"{end}__configuration" for end in _ENDS if "integration" in end))
        if is_list(request):
            return rows.filter(type="message", conversation__in=newest_conversations(request.user))
        return rows.select_related(*_ENDS, "author")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By an id, whole."""
        if not search_term:
            return queryset, False
        guid = parse_guid(search_term.strip())
        return queryset.filter(Q(pk=guid) if guid else Q(external_id=search_term.strip())), False

    @column("When")
    def said_at(self, row: Activity) -> Any:
        """To the second."""
        return when(timeline.said_at(row))

    @column("Message")
    def what(self, row: Activity) -> str:
        """Its beginning, as a link to its page."""
        link = reverse("admin:engine_activity_change", args=[row.pk])
        return format_html('<a class="hub-link" href="{}">{}</a>', link, timeline.headline(row)[:90])

    @column("From")
    def sender(self, row: Activity) -> str:
        """Who, by which integration."""
        who = row.sender_type
        return f"{who}, {row.sender_integration.name}" if row.sender_integration else who

    @column("State", label=_STATE_COLOURS)
    def shown_state(self, row: Activity) -> str:
        """In words."""
        return STATES[Activity.State(row.state)].text

    def detail(self, request: HttpRequest, row: Activity) -> dict[str, Any]:
        """The timeline."""
        deliveries = Delivery.objects.filter(activity=row).select_related("destination")
        rows = list(deliveries.defer("destination__configuration").order_by("echo", "created", "id"))
        return {
            "title": "Message" if row.type == "message" else "Event",
            "headline": timeline.headline(row),
            "content": timeline.content_text(row),
            "said_by": timeline.said_by(row),
            "said_at": timeline.said_at(row),
            "state": STATES[Activity.State(row.state)],
            "steps": timeline.steps_of(row),
            "targets": timeline.targets_of(rows),
        }
