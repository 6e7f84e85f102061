"""Conversations in the admin: the list, and the thread with a link to every message's ledger."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from engine.admin import timeline
from engine.admin.base import LedgerAdmin, moment
from engine.admin.words import STATES, Words
from engine.desk.queries import NEWEST, customers_named, newest_conversations
from engine.models import Activity, Conversation
from hubster.lib.ids import parse_guid
from portal.admin.base import TenantRelatedFilter
from portal.admin.columns import column, when

PAGE = 100  # entries of a thread on one page


class OpenFilter(admin.SimpleListFilter):
    """Open or closed."""

    title, parameter_name = "state", "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The two."""
        return [("yes", "Open"), ("no", "Closed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """As chosen."""
        return queryset.filter(closed__isnull=self.value() == "yes") if self.value() else queryset


@dataclass(frozen=True)
class Line:
    """An entry of the thread."""

    row: Activity
    at: datetime
    who: str
    text: str
    state: Words


@admin.register(Conversation)
class ConversationAdmin(LedgerAdmin):
    """A customer's thread."""

    tenant_path = "hub__tenant"
    detail_template = "engine/admin/conversation.html"
    list_display = ("customer", "last_text", "last_said", "hub", "integration", "side", "waits", "shown_state")
    list_filter = (OpenFilter, "unanswered", "side", ("hub", TenantRelatedFilter))
    list_select_related = ("hub", "integration")
    search_fields = ("properties",)
    search_help_text = f"Conversation id, or part of a customer's name (in the {NEWEST:,} newest conversations)"
    empty_icon = "chat"
    empty_title = "No conversations yet"
    empty_text = "Put the chat on a page, or open the sample shop, and write something."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Configurations stay encrypted."""
        rows = super().get_queryset(request).select_related("hub", "integration")
        return rows.defer("integration__configuration")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By id in all conversations, by name in the newest: names have no index. The list leaves out opened chats."""
        term = search_term.strip()
        if not term:
            return queryset.filter(last_said__gt=0), False
        if guid := parse_guid(term):
            return queryset.filter(pk=guid), False
        return queryset.filter(customers_named(term), pk__in=newest_conversations(request.user)), False

    @column("Customer")
    def customer(self, row: Conversation) -> str:
        """The name, as a link."""
        link = reverse("admin:engine_conversation_change", args=[row.pk])
        return format_html('<a class="hub-link" href="{}">{}</a>', link, str(row)[:60])

    @column("Last activity")
    def last_said(self, row: Conversation) -> str:
        """When something was said last."""
        return when(moment(row.last_said))

    @column("Answer", label={"Unanswered": "warning"})
    def waits(self, row: Conversation) -> str:
        """Whether the customer waits for one."""
        return "Unanswered" if row.unanswered and row.closed is None else ""

    @column("State", label={"Open": "success", "Closed": "default"})
    def shown_state(self, row: Conversation) -> str:
        """Open or closed."""
        return "Closed" if row.closed else "Open"

    def detail(self, request: HttpRequest, row: Conversation) -> dict[str, Any]:
        """The thread, newest page first, oldest line on top."""
        before = request.GET.get("before", "")
        rows = Activity.objects.filter(conversation=row).select_related("author", "sender_integration")
        if before.isdecimal() and len(before) < 19:
            rows = rows.filter(event_id__lt=int(before))
        found = list(rows.defer("sender_integration__configuration").order_by("-event_id")[: PAGE + 1])
        page = found[:PAGE][::-1]
        return {
            "title": str(row),
            "lines": [_line(item) for item in page],
            "older": page[0].event_id if len(found) > PAGE else None,
            "newer": bool(before),
            "last_said": moment(row.last_said),
            "profile": _pairs(row.properties.get("profile")),
            "additional": _pairs(row.properties.get("additional")),
        }


def _line(row: Activity) -> Line:
    who = row.author.get_full_name() or row.author.get_username() if row.author else row.sender_type
    return Line(row, timeline.said_at(row), who, timeline.headline(row), STATES[Activity.State(row.state)])


def _pairs(node: Any) -> list[tuple[str, str]]:
    return [(str(key), str(value)) for key, value in node.items()] if isinstance(node, dict) else []
