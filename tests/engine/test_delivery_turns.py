"""Who may send when: leases that are nearly over, calls at the same moment, and lanes that are left to others."""

import threading
from contextlib import suppress
from datetime import timedelta

import pytest
import time_machine
from django.db import connection

from engine import wake
from engine.commands import call as calls
from engine.delivery import claim as claims
from engine.delivery import send as sending
from engine.delivery.claim import free_lanes
from engine.delivery.health import SLOW
from engine.models import Attempt, CommandCall, Delivery, Endpoint, Lane
from hubster.lib import clock
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
    monkeypatch.setattr(sending, "STRETCH", 1_000)
    return found


@pytest.fixture
def wakeups(monkeypatch) -> list[tuple[str, int]]:
    """(work, lane) of every wakeup."""
    given: list[tuple[str, int]] = []
    monkeypatch.setattr(sending, "wake_up", lambda work, lane, *_: given.append((work, int(lane))))
    return given


def stand_still(monkeypatch, module, name: str, ticks: Ticks, milliseconds: int) -> None:
    """This process is stopped for a while in one of its functions, once."""
    plain, left = getattr(module, name), [milliseconds]

    def stopped(*arguments):
        ticks.value += left.pop() if left else 0
        return plain(*arguments)

    monkeypatch.setattr(module, name, stopped)


# --- Leases that are nearly over ---------------------------------------------------------------------------
def test_who_stood_still_before_a_call_does_not_make_it_and_another_goes_on_after_the_lease(
    observed, fake_http, ticks, monkeypatch
):
    say(observed, observed.establish(), "one", "two")
    lane = lane_of(observed)
    with monkeypatch.context() as slept:
        stand_still(slept, sending, "_envelope", ticks, 25_000)
        sending.do_deliver(lane.id)
    assert fake_http.sent == []
    assert [row.outcome for row in Attempt.objects.all()] == ["open"]
    with time_machine.travel(clock.now() + timedelta(seconds=31), tick=False):
        assert Lane.objects.filter(free_lanes(), pk=lane.id).exists()
        sending.do_deliver(lane.id)
    assert texts(fake_http) == ["one", "two"]
    first = Delivery.objects.filter(destination=observed.observer).order_by("event_id")[0]
    assert [(row.number, row.outcome) for row in first.tries.all()] == [(1, "unknown"), (1, "sent")]


def test_who_stood_still_for_a_moment_only_makes_the_call(observed, fake_http, ticks, monkeypatch):
    say(observed, observed.establish(), "one")
    stand_still(monkeypatch, sending, "_envelope", ticks, 19_000)
    sending.do_deliver(lane_of(observed).id)
    assert texts(fake_http) == ["one"]


def test_a_next_lease_that_was_used_up_by_what_follows_from_a_failure_is_left(observed, fake_http, ticks, monkeypatch):
    say(observed, observed.establish(), "one", "two")
    fake_http.answers = [410]
    Delivery.objects.filter(activity__content__text="one").update(attempts=5)
    Endpoint.objects.create(destination=observed.observer, paused=None)
    monkeypatch.setattr("engine.delivery.health.do_give_up", lambda *_: None)
    stand_still(monkeypatch, sending, "_do_relieve", ticks, 25_000)
    sending.do_deliver(lane_of(observed).id)
    assert texts(fake_http) == ["one"]


def test_a_command_is_not_asked_for_by_who_stood_still_before(ticks, monkeypatch):
    asked: list[object] = []
    monkeypatch.setattr(calls, "send", lambda *_: asked.append(1))
    monkeypatch.setattr(calls, "_request", lambda *_: setattr(ticks, "value", ticks.value + 25_000))
    with pytest.raises(calls._TooLate):
        calls._asked(CommandCall(), "::price", ticks())
    assert asked == []


# --- Lanes that are left to others -------------------------------------------------------------------------
def test_a_sender_leaves_the_lane_of_an_endpoint_that_became_slow_to_the_slow_ones(observed, fake_http, ticks, wakeups):
    say(observed, observed.establish(), "one", "two", "three")
    lane = lane_of(observed)
    fake_http.answers = [ticks.pass_by(SLOW)] * 3
    assert sending.do_deliver(lane.id) == 1
    assert wakeups == [("deliver_to_slow", lane.id)]
    assert sending.do_deliver(lane.id, slow_endpoints=True) == 2
    assert texts(fake_http) == ["one", "two", "three"]


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
        sending.do_deliver(lane_of(observed).id)
    assert seen == [0.0, 0.0, 0.0]


# --- Claims at the same moment -----------------------------------------------------------------------------
@pytest.mark.skipif(connection.vendor == "sqlite", reason="an SQLite database in memory has one writer")
def test_claims_at_the_same_moment_are_no_more_than_the_endpoint_takes(observed, monkeypatch):
    for number in range(3):
        say(observed, observed.establish(), str(number))
    both, plain = threading.Barrier(2), claims.in_flight

    def meet(endpoint):
        """Whoever has counted waits for another one, if there can be one."""
        with suppress(threading.BrokenBarrierError):
            both.wait(2)
        return plain(endpoint)

    monkeypatch.setattr(claims, "in_flight", meet)
    found, faults = [], []

    def run(lane_id: int) -> None:
        try:
            found.append(claims.do_claim(lane_id))
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    lanes = Lane.objects.filter(destination=observed.observer)
    threads = [threading.Thread(target=run, args=(lane.id,)) for lane in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert sum(claim is not None for claim in found) == 1
