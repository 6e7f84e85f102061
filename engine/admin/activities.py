"""Messages in the admin: the ledger proper. For any message it shows every hop."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engine.admin import timeline
from engine.admin.base import link
from engine.admin.keyset import KeysetAdmin
from engine.admin.words import COLOURS, SENDERS, STATES
from engine.desk.queries import NEWEST, newest_conversations
from engine.models import Activity, Conversation, Delivery
from hubster.lib.ids import parse_guid
from hubster.lib.keyset import Listing
from portal.admin.base import TenantRelatedFilter
from portal.admin.columns import column, integration_name, when

_ENDS = ("conversation__hub", "conversation__integration", "sender_integration__hub", "recipient_integration")
_SECRET = ("conversation__integration", "sender_integration", "recipient_integration")


class SenderFilter(admin.SimpleListFilter):
    """By sender; the values are known, so none has to be searched for."""

    title, parameter_name = gettext_lazy("from"), "sender"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The kinds of senders."""
        return list(SENDERS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the kind chosen."""
        return queryset.filter(sender_type=self.value()) if self.value() else queryset


class StateFilter(admin.SimpleListFilter):
    """By state, in the words of the list."""

    title, parameter_name = gettext_lazy("status"), "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(state), words.text) for state, words in STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those in the state chosen."""
        return queryset.filter(state=self.value()) if self.value() in Activity.State else queryset


@admin.register(Activity)
class ActivityAdmin(KeysetAdmin):
    """A message and what became of it."""

    tenant_path = "conversation__hub__tenant"
    detail_template = "engine/admin/message.html"
    ordering = ("-event_id",)
    list_display = ("shown_time", "shown_text", "sender", "shown_conversation", "shown_state")
    list_filter = (SenderFilter, StateFilter, ("conversation__hub", TenantRelatedFilter))
    list_select_related = ("conversation", "sender_integration__hub")
    search_fields = ("external_id",)
    search_help_text = gettext_lazy("Message ID or external ID")
    list_before_template = "engine/admin/newest_only.html"
    empty_icon = "forum"
    empty_title = gettext_lazy("No messages yet")
    empty_text = gettext_lazy("Every message appears here, with each step from receipt to delivery.")

    def sparing(self, rows: QuerySet[Any], listed: bool) -> QuerySet[Any]:
        """The list has messages only; configurations stay encrypted."""
        rows = rows.defer(*(f"{end}__configuration" for end in _SECRET))
        return rows.filter(type="message") if listed else rows.select_related(*_ENDS, "author", "colleague")

    def listing(self, request: HttpRequest, filters: Sequence[Any]) -> Listing:
        """Of the newest conversations."""
        return Listing(
            "event_id", "conversation", Conversation.objects.filter(pk__in=newest_conversations(request.user))
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By an id, whole."""
        if not search_term:
            return queryset, False
        guid = parse_guid(search_term.strip())
        return queryset.filter(Q(pk=guid) if guid else Q(external_id=search_term.strip())), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """With the number of conversations that the list covers."""
        return super().changelist_view(request, {"newest": NEWEST, **(extra_context or {})})

    @column(gettext_lazy("Time"))
    def shown_time(self, row: Activity) -> Any:
        """To the second."""
        return when(timeline.said_at(row))

    @column(gettext_lazy("Text"))
    def shown_text(self, row: Activity) -> str:
        """Its beginning, as a link to its page."""
        return link(reverse("admin:engine_activity_change", args=[row.pk]), timeline.headline(row)[:90])

    @column(gettext_lazy("From"))
    def sender(self, row: Activity) -> str:
        """Kind and integration."""
        who = timeline.said_by(row)
        return f"{who} ({integration_name(row.sender_integration)})" if row.sender_integration else who

    @column(gettext_lazy("Conversation"))
    def shown_conversation(self, row: Activity) -> str:
        """By the customer's name, as a link to the thread."""
        target = reverse("admin:engine_conversation_change", args=[row.conversation_id])
        return link(target, str(row.conversation)[:60])

    @column(gettext_lazy("Status"), label=COLOURS)
    def shown_state(self, row: Activity) -> tuple[str, str]:
        return STATES[Activity.State(row.state)].tag

    def detail(self, request: HttpRequest, row: Activity) -> dict[str, Any]:
        deliveries = Delivery.objects.filter(activity=row).select_related("destination__hub", "destination__endpoint")
        rows = list(deliveries.defer("destination__configuration").order_by("echo", "created", "id"))
        return {
            "title": _("Message") if row.type == "message" else _("Event"),
            "headline": timeline.headline(row),
            "content": timeline.content_text(row),
            "said_by": timeline.said_by(row),
            "said_at": timeline.said_at(row),
            "state": STATES[Activity.State(row.state)],
            "steps": timeline.steps_of(row),
            "targets": timeline.targets_of(rows),
        }
