"""Endpoints: one that answers badly is learned of, kept apart, paused in the end, and resumed without loss."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from engine.actions.endpoints import do_resume
from engine.delivery.health import state_of
from engine.models import Delivery, Endpoint, Lane, Notice
from engine.work import free
from engine.work.windows import SLOW
from hubster.lib import clock
from hubster.lib.http_policy import ConnectFailure
from tests.background import do_deliver
from tests.engine.observer import say, texts

pytestmark = pytest.mark.usefixtures("still")

REFUSED = ConnectFailure("The connection was refused.")


@pytest.fixture
def takes(monkeypatch) -> Callable[[int], None]:
    """Say how many milliseconds every call takes from now on."""

    def take(milliseconds: int) -> None:
        ticks = iter(range(10**9, 10**12, milliseconds))
        monkeypatch.setattr(clock, "ticks", lambda: next(ticks))

    return take


def lanes(party, count: int) -> list[Lane]:
    """That many conversations with a word for the observer each."""
    for number in range(count):
        say(party, party.establish(), str(number))
    return list(Lane.objects.filter(destination=party.observer).order_by("id"))


def test_one_that_stays_well_costs_no_writes(observed, fake_http):
    first, second = lanes(observed, 2)
    do_deliver(first.id)
    known = Endpoint.objects.get()
    assert known.well
    Endpoint.objects.update(failing_since=clock.now())  # a write of ours would take it away
    do_deliver(second.id)
    assert Endpoint.objects.get().failing_since


def test_a_slow_one_is_marked_until_it_is_quick_again(observed, fake_http, takes):
    first, second = lanes(observed, 2)
    takes(int(SLOW * 1_000))
    do_deliver(first.id)
    assert state_of(Endpoint.objects.get()) == "slow"
    takes(int(SLOW * 1_000) - 1)
    do_deliver(second.id)
    assert Endpoint.objects.get().well


def test_failures_are_counted_until_one_call_succeeds(observed, fake_http):
    (lane,) = lanes(observed, 1)
    fake_http.answers = [REFUSED, 500, 200]
    for number in range(3):
        do_deliver(lane.id)
        known = Endpoint.objects.get()
        assert known.failures == [1, 2, 0][number]
        Lane.objects.update(due=clock.now())
        Delivery.objects.filter(destination=observed.observer).update(next_attempt=clock.now())
    assert known.failing_since is None


def test_an_endpoint_that_says_it_is_gone_is_paused_and_the_owner_is_told(observed, fake_http):
    first, second = lanes(observed, 2)
    fake_http.answers = [410]
    do_deliver(first.id)
    known = Endpoint.objects.get()
    assert known.paused
    assert "410" in known.reason
    notice = Notice.objects.get(kind=Notice.Kind.ENDPOINT_PAUSED)
    assert (notice.tenant, notice.integration) == (observed.tenant, observed.observer)
    assert "resume" in notice.text
    assert do_deliver(second.id) == 0
    assert len(fake_http.sent) == 1


def test_what_comes_up_for_a_paused_endpoint_waits_without_being_tried(observed, fake_http):
    (lane,) = lanes(observed, 1)
    fake_http.answers = [410]
    do_deliver(lane.id)
    say(observed, lane.conversation, "later")
    do_deliver(lane.id)
    assert not Lane.objects.filter(free(), pk=lane.id).exists(), "the sweeper would come back for ever"
    assert Delivery.objects.filter(destination=observed.observer, status="pending").count() == 2


def test_resumed_it_gets_everything_that_waited_in_order(observed, fake_http):
    (lane,) = lanes(observed, 1)
    fake_http.answers = [410]
    do_deliver(lane.id)
    say(observed, lane.conversation, "later", "last")
    do_deliver(lane.id)
    assert do_resume(observed.observer) == 1
    Delivery.objects.update(next_attempt=clock.now())
    do_deliver(lane.id)
    assert texts(fake_http) == ["0", "0", "later", "last"]
    assert do_resume(observed.observer) == 0


def test_an_endpoint_that_only_fails_is_paused_after_the_set_time(observed, fake_http, settings):
    settings.HUBSTER_PAUSE_AFTER = 3600
    (lane,) = lanes(observed, 1)
    fake_http.answers = [REFUSED, REFUSED, REFUSED]
    do_deliver(lane.id)
    with time_machine.travel(clock.now() + timedelta(minutes=59), tick=False):
        do_deliver(lane.id)
        assert not Endpoint.objects.get().paused
    with time_machine.travel(clock.now() + timedelta(minutes=61), tick=False):
        Lane.objects.update(due=clock.now())
        Delivery.objects.filter(destination=observed.observer).update(next_attempt=clock.now())
        do_deliver(lane.id)
        assert Endpoint.objects.get().paused


def test_a_neighbours_endpoint_is_not_touched(observed, globex, fake_http):
    other = globex.add("System", "Observer", webhookUrl="http://127.0.0.1:8098/hook", events=["message"])
    say(globex, globex.establish(), "theirs")
    (lane,) = lanes(observed, 1)
    fake_http.answers = [410]
    do_deliver(lane.id)
    assert not Endpoint.objects.filter(destination=other, paused__isnull=False).exists()
    assert do_deliver(Lane.objects.get(destination=other).id) == 1
