"""What must be true of every delivery, found from what was seen from outside: calls, answers, deaths, replays."""

import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings

from engine.models import Delivery
from hubster.lib import clock
from tests.engine.state.workers import Call, Worker

S = Delivery.Status
ATTEMPTS = 6
Lane = tuple[str, str]  # conversation and destination


@dataclass
class Page:
    """One delivery as it must be now."""

    lane: Lane
    event_id: int
    echo: bool
    status: str
    not_before: datetime
    counted: int = 0
    replayed: bool = False
    taken: bool = False  # the receiver has it

    def count(self, good: bool) -> bool:
        """An attempt ended with a result that counts; whether it was the last one and in vain."""
        self.counted += 1
        if good:
            self.status = S.SENT
        elif self.counted == ATTEMPTS:
            self.status = S.FAILED
        self.not_before = clock.now() + timedelta(seconds=settings.HUBSTER_RETRY_UNIT * self.counted)
        return self.status == S.FAILED

    def replay(self) -> None:
        """Somebody has it sent anew."""
        self.status, self.counted, self.replayed, self.not_before = S.PENDING, 0, True, clock.now()


@dataclass
class Ledger:
    """Kept apart from the product's tables."""

    pages: dict[str, Page] = field(default_factory=dict)  # by webhook id
    handled: set[uuid.UUID] = field(default_factory=set)  # activities that the pipeline is done with
    holders: dict[int, Worker] = field(default_factory=dict)  # by lane: whose result counts
    leases: dict[Worker, datetime] = field(default_factory=dict)  # until when nobody else may have its lane
    exhausted: Counter[str] = field(default_factory=Counter)  # by destination
    given_up: Counter[str] = field(default_factory=Counter)  # endpoints that were paused by the product
    loose: set[str] = field(default_factory=set)  # destinations for which the order does not matter
    newest: dict[Lane, int] = field(default_factory=dict)  # event id that was last taken
    milestones: Counter[str] = field(default_factory=Counter)

    def first_of(self, lane: Lane) -> Page:
        """What must go next of what waits: the earliest one; where order does not matter, the earliest that may."""
        pages = [page for page in self.pages.values() if page.lane == lane and page.status == S.PENDING]
        pages.sort(key=lambda page: (page.event_id, page.echo))
        if lane[1] not in self.loose:
            return pages[0]
        ready = [page for page in pages if page.not_before <= clock.now()]
        return ready[0] if ready else min(pages, key=lambda page: page.not_before)

    def called(self, worker: Worker, call: Call, taken: bool) -> None:
        """A request has arrived. Checks all that must hold now."""
        assert call.webhook_id in self.pages, "a webhook id that no delivery has"
        page = self.pages[call.webhook_id]
        lane = (call.conversation, call.destination)
        assert (page.lane, page.event_id, page.echo) == (lane, call.event_id, call.echo), "one id for two messages"
        assert page.status == S.PENDING, f"sent although it is {page.status}"
        assert self.first_of(lane) is page, "overtook an earlier one of its lane"
        assert call.at >= page.not_before, f"sent {page.not_before - call.at} early"
        assert page.counted < ATTEMPTS, "more attempts than there may be"
        self._check_alone(worker, lane)
        self._hold(worker)
        if taken:
            self._take(page)

    def _check_alone(self, worker: Worker, lane: Lane) -> None:
        """Others that stand in a call under a good lease: none in the lane."""
        now = clock.now()
        others = [other for other, until in self.leases.items() if other is not worker and until > now and other.call]
        places = [(other.call.conversation, other.call.destination) for other in others if other.call]
        assert lane not in places, "two live leases for one lane"

    def _hold(self, worker: Worker) -> None:
        earlier = self.holders.get(worker.lane_id)
        self.milestones["a lease was taken over"] += bool(earlier and earlier is not worker and earlier.call)
        self.holders[worker.lane_id] = worker
        self.leases[worker] = clock.now() + timedelta(seconds=settings.HUBSTER_LEASE)

    def _take(self, page: Page) -> None:
        """The receiver knows the webhook id, or takes the message now: an effect."""
        if not page.taken and not page.replayed and page.lane[1] not in self.loose:
            assert page.event_id >= self.newest.get(page.lane, 0), "effects in the wrong order"
            self.newest[page.lane] = page.event_id
        self.milestones["a receiver took a message" + " again" * page.taken] += 1
        page.taken = True

    def counts(self, worker: Worker) -> bool:
        """Whether what this worker brings back may move anything."""
        return self.holders.get(worker.lane_id) is worker

    def ended(self, webhook_id: str, good: bool) -> None:
        """A result that counts."""
        page = self.pages[webhook_id]
        if page.count(good):
            self.exhausted[page.lane[1]] += 1
            self.milestones["all attempts were in vain"] += 1

    def died(self, worker: Worker) -> None:
        """Nothing comes back from it."""
        self.leases.pop(worker, None)
        if self.counts(worker):
            del self.holders[worker.lane_id]
        self.milestones["a process died"] += 1
