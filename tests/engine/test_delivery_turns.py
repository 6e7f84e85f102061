"""Who may send when: leases that are nearly over are left to others."""

import pytest
import time_machine
from asgiref.sync import async_to_sync

from engine.commands import call as calls
from engine.delivery import load
from engine.models import Attempt, CommandCall, Delivery
from engine.pipeline import outbox
from engine.work import free, wake
from hubster.lib import clock
from tests.background import asking, do_deliver, taken
from tests.engine.callers import add_calls
from tests.engine.observer import lane_of, say, texts

pytestmark = pytest.mark.usefixtures("still")

S = Delivery.Status


class Ticks:
    """A clock for durations that moves only when it is told to."""

    def __init__(self) -> None:
        self.value = 10**9

    def __call__(self) -> int:
        return self.value

    def pass_by(self, milliseconds: int, answer: object = 200):
        """An answer that takes so long."""

        def take() -> object:
            self.value += milliseconds
            return answer

        return take


@pytest.fixture
def ticks(monkeypatch) -> Ticks:
    found = Ticks()
    monkeypatch.setattr(clock, "ticks", found)
    return found


def stand_still(monkeypatch, module, name: str, ticks: Ticks, milliseconds: int) -> None:
    """This process is stopped for a while in one of its functions, once."""
    plain, left = getattr(module, name), [milliseconds]

    def stopped(*arguments):
        ticks.value += left.pop() if left else 0
        return plain(*arguments)

    monkeypatch.setattr(module, name, stopped)


# --- Leases that are nearly over ---------------------------------------------------------------------------
def test_who_stood_still_before_a_call_does_not_make_it_and_leaves_the_lane(observed, fake_http, ticks, monkeypatch):
    say(observed, observed.establish(), "one", "two")
    lane = lane_of(observed)
    stand_still(monkeypatch, load, "_envelope", ticks, 6_000)
    asked_at: list[int] = []
    fake_http.answers = [lambda: asked_at.append(Attempt.objects.filter(outcome="unknown").count()) or 200]
    do_deliver(lane.id)
    assert asked_at == [1], "the first call was made although the lease was nearly over"
    assert texts(fake_http) == ["one", "two"]
    first = Delivery.objects.filter(destination=observed.observer).order_by("event_id")[0]
    assert [(row.number, row.outcome) for row in first.tries.all()] == [(1, "unknown"), (1, "sent")]


def test_who_stood_still_for_a_moment_only_makes_the_call(observed, fake_http, ticks, monkeypatch):
    say(observed, observed.establish(), "one")
    stand_still(monkeypatch, load, "_envelope", ticks, 4_000)
    do_deliver(lane_of(observed).id)
    assert [row.outcome for row in Attempt.objects.all()] == ["sent"]


def test_a_command_is_not_asked_for_by_who_stood_still_before(acme, ticks, monkeypatch):
    (row,) = add_calls(acme)
    asked: list[object] = []
    monkeypatch.setattr(calls, "asend", asking(lambda *_: asked.append(1)))
    stand_still(monkeypatch, calls, "_request", ticks, 6_000)
    (made,) = taken("command", row.pk)
    async_to_sync(made.work)()
    calls.commit([made])
    assert asked == []
    assert CommandCall.objects.filter(free(), pk=row.pk).exists()


@pytest.mark.parametrize("held", [False, True])
def test_who_was_woken_for_a_lane_that_the_pipeline_has_locked_is_woken_again(observed, monkeypatch, held):
    talk = observed.establish()
    say(observed, talk, "one")
    if held:
        taken("delivery", lane_of(observed).pk)
    woken: list[str] = []
    monkeypatch.setattr(outbox, "after_commit", woken.append)
    say(observed, talk, "two")
    assert woken == ([] if held else ["delivery"])


def test_every_delivery_of_a_long_lane_is_a_sign_of_life(observed, fake_http, monkeypatch):
    say(observed, observed.establish(), "one", "two", "three")
    monkeypatch.setattr(wake.heartbeat, "value", 0.0)
    with time_machine.travel(clock.now(), tick=False) as moved:
        seen: list[float] = []

        def answer() -> int:
            seen.append(clock.now().timestamp() - wake.heartbeat.value)
            moved.shift(9)
            return 200

        fake_http.answers = [answer] * 3
        do_deliver(lane_of(observed).id)
    assert seen == [0.0, 0.0, 0.0]
