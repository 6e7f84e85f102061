"""The front page of the admin: the numbers that matter, what waits, the last day as a chart, and what to do next."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from engine.admin import numbers
from engine.admin.waiting import backlog_of
from portal.admin.integrations import silent
from portal.admin.roles import Rank, rank_of

CHART_HEIGHT = 120  # units of the drawing
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


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Everything that `admin/index.html` shows; empty for people without a rank."""
    rank = rank_of(request.user)
    if rank < Rank.AGENT:
        return {**context, "title": "Welcome", "no_rank": True}
    bars = numbers.messages_by_hour(request.user)
    tasks = _tasks(numbers.furniture(request.user)) if rank >= Rank.MANAGER else []
    return {
        **context,
        "title": "Overview",
        "cards": [*_cards(request.user), *(_manager_cards(request.user) if rank >= Rank.MANAGER else [])],
        "backlog": backlog_of(request.user),
        "silent_hubs": silent(request.user) if rank >= Rank.MANAGER else [],
        "columns": _columns(bars),
        "chart_total": sum(bar.total for bar in bars),
        "chart_most": max(bar.total for bar in bars),
        "chart_width": COLUMN * len(bars),
        "chart_height": CHART_HEIGHT,
        "tasks": tasks if not all(task.done for task in tasks) else [],
    }


def _cards(user: Any) -> list[Card]:
    failed = numbers.failed_count(user)
    unanswered = numbers.unanswered_count(user)
    talks, sent = reverse("admin:engine_conversation_changelist"), reverse("admin:engine_delivery_changelist")
    return [
        Card("Open conversations", f"{numbers.open_count(user):,}", "not closed", f"{talks}?open=yes"),
        Card("Unanswered", _capped(unanswered), "the customer spoke last", f"{talks}?open=yes&unanswered__exact=1",
             "wait" if unanswered else "good"),
        Card("Messages today", f"{numbers.messages_today(user):,}", "since midnight, UTC",
             reverse("admin:engine_activity_changelist")),
        Card("Failed in 24 h", f"{failed:,}", "not delivered after all attempts",
             f"{sent}?status__exact=failed", "bad" if failed else "good"),
    ]  # fmt: skip


def _manager_cards(user: Any) -> list[Card]:
    paused = numbers.paused_count(user)
    page = f"{reverse('admin:engine_endpoint_changelist')}{'?state=paused' if paused else ''}"
    hint = "nothing is sent there" if paused else "every address is in use"
    return [Card("Paused endpoints", _capped(paused), hint, page, "bad" if paused else "good")]


def _capped(count: int) -> str:
    return f"{count}+" if count >= numbers.MOST else str(count)


def _columns(bars: list[numbers.Bar]) -> list[Column]:
    most = max((bar.total for bar in bars), default=0) or 1
    return [_column(place, bar, most) for place, bar in enumerate(bars)]


def _column(place: int, bar: numbers.Bar, most: int) -> Column:
    customers, business = (round(count / most * CHART_HEIGHT) for count in (bar.customers, bar.business))
    title = f"{bar.start:%H:%M} UTC: {bar.customers} from customers, {bar.business} from the business"
    top = CHART_HEIGHT - customers
    return Column(place * COLUMN + 3, top, customers, top - business, business, bar.start, title)


def _tasks(have: dict[str, bool]) -> list[Task]:
    add = reverse("admin:portal_integration_add")
    return [
        Task("Add a hub for a line of your business", reverse("admin:portal_hub_add"), have["hub"]),
        Task("Connect your customers: put WebChat on your website", f"{add}?channel=WebChat", have["customer"]),
        Task("Connect who answers: a Direct integration for agents or a bot", f"{add}?channel=Direct", have["answer"]),
        Task("Write the first message in the sample shop", "/", have["talk"]),
    ]
