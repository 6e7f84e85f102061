"""Conversations in the admin: the list, and the thread with a link to every message's ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engine.actions.costs import costs_of_conversation
from engine.admin import timeline
from engine.admin.base import link, moment
from engine.admin.costs import cost_text
from engine.admin.keyset import KeysetAdmin
from engine.admin.words import CALM, COLOURS, GOOD, SENDERS, STATES, WAIT, Words
from engine.desk.queries import NEWEST, customers_named, listed_conversations, newest_conversations
from engine.models import Activity, Conversation, File
from hubster.lib.ids import parse_guid
from hubster.lib.keyset import Listing
from portal.admin.base import TenantRelatedFilter
from portal.admin.columns import column, integration_name, when
from portal.admin.usage import Use, use_of_visitor

PAGE = 100  # entries of a thread on one page


class OpenFilter(admin.SimpleListFilter):
    """Open or closed."""

    title, parameter_name = gettext_lazy("status"), "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", gettext_lazy("Open")), ("no", gettext_lazy("Closed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """In the state chosen."""
        return queryset.filter(closed__isnull=self.value() == "yes") if self.value() else queryset


class UnansweredFilter(admin.SimpleListFilter):
    """Those in which the customer spoke last."""

    title, parameter_name = gettext_lazy("reply"), "unanswered"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """In the words of the list."""
        return [("yes", gettext_lazy("Unanswered")), ("no", gettext_lazy("Answered"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Nobody answers a closed one any more."""
        if self.value() == "yes":
            return queryset.filter(unanswered=True, closed__isnull=True)
        return queryset.exclude(unanswered=True, closed__isnull=True) if self.value() == "no" else queryset


class SideFilter(admin.SimpleListFilter):
    """By who replies to the customer."""

    title, parameter_name = gettext_lazy("side"), "side"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The two sides."""
        return [(str(side), SENDERS[str(side)]) for side in Conversation.Side]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the side chosen."""
        return queryset.filter(side=self.value()) if self.value() in Conversation.Side else queryset


@dataclass(frozen=True)
class Line:
    """An entry of the thread."""

    row: Activity
    at: datetime
    who: str
    text: str
    state: Words


@admin.register(Conversation)
class ConversationAdmin(KeysetAdmin):
    """A customer's thread."""

    tenant_path = "hub__tenant"
    detail_template = "engine/admin/conversation.html"
    ordering = ("-last_said",)
    list_display = ("customer", "shown_last", "newest", "shown_integration", "shown_side", "shown_reply", "shown_state")
    list_filter = (OpenFilter, UnansweredFilter, SideFilter, ("hub", TenantRelatedFilter))
    list_select_related = ("hub", "integration__hub")
    search_fields = ("properties",)
    search_help_text = format_lazy(
        gettext_lazy("Conversation ID, or part of a customer's name (in the {count} newest conversations)"),
        count=f"{NEWEST:,}",
    )
    empty_icon = "chat"
    empty_title = gettext_lazy("No conversations yet")
    empty_text = gettext_lazy("Add the chat to a page or open the sample shop, and send a message.")

    def sparing(self, rows: QuerySet[Any], listed: bool) -> QuerySet[Any]:
        """Configurations stay encrypted."""
        return rows.select_related("hub", "integration__hub").defer("integration__configuration")

    def listing(self, request: HttpRequest, filters: Sequence[Any]) -> Listing:
        """Of the person's hubs."""
        return listed_conversations(request.user)

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

    @column(gettext_lazy("Customer"))
    def customer(self, row: Conversation) -> str:
        """The name, as a link."""
        return link(reverse("admin:engine_conversation_change", args=[row.pk]), str(row)[:60])

    @column(gettext_lazy("Last message"))
    def shown_last(self, row: Conversation) -> str:
        return row.last_text[:90]

    @column(gettext_lazy("Last activity"))
    def newest(self, row: Conversation) -> str:
        """The time of the newest message."""
        return when(moment(row.last_said))

    @column(gettext_lazy("Integration"))
    def shown_integration(self, row: Conversation) -> str:
        """With its hub."""
        return integration_name(row.integration)

    @column(gettext_lazy("Side"))
    def shown_side(self, row: Conversation) -> str:
        """Agent or bot."""
        return str(SENDERS[row.side])

    @column(gettext_lazy("Reply"), label=COLOURS)
    def shown_reply(self, row: Conversation) -> Any:
        """A tag while the customer waits for one."""
        return (WAIT, _("Unanswered")) if row.unanswered and row.closed is None else ""

    @column(gettext_lazy("Status"), label={**COLOURS, CALM: "default"})
    def shown_state(self, row: Conversation) -> tuple[str, str]:
        """Open or closed."""
        return (CALM, _("Closed")) if row.closed else (GOOD, _("Open"))

    def detail(self, request: HttpRequest, row: Conversation) -> dict[str, Any]:
        """The thread, newest page first, oldest line on top."""
        before = request.GET.get("before", "")
        rows = Activity.objects.filter(conversation=row).select_related("author", "colleague", "sender_integration")
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
            "side": SENDERS[row.side],
            "told": row.disclosures.filter(told__isnull=False).order_by("-event_id").first(),
            "profile": _pairs(row.properties.get("profile")),
            "additional": _pairs(row.properties.get("additional")),
            "costs": cost_text(costs_of_conversation(row)),
            "file_use": _file_use(row),
        }


def _line(row: Activity) -> Line:
    who = row.author_name or timeline.said_by(row)
    return Line(row, timeline.said_at(row), who, timeline.headline(row), STATES[Activity.State(row.state)])


def _file_use(row: Conversation) -> Use | None:
    """The room that the visitor's files take; None when no visitor sent any here."""
    sent = File.objects.filter(activity__conversation=row, visitor__isnull=False)
    visitor = sent.values_list("visitor", flat=True).first()
    return use_of_visitor(visitor) if visitor else None


def _pairs(node: Any) -> list[tuple[str, str]]:
    return [(str(key), str(value)) for key, value in node.items()] if isinstance(node, dict) else []
