"""The backlog on the front page: what waits, how long, and whose it is. Three queries, however much waits."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engine.admin.numbers import within
from engine.admin.words import age
from engine.models import Lane
from engine.work.backlog import pending_deliveries, waiting_activities
from hubster.lib import clock
from portal.access import staff_tenants

MOST = 10_000  # rows that a query looks at; a backlog must not make looking at it slow
SHOWN = 8  # tenants or hubs; the others are summed up
BAR = 1_000  # units of a drawing's width
LATE = 60  # seconds from which on what is due is late; docs/operating.md alerts from there on


@dataclass
class Heap:
    """The waiting work of one tenant, of one hub, or of all."""

    name: str
    to_handle: int = 0  # messages for the pipeline
    to_send: int = 0  # deliveries that could go out now
    held: int = 0  # deliveries that wait for their retry, or for a paused endpoint to be resumed
    since: datetime | None = None  # from when on the oldest of those that are due waits
    bars: list[tuple[str, int, int]] = field(default_factory=list)  # kind, x, width

    @property
    def total(self) -> int:
        return self.to_handle + self.to_send + self.held

    @property
    def seconds(self) -> float:
        """The age of the oldest that is due; 0 when none is."""
        return max(0.0, (clock.now() - self.since).total_seconds()) if self.since else 0.0

    @property
    def age(self) -> str:
        return age(self.seconds) if self.since else _("nothing overdue")

    @property
    def tone(self) -> str:
        """The colour of the age."""
        return "bad" if self.seconds >= LATE else "calm"

    def add(self, other: "Heap") -> None:
        self.to_handle, self.to_send = self.to_handle + other.to_handle, self.to_send + other.to_send
        self.held += other.held
        self.note(other.since)

    def note(self, since: datetime | None) -> None:
        """Keep the older moment."""
        self.since = min((moment for moment in (self.since, since) if moment), default=None)


@dataclass(frozen=True)
class Backlog:
    """The backlog on the front page: a heap for each tenant (for operators) or hub, the largest first."""

    whose: str
    all: Heap
    heaps: list[Heap]
    capped: bool  # there is more than was counted
    most: int = MOST


def backlog_of(user: Any) -> Backlog:
    """Of the whole installation for operators, of one's own tenant for everybody else."""
    everything = staff_tenants(user) is None
    whose = _("Tenant") if everything else _("Hub")
    owner = "conversation__hub__tenant" if everything else "conversation__hub"
    heaps: dict[uuid.UUID, Heap] = {}

    def of(key: uuid.UUID, name: str) -> Heap:
        return heaps.setdefault(key, Heap(name))

    rows = [_cut(query, user, owner) for query in (_activities(), _deliveries(), _lanes())]
    for key, name, modified in rows[0]:
        heap = of(key, name)
        heap.to_handle += 1
        heap.note(modified)
    for key, name, is_due in rows[1]:
        heap = of(key, name)
        heap.to_send, heap.held = heap.to_send + is_due, heap.held + (not is_due)
    for key, name, due in rows[2]:
        of(key, name).note(due)
    return _shown(whose, heaps.values(), any(len(found) >= MOST for found in rows))


def _activities() -> QuerySet[Any]:
    return waiting_activities().order_by("modified").annotate(fact=F("modified"))


def _deliveries() -> QuerySet[Any]:
    lanes = Lane.objects.filter(conversation=OuterRef("conversation"), destination=OuterRef("destination"))
    return pending_deliveries().annotate(fact=Exists(lanes.filter(due__lte=clock.now())))


def _lanes() -> QuerySet[Any]:
    return Lane.objects.filter(due__lte=clock.now()).order_by("due").annotate(fact=F("due"))


def _cut(rows: QuerySet[Any], user: Any, owner: str) -> list[Any]:
    mine = rows.filter(within(user, "conversation__hub"))
    return list(mine.values_list(f"{owner}_id", f"{owner}__name", "fact")[:MOST])


def _shown(whose: str, heaps: Iterable[Heap], capped: bool) -> Backlog:
    """The largest heaps, what is left as one more, and their sum; all bars have the scale of the longest."""
    ordered = sorted(heaps, key=lambda heap: (-heap.total, -heap.seconds, heap.name))
    shown, rest, everything = ordered[:SHOWN], ordered[SHOWN:], Heap(_("All"))
    if rest:
        others = Heap(ngettext("%(count)d other", "%(count)d others", len(rest)) % {"count": len(rest)})
        for heap in rest:
            others.add(heap)
        shown.append(others)
    most = max((heap.total for heap in shown), default=0) or 1
    for heap in shown:
        everything.add(heap)
        heap.bars = _bars(heap, most)
    return Backlog(whose, everything, shown, capped)


def _bars(heap: Heap, most: int) -> list[tuple[str, int, int]]:
    """The three parts, one after the other; what is not nothing can be seen."""
    bars, x = [], 0
    for kind, count in (("handle", heap.to_handle), ("send", heap.to_send), ("held", heap.held)):
        width = max(6, count * BAR // most) if count else 0
        bars.append((kind, x, width))
        x += width
    return [bar for bar in bars if bar[2]]
