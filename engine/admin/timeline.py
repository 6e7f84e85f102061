"""The timeline of a message: received, each step, each delivery with its attempts. Three queries."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from engine.activity import summary
from engine.admin.base import moment
from engine.admin.words import OUTCOMES, SENDERS, STATUSES, Words, body_text, event_words, step_words, took
from engine.models import Activity, Attempt, Delivery
from hubster.lib import clock
from portal.admin.columns import when


@dataclass(frozen=True)
class Step:
    """A step of the pipeline."""

    words: Words
    outcome: str
    tone: str
    note: str
    took: str
    at: datetime


@dataclass(frozen=True)
class Part:
    """A request or an answer."""

    line: str
    headers: list[tuple[str, str]]
    body: str


@dataclass(frozen=True)
class Try:
    """An attempt."""

    row: Attempt
    words: Words
    status: int | None
    request: Part | None
    response: Part | None


@dataclass(frozen=True)
class Target:
    """A delivery with its attempts."""

    row: Delivery
    words: Words
    role: str
    tries: list[Try]
    next_try: str


def headline(activity: Activity) -> str:
    """A message shortened, or an event in words."""
    return summary(activity.type, activity.content) or event_words(activity.content)


def said_by(activity: Activity) -> str:
    """The sender's kind, in words."""
    if activity.standby and activity.sender_type == "Agent":
        return _("Another app")
    return str(SENDERS.get(activity.sender_type, activity.sender_type))


def said_at(activity: Activity) -> datetime:
    """When it got its place in the conversation."""
    return moment(activity.event_id) or activity.created


def content_text(activity: Activity) -> str:
    """The whole message or event, as text."""
    return json.dumps(activity.content, indent=2, ensure_ascii=False)


def steps_of(activity: Activity) -> list[Step]:
    """The pipeline's steps in the order in which they ran."""
    return [_step(entry) for entry in activity.trace]


def _step(entry: dict[str, Any]) -> Step:
    tone = "good" if entry["outcome"] == "done" else "bad"
    at = datetime.fromisoformat(entry["at"])
    return Step(step_words(entry["step"]), entry["outcome"], tone, entry["note"], took(entry["microseconds"]), at)


def targets_of(rows: list[Delivery]) -> list[Target]:
    """Deliveries with all their attempts: one query for all."""
    tries: dict[Any, list[Try]] = {row.pk: [] for row in rows}
    for attempt in Attempt.objects.filter(delivery__in=rows).order_by("id"):
        tries[attempt.delivery_id].append(_try(attempt))
    return [
        Target(row, STATUSES[Delivery.Status(row.status)], _role(row), tries[row.pk], next_try(row)) for row in rows
    ]


def is_paused(row: Delivery) -> bool:
    """True if nothing is sent to where a delivery is to go."""
    endpoint = getattr(row.destination, "endpoint", None)
    return endpoint is not None and endpoint.paused is not None


def next_try(row: Delivery) -> str:
    """The time of the next attempt, or what a delivery waits for; empty for one that does not wait."""
    if row.status != Delivery.Status.PENDING:
        return ""
    if is_paused(row):
        return _("when the webhook is resumed")
    due = row.next_attempt
    return when(due) if due and due > clock.now() else _("when its turn comes")


def _role(row: Delivery) -> str:
    if row.echo:
        return _("echo to the sender")
    kinds = {"Customer": _("customer"), "Agent": _("agent"), "Bot": _("bot"), "System": _("webhook")}
    return kinds.get(row.destination.type, row.destination.type)


def _try(row: Attempt) -> Try:
    status = row.response.get("status")
    line = f"{row.asked.get('method', '')} {row.asked.get('url', '')}".strip()
    answer = f"HTTP {status}" if status else ""
    words = OUTCOMES[Attempt.Outcome(row.outcome)]
    return Try(row, words, status, _part(line, row.asked), _part(answer, row.response))


def _part(line: str, shown: dict[str, Any]) -> Part | None:
    if not shown:
        return None
    headers = sorted((str(name), str(value)) for name, value in (shown.get("headers") or {}).items())
    return Part(line, headers, body_text(str(shown.get("body") or "")))
