"""The machine of deliveries: everything that may happen to a message on its way, as rules."""

import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta
from typing import ClassVar, TypeVar

from django.conf import settings
from django.db.models import Min
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from engine.models import Activity, Lane
from engine.work.wake import shutting_down
from hubster.lib import clock
from hubster.lib.errors import HubsterError
from portal.actions.integrations import do_update_integration
from portal.models import Integration
from tests.engine.state.checks import check_all
from tests.engine.state.drain import check_end
from tests.engine.state.fixture import StateFixture, one_example
from tests.engine.state.ledger import S
from tests.engine.state.workers import Worker
from tests.engine.state.world import ENDS, Word, World

T = TypeVar("T")
NUMBER = st.integers(0, 11)  # chooses from a list, whatever its length
STATEMENT = st.integers(1, 12)  # of a process, at which it dies
MOSTLY_NOT = st.one_of(st.just(0), st.just(0), STATEMENT)
HOW = st.sampled_from(["true", "true", *sorted(ENDS)])

AFTER_WORDS = ["wakeup lost", "wakeup waits", "handled", "handled", "handled by one who dies", "repeated"]
WORK = ["goes on", "goes on", "goes on", "ends in good order", "is joined by another", "is overtaken"]
DEEDS = [
    *("pauses", "resumes", "switches off", "switches on", "wants any order", "wants order"),
    *("sends one anew", "sends one anew", "sends failed ones anew", "sends sent ones anew"),
]


def chosen(rows: Sequence[T], number: int) -> T:
    """One of them."""
    return rows[number % len(rows)]


class Deliveries(RuleBasedStateMachine):
    """Two tenants, four webhooks, four conversations."""

    fixture: ClassVar[StateFixture]
    milestones: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.example = ExitStack()
        beginning = one_example(self.fixture, lambda work, args: self.world.wakeup(work, args))
        self.writes = self.example.enter_context(beginning)
        self.world = World(self.fixture)

    # --- what is said --------------------------------------------------------------------------------------
    def word(self, place: int, business: bool) -> Word:
        """New words in a conversation, by its customer or by its business."""
        conversation = chosen(self.fixture.conversations, place)
        party = self.fixture.party(conversation)
        desk = next((hook for hook in self.fixture.hooks if hook.hub_id == party.hub.id and hook.type == "Agent"), None)
        found = Word(f"w{len(self.world.words)}", conversation, (desk or party.agent) if business else party.customer)
        self.world.words.append(found)
        return found

    def may(self, word: Word) -> bool:
        """Whether the product must accept it now. For what is a repeat only its sender must be active."""
        repeat = Activity.objects.filter(dedupe_key=word.key).exists()
        ends = {word.sender.id} if repeat else {word.sender.id, word.place.integration_id}
        return not Integration.objects.filter(pk__in=ends).exclude(status=Integration.Status.ACTIVE).exists()

    def say_or_be_refused(self, word: Word) -> None:
        """Send; an inactive integration is told so."""
        may = self.may(word)
        try:
            self.world.say(word)
        except HubsterError as refusal:
            assert not may, refusal
            assert refusal.faults[0].code == "ENG006503", refusal
        else:
            assert may, "accepted from an integration that is paused"

    @initialize(places=st.lists(NUMBER, min_size=1, max_size=4))
    def some_have_spoken(self, places: list[int]) -> None:
        for place in places:
            self.say(place, business=False, at=0, then="handled")

    @rule(place=NUMBER, business=st.booleans(), at=MOSTLY_NOT, then=st.sampled_from(AFTER_WORDS), end=STATEMENT)
    def say(self, place: int, business: bool, at: int, then: str, end: int = 0) -> None:
        """`at`: the statement at which the process dies that accepts it, 0: it does not; `end`: that handles it."""
        word, wakeups = self.word(place, business), set(self.world.wakeups)
        if not at:
            self.say_or_be_refused(word)
        elif self.may(word):
            self.world.dying(at, lambda: self.world.say(word))
        match then:
            case "wakeup lost":
                self.world.wakeups = wakeups
            case "handled":
                self.world.run(str(word.place.id))
            case "handled by one who dies":
                self.world.dying(end, lambda: self.world.run(str(word.place.id)))
            case "repeated":
                self.say_or_be_refused(word)
                self.say_or_be_refused(chosen(self.world.words, place))

    # --- what works ----------------------------------------------------------------------------------------
    @rule(which=NUMBER, taken=st.booleans(), at=MOSTLY_NOT, again=st.booleans())
    def follow_a_wakeup(self, which: int, taken: bool, at: int, again: bool) -> None:
        """`at`: the statement at which the process dies, 0 for never; `again`: the wakeup comes once more."""
        wakeup = self.world.some_wakeup(which)
        if wakeup and again:
            self.world.wakeups.add(wakeup)
        if wakeup and wakeup[0] == "pipeline":
            self.world.dying(at, lambda: self.world.run(wakeup[1]))
        elif wakeup:
            self.world.begin(wakeup, taken, at)

    def one_in_a_call(self, which: int, taken: bool) -> Worker | None:
        """A worker that stands in a call. Where there is none, one begins; None: it cannot, the endpoint is paused."""
        if not self.world.waits():
            self.say(which, business=False, at=0, then="handled")
        while not self.world.standing and (wakeup := self.world.some_wakeup(which)):
            if wakeup[0] == "pipeline":
                self.world.run(wakeup[1])
            else:
                self.world.begin(wakeup, taken)
        return chosen(self.world.standing, which) if self.world.standing else None

    @rule(what=st.sampled_from(WORK), which=NUMBER, how=HOW, taken=st.booleans(), at=MOSTLY_NOT)
    def a_worker(self, what: str, which: int, how: str, taken: bool, at: int) -> None:
        """`how` its call ends; whether the receiver takes the next one; `at`: the statement at which it dies."""
        worker = self.one_in_a_call(which, taken)
        if worker is None:
            return
        match what:
            case "goes on":
                self.world.go_on(worker, how, taken, at)
            case "ends in good order":
                self.end_in_good_order(worker, how)
            case "is joined by another":
                self.world.begin(("delivery", str(worker.lane_id)), taken)
            case "is overtaken":
                self.fixture.clock.shift(settings.HUBSTER_LEASE + 1)
                self.world.sweep()
                self.world.work_off(taken)

    def end_in_good_order(self, worker: Worker, how: str) -> None:
        """The process is asked to end while it is in the call."""
        shutting_down.set()
        try:
            self.world.go_on(worker, how, taken=True)
        finally:
            shutting_down.clear()

    @rule(taken=st.booleans())
    def work_off(self, taken: bool) -> None:
        self.world.work_off(taken)

    @rule(times=st.integers(1, 6), at=st.one_of(st.just(0), STATEMENT))
    def fail_again_and_again(self, times: int, at: int) -> None:
        """`at`: the statement at which processes die while they store that all was in vain; 0: they do not."""
        for _ in range(times):
            self.wait("due")
            self.world.sweep()
            self.world.work_off(taken=False, at=at)

    # --- what passes ---------------------------------------------------------------------------------------
    def wait(self, until: str | float) -> None:
        """Some seconds, or until the next lane is due."""
        if isinstance(until, float):
            self.fixture.clock.shift(until)
        elif due := Lane.objects.filter(due__gt=clock.now()).aggregate(next=Min("due"))["next"]:
            self.fixture.clock.move_to(due if until == "due" else due - timedelta(milliseconds=1))

    @rule(
        until=st.sampled_from(["due", "just before", 0.5, 2.0, 31.0, 600.0, 3300.0, 3600.0]),
        then=st.sampled_from(["swept", "swept by one who dies", "wakeups lost", "nothing"]),
        at=STATEMENT,
    )
    def time_passes(self, until: str | float, then: str, at: int) -> None:
        self.wait(until)
        if then == "wakeups lost":
            self.world.wakeups.clear()
        elif then != "nothing":
            self.world.sweep(0 if then == "swept" else at)

    # --- what people do ------------------------------------------------------------------------------------
    @rule(deed=st.sampled_from(DEEDS), which=NUMBER)
    def somebody(self, deed: str, which: int) -> None:
        world, hook = self.world, chosen(self.fixture.hooks, which)
        match deed:
            case "pauses":
                world.pause(hook)
            case "resumes" if world.paused:
                world.resume(chosen([row for row in self.fixture.hooks if str(row.id) in world.paused], which))
            case "sends one anew" if world.over():
                world.replay_one(chosen(world.over(), which))
            case "sends failed ones anew":
                world.replay_all(hook, S.FAILED)
            case "sends sent ones anew":
                world.replay_all(hook, S.SENT)
            case "wants any order" | "wants order":
                world.order(hook, deed == "wants order")
            case "switches off" | "switches on":
                self.switch(which, deed == "switches on")

    def switch(self, which: int, on: bool) -> None:
        """Make an integration active or not."""
        agents = [party.agent for party in self.fixture.parties]  # stay: a customer needs somebody to speak to
        end = chosen([end for end in self.fixture.ends if end not in agents], which)
        wanted = Integration.Status.ACTIVE if on else Integration.Status.PAUSED
        do_update_integration(Integration.objects.select_related("hub").get(pk=end.pk), {"status": wanted})

    @invariant()
    def check(self) -> None:
        if self.writes:
            check_all(self.world)
            self.writes.clear()

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None:
                check_end(self.world)
        finally:
            for worker in self.world.standing:
                worker.end()
            self.example.close()
            self.milestones.update(self.world.ledger.milestones)
