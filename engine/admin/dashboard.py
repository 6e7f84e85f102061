"""The front page of the admin: the numbers that matter, what waits, the last day as a chart, and what to do next."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from engine.admin import numbers
from engine.admin.waiting import backlog_of
from engine.admin.words import BAD, Words, endpoint_words, why
from engine.delivery.schedule import ATTEMPTS
from hubster.lib.keyset import capped_text
from portal.admin.columns import integration_name
from portal.admin.integrations import silent
from portal.admin.roles import Rank, rank_of

CHART_HEIGHT = 120  # units of the drawing
SHOWN = 5  # webhooks and alerts in their cards; the lists have them all
COLUMN = 20  # units from one hour to the next


@dataclass(frozen=True)
class Card:
    """A number."""

    label: str
    value: str
    hint: str
    link: str
    tone: str = "calm"


@dataclass(frozen=True)
class Column:
    """An hour, in units of the drawing, from the top left."""

    x: int
    customers_y: int
    customers_height: int
    business_y: int
    business_height: int
    start: datetime
    title: str


@dataclass(frozen=True)
class Task:
    """A thing to do to get going."""

    text: str
    link: str
    done: bool


@dataclass(frozen=True)
class Trouble:
    """A webhook or an alert that needs a person."""

    name: str
    text: str
    link: str
    words: Words


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Everything that `admin/index.html` shows; empty for people without a rank."""
    rank = rank_of(request.user)
    if rank < Rank.AGENT:
        return {**context, "title": _("Welcome"), "no_rank": True}
    bars = numbers.messages_by_hour(request.user)
    manager = _for_managers(request.user) if rank >= Rank.MANAGER else {"cards": []}
    return {
        **context,
        **manager,
        "title": _("Overview"),
        "cards": [*_cards(request.user), *manager["cards"]],
        "backlog": backlog_of(request.user),
        "silent_hubs": silent(request.user) if rank >= Rank.MANAGER else [],
        "columns": _columns(bars),
        "chart_total": sum(bar.total for bar in bars),
        "chart_most": max(bar.total for bar in bars),
        "chart_width": COLUMN * len(bars),
        "chart_height": CHART_HEIGHT,
    }


def _for_managers(user: Any) -> dict[str, Any]:
    tasks = _tasks(numbers.furniture(user))
    troubled = numbers.troubled_endpoints(user).select_related("destination__hub").defer("destination__configuration")
    return {
        "cards": _manager_cards(user),
        "tasks": tasks if not all(task.done for task in tasks) else [],
        "webhooks": [_troubled(row) for row in troubled[:SHOWN]],
        "webhooks_link": f"{reverse('admin:engine_endpoint_changelist')}",
        "alerts": [_alert(row) for row in numbers.newest_notices(user, SHOWN)],
        "alerts_link": f"{reverse('admin:engine_notice_changelist')}?seen=no",
    }


def _troubled(row: Any) -> Trouble:
    page = reverse("admin:engine_endpoint_change", args=[row.pk])
    return Trouble(integration_name(row.destination), row.reason or why(row), page, endpoint_words(row))


def _alert(row: Any) -> Trouble:
    page = reverse("admin:engine_notice_change", args=[row.pk])
    return Trouble(row.get_kind_display(), row.text, page, Words(_("New"), BAD))


def _cards(user: Any) -> list[Card]:
    failed = numbers.failed_count(user)
    unanswered = numbers.unanswered_count(user)
    listed, sent = reverse("admin:engine_conversation_changelist"), reverse("admin:engine_delivery_changelist")
    return [
        Card(_("Open conversations"), capped_text(numbers.open_count(user)), _("not closed"), f"{listed}?open=yes"),
        Card(_("Unanswered"), _capped(unanswered), _("the customer wrote last"), f"{listed}?unanswered=yes",
             "wait" if unanswered else "good"),
        Card(_("Messages today"), capped_text(numbers.messages_today(user)),
             _("by customers and agents, since midnight UTC"), reverse("admin:engine_activity_changelist")),
        Card(_("Failed in %(hours)d h") % {"hours": numbers.HOURS}, _capped(failed),
             _("not delivered after %(attempts)d attempts") % {"attempts": ATTEMPTS},
             f"{sent}?status=failed", "bad" if failed else "good"),
    ]  # fmt: skip


def _manager_cards(user: Any) -> list[Card]:
    paused, troubled = numbers.paused_count(user), numbers.troubled_endpoint_count(user)
    page = reverse("admin:engine_endpoint_changelist")
    failing = troubled - paused
    return [
        Card(_("Failing webhooks"), _capped(failing),
             _("the last message was rejected") if failing else _("no failures"),
             f"{page}?state=failing" if failing else page, "wait" if failing else "good"),
        Card(_("Paused webhooks"), _capped(paused), _("messages are queued") if paused else _("no webhook is paused"),
             f"{page}?state=paused" if paused else page, "bad" if paused else "good"),
    ]  # fmt: skip


def _capped(count: int) -> str:
    return f"{count}+" if count >= numbers.MOST else str(count)


def _columns(bars: list[numbers.Bar]) -> list[Column]:
    most = max((bar.total for bar in bars), default=0) or 1
    return [_column(place, bar, most) for place, bar in enumerate(bars)]


def _column(place: int, bar: numbers.Bar, most: int) -> Column:
    customers, business = (round(count / most * CHART_HEIGHT) for count in (bar.customers, bar.business))
    text = _("%(hour)s UTC: %(customers)d from customers, %(business)d from the business")
    if bar.more:
        text = _("%(hour)s UTC so far: at least %(customers)d from customers, %(business)d from the business")
    title = text % {"hour": f"{bar.start:%H:%M}", "customers": bar.customers, "business": bar.business}
    top = CHART_HEIGHT - customers
    return Column(place * COLUMN + 3, top, customers, top - business, business, bar.start, title)


def _tasks(have: dict[str, bool]) -> list[Task]:
    add = reverse("admin:portal_integration_add")
    return [
        Task(_("Add your first hub"), reverse("admin:portal_hub_add"), have["hub"]),
        Task(_("Connect your customers: add a web chat to your website"), f"{add}?channel=WebChat", have["customer"]),
        Task(_("Connect agents or a bot: add a Direct integration"), f"{add}?channel=Direct", have["answer"]),
        Task(_("Send a first message from the sample shop"), "/", have["talk"]),
    ]
