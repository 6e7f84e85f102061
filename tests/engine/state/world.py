"""The world of one example: what rules do to it. Whatever happens is written into the ledger and then compared."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core import mail
from django.db import connection

from engine.actions.append import NewActivity
from engine.actions.deliveries import do_replay, do_replay_range
from engine.actions.endpoints import do_pause, do_resume, do_set_order
from engine.actions.receive import do_receive
from engine.models import Conversation, Delivery, Endpoint, Lane, PipelineLane
from engine.work import free
from engine.workers import do_sweep
from hubster.lib import clock
from hubster.lib.http import Answer
from hubster.lib.http_policy import ConnectFailure
from portal.models import Integration
from tests.background import do_run
from tests.engine.state.fixture import StateFixture, committed, died
from tests.engine.state.handled import check_handled
from tests.engine.state.ledger import ATTEMPTS, Ledger, S
from tests.engine.state.workers import Death, Worker, dying, dying_at

HOUR = timedelta(hours=1)
WakeUp = tuple[str, str]  # kind of work, and the row


def answered(code: int) -> Callable[[], Answer]:
    """A call ends with this answer."""
    return lambda: Answer(code, {"Content-Type": "text/plain"}, b"seen", False, 3, "127.0.0.1")


def silence() -> Answer:
    """A call ends without an answer."""
    raise ConnectFailure("Nobody answered in time.")


# How a call ends for its worker, whatever the receiver did; `true`: 200 when it took the message, else 500.
ENDS = {"silence": silence, "gone": answered(410), "refused": answered(500), "death": dying}


def movable() -> list[tuple[Any, ...]]:
    """Everything that a result moves."""
    return [*Delivery.objects.order_by("id").values_list(), *Lane.objects.order_by("id").values_list()]


@dataclass
class Word:
    """Something that was said; `event_id` is empty while its sender knows of no acknowledgement."""

    key: str
    place: Conversation
    sender: Integration
    event_id: int | None = None


@dataclass
class World:
    """Wake-ups are a set: a row that is free is taken once."""

    fixture: StateFixture
    ledger: Ledger = field(default_factory=Ledger)
    words: list[Word] = field(default_factory=list)
    wakeups: set[WakeUp] = field(default_factory=set)
    standing: list[Worker] = field(default_factory=list)
    mails: dict[str, datetime] = field(default_factory=dict)  # when the last one about an endpoint, by name, went out
    paused: set[str] = field(default_factory=set)  # destinations, as of the last look
    by_hand: set[str] = field(default_factory=set)  # of these, the ones that a person paused
    depth: int = field(default_factory=lambda: len(connection.savepoint_ids))  # transactions around an example
    _lanes: dict[int, tuple[str, str]] = field(default_factory=dict)

    def wakeup(self, kind: str) -> None:
        """What `engine.wake` gives its wakeups to: workers look for what is free."""
        model = PipelineLane if kind == "pipeline" else Lane
        self.wakeups |= {(kind, str(key)) for key in model.objects.filter(free()).values_list("pk", flat=True)}

    def lane(self, lane_id: int) -> tuple[str, str]:
        """(conversation, destination) of a lane."""
        if lane_id not in self._lanes:
            row = Lane.objects.values_list("conversation", "destination").get(pk=lane_id)
            self._lanes[lane_id] = (str(row[0]), str(row[1]))
        return self._lanes[lane_id]

    def open_wakeups(self) -> list[WakeUp]:
        """In an order that is the same for the same steps; ids are not."""
        places = [str(row.id) for row in self.fixture.conversations]
        hooks = [str(row.id) for row in self.fixture.hooks]

        def order(wakeup: WakeUp) -> tuple[str, int, int]:
            if wakeup[0] == "pipeline":
                return wakeup[0], places.index(wakeup[1]), 0
            conversation, destination = self.lane(int(wakeup[1]))
            return wakeup[0], places.index(conversation), hooks.index(destination)

        return sorted(self.wakeups, key=order)

    def some_wakeup(self, which: int) -> WakeUp | None:
        """One of the open wakeups, which is then gone; when there is none, of those that a sweep gives."""
        if not self.wakeups:
            self.sweep()
        found = self.open_wakeups()
        if not found:
            return None
        wakeup = found[which % len(found)]
        self.wakeups.remove(wakeup)
        return wakeup

    # --- accepting -----------------------------------------------------------------------------------------
    def say(self, word: Word) -> None:
        """Send a message; again, when the first time brought no acknowledgement."""
        sender = Integration.objects.select_related("hub__tenant").get(pk=word.sender.pk)
        said = NewActivity("message", {"type": "text", "text": word.key}, dedupe_key=word.key)
        accepted = do_receive(word.place.id, sender, said)
        assert word.event_id in (None, accepted.event_id), "a repeat has another eventId"
        word.event_id = accepted.event_id
        committed()

    def dying(self, statement: int, work: Callable[[], object]) -> bool:
        """Some work in a process that dies at its n-th statement; whether it did."""
        try:
            with dying_at(statement):
                work()
        except Death:
            died()
            return True
        committed()
        return False

    def sweep(self, at: int = 0) -> None:
        """By a sweeper that dies at statement `at`; 0: by one that does not."""
        self.dying(at, do_sweep)
        for kind in ("pipeline", "delivery"):  # each loop looks by itself, too
            self.wakeup(kind)
        for message in mail.outbox:
            self._note_mail(message.subject)
        mail.outbox.clear()

    def _note_mail(self, subject: str) -> None:
        """`Hubster: Delivery failed, Ledger (3 times)`: at most one an hour about an endpoint."""
        name = subject.rpartition(", ")[2].partition(" (")[0]
        last = self.mails.get(name)
        assert last is None or clock.now() - last >= HOUR, "a second mail within the hour"
        self.mails[name] = clock.now()
        self.ledger.milestones["an owner got a mail"] += 1

    # --- working -------------------------------------------------------------------------------------------
    def run(self, conversation_id: str) -> None:
        """The pipeline in a conversation."""
        do_run(conversation_id)
        committed()
        check_handled(self.fixture, self.ledger)

    def begin(self, wakeup: WakeUp, taken: bool, at: int = 0) -> Worker:
        """A worker follows a wakeup to its first call, which the receiver takes or not; it dies at statement `at`."""
        worker = Worker(int(wakeup[1]))
        token = Lane.objects.values_list("lease_token", flat=True).get(pk=worker.lane_id)
        with dying_at(at):
            worker.begin()
        if worker.dead:
            died()
        if worker.call is None and token != Lane.objects.values_list("lease_token", flat=True).get(pk=worker.lane_id):
            self.ledger.holders.pop(worker.lane_id, None)  # it had the lane, and made no call
        self._look_at(worker, taken, before=0)
        return worker

    def go_on(self, worker: Worker, how: str, taken: bool, at: int = 0) -> None:
        """The worker's call ends, its next one is taken or not; or it dies at statement `at`."""
        call, before = worker.call, worker.calls
        assert call is not None
        good = how == "true" and worker.taken
        counts = self.ledger.counts(worker)
        moved = movable() if not counts and not at else None
        with dying_at(at):
            worker.go_on(answered(200 if good else 500) if how == "true" else ENDS[how])
        if worker.dead:
            died()
        if moved is not None:
            self.ledger.milestones["a result came late"] += not worker.dead
            assert movable() == moved, "a late result moved something"
        if counts and (not worker.dead or self._stored(call.webhook_id)):
            self.ledger.ended(call.webhook_id, good)
        if worker.dead:
            self.ledger.died(worker)
        self._look_at(worker, taken, before)

    def _stored(self, webhook_id: str) -> bool:
        """Whether the result of a worker that died is in the tables: before its death it may have been stored."""
        return Delivery.objects.get(pk=webhook_id).attempts == self.ledger.pages[webhook_id].counted + 1

    def _look_at(self, worker: Worker, taken: bool, before: int) -> None:
        """It stands in a call, or has ended."""
        committed()
        if worker.call and worker.calls > before:
            assert worker.call.depth == self.depth, "a call within a transaction"
            known = Endpoint.objects.filter(pk=worker.call.destination).first()
            assert not (known and known.paused), "a call to a paused endpoint"
            worker.taken = taken
            self.ledger.called(worker, worker.call, taken)
            if worker not in self.standing:
                self.standing.append(worker)
        elif worker in self.standing:
            self.standing.remove(worker)
            self.ledger.leases.pop(worker, None)

    def work_off(self, taken: bool, at: int = 0) -> None:
        """All wakeups, each to its end; every call is taken, or every call is refused.

        `at`: the statement at which a process dies that stores the result of a last attempt; 0: it does not.
        """
        while self.wakeups:
            wakeup = self.open_wakeups()[0]
            self.wakeups.remove(wakeup)
            if wakeup[0] == "pipeline":
                self.run(wakeup[1])
                continue
            worker = self.begin(wakeup, taken)
            while worker.call:
                last = self.ledger.pages[worker.call.webhook_id].counted == ATTEMPTS - 1
                self.go_on(worker, "true", taken, at if last else 0)

    # --- what people do ------------------------------------------------------------------------------------
    def pause(self, hook: Integration) -> None:
        """Use an endpoint no more."""
        if do_pause(Integration.objects.select_related("hub").get(pk=hook.pk)):
            self.by_hand.add(str(hook.id))

    def resume(self, hook: Integration) -> None:
        """Use an endpoint again."""
        do_resume(Integration.objects.select_related("hub").get(pk=hook.pk))
        self.by_hand.discard(str(hook.id))
        committed()

    def order(self, hook: Integration, wanted: bool) -> None:
        """Whether what waits at an endpoint holds up the later ones of its conversation."""
        do_set_order(Integration.objects.select_related("hub").get(pk=hook.pk), wanted)
        (self.ledger.loose.discard if wanted else self.ledger.loose.add)(str(hook.id))
        committed()

    def waits(self) -> bool:
        """Whether anything is still to be sent."""
        return any(page.status == S.PENDING for page in self.ledger.pages.values())

    def over(self) -> list[str]:
        """Webhook ids of what was sent or has failed, in an order that is the same for the same steps."""
        places = [str(row.id) for row in [*self.fixture.conversations, *self.fixture.hooks]]
        pages = [(key, page) for key, page in self.ledger.pages.items() if page.status in (S.SENT, S.FAILED)]
        pages.sort(key=lambda row: (*map(places.index, row[1].lane), row[1].event_id, row[1].echo))
        return [key for key, _ in pages]

    def replay_one(self, webhook_id: str) -> None:
        """Have one delivery sent anew."""
        row = Delivery.objects.select_related("destination__hub", "activity").get(pk=webhook_id)
        assert do_replay(row)
        assert not do_replay(row), "what waits already was replayed"
        self.ledger.pages[webhook_id].replay()
        self.ledger.milestones["a delivery was sent anew"] += 1
        committed()

    def replay_all(self, hook: Integration, state: str) -> None:
        """Have all deliveries to an endpoint sent anew that were sent, or that failed."""
        done = do_replay_range(Integration.objects.select_related("hub").get(pk=hook.pk), status=state)
        pages = [page for page in self.ledger.pages.values() if page.lane[1] == str(hook.id) and page.status == state]
        for page in pages:
            page.replay()
        assert (done.count, done.more) == (len(pages), False)
        self.ledger.milestones["a delivery was sent anew"] += len(pages)
        committed()
