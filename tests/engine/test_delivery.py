"""Deliveries: attempts, retries, order in a lane, leases that fence late results."""

from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError

from engine.delivery import load
from engine.delivery.schedule import next_attempt
from engine.models import Activity, Attempt, Delivery, Lane, Notice, PipelineLane
from engine.pipeline import destination, links
from hubster.lib import clock
from hubster.lib.http_policy import ConnectFailure
from tests.background import do_deliver, do_run, taken
from tests.engine.observer import lane_of, say, texts
from tests.traces import line_of

pytestmark = pytest.mark.usefixtures("still")

S = Delivery.Status


def test_what_is_due_is_sent_in_the_order_it_was_said(observed, fake_http):
    say(observed, observed.establish(), "one", "two", "three")
    assert do_deliver(lane_of(observed).id) == 3
    assert texts(fake_http) == ["one", "two", "three"]
    assert set(Delivery.objects.filter(destination=observed.observer).values_list("status", flat=True)) == {S.SENT}
    assert lane_of(observed).due is None


def test_the_waits_are_one_to_five_units_and_there_are_six_attempts(settings):
    settings.HUBSTER_RETRY_UNIT = 120
    ended = clock.now()
    waits = [next_attempt(ended, n) for n in range(1, 7)]
    assert waits == [*(ended + timedelta(minutes=m) for m in (2, 4, 6, 8, 10)), None]


def test_a_failing_delivery_holds_back_the_later_ones_until_it_arrives(observed, fake_http):
    fake_http.answers = [500]
    say(observed, observed.establish(), "one", "two")
    do_deliver(lane_of(observed).id)
    first = Delivery.objects.filter(destination=observed.observer).order_by("event_id").first()
    assert (first.status, first.attempts, len(fake_http.sent)) == (S.PENDING, 1, 1)
    assert lane_of(observed).due == first.next_attempt
    with time_machine.travel(first.next_attempt + timedelta(seconds=1), tick=False):
        do_deliver(lane_of(observed).id)
    assert texts(fake_http) == ["one", "one", "two"]
    assert fake_http.sent[0].headers["webhook-id"] == fake_http.sent[1].headers["webhook-id"]


def test_a_lane_that_waits_for_its_retry_is_not_tried_early(observed, fake_http):
    fake_http.answers = [500]
    conversation = observed.establish()
    say(observed, conversation, "one")
    do_deliver(lane_of(observed).id)
    say(observed, conversation, "two")  # a new message must not shorten the wait
    assert do_deliver(lane_of(observed).id) == 0
    assert texts(fake_http) == ["one"]


def test_after_six_failures_the_delivery_has_failed_and_the_owner_is_told_once(observed, fake_http):
    fake_http.answers = [ConnectFailure("Nobody listens there."), 500, 404, 302, 429, 503]
    say(observed, observed.establish(), "one")
    moment = clock.now()
    for _ in range(6):
        moment = (lane_of(observed).due or moment) + timedelta(seconds=1)
        with time_machine.travel(moment, tick=False):
            do_deliver(lane_of(observed).id)
    delivery = Delivery.objects.get(destination=observed.observer)
    assert (delivery.status, delivery.attempts, len(fake_http.sent)) == (S.FAILED, 6, 6)
    assert [row.number for row in delivery.tries.all()] == [1, 2, 3, 4, 5, 6]
    notice = Notice.objects.get()
    assert (notice.integration, notice.count) == (observed.observer, 1)
    assert lane_of(observed).due is None


def test_a_failed_delivery_does_not_stop_the_next_message(observed, fake_http, settings):
    settings.HUBSTER_RETRY_UNIT = 0
    fake_http.answers = [500] * 6
    say(observed, observed.establish(), "one", "two")
    do_deliver(lane_of(observed).id)
    assert texts(fake_http) == ["one"] * 6 + ["two"]


def test_a_lane_held_by_one_worker_is_nobody_elses(observed, fake_http):
    say(observed, observed.establish(), "one")
    assert taken("delivery", lane_of(observed).id)
    assert not taken("delivery", lane_of(observed).id)


def test_a_late_result_after_the_lease_ended_is_logged_but_moves_nothing(observed, fake_http):
    say(observed, observed.establish(), "one")
    lane = lane_of(observed)

    def paused_and_overtaken() -> int:
        """While this worker sleeps, its lease ends and another one delivers."""
        Lane.objects.filter(pk=lane.pk).update(lease_until=clock.now() - timedelta(seconds=1))
        assert do_deliver(lane.pk) == 1
        return 500

    fake_http.answers = [paused_and_overtaken]
    do_deliver(lane.pk)
    delivery = Delivery.objects.get(destination=observed.observer)
    assert (delivery.status, delivery.attempts) == (S.SENT, 1)
    assert sorted(delivery.tries.values_list("outcome", flat=True)) == ["failed", "sent"]


def test_an_attempt_left_open_by_a_crash_does_not_use_up_the_customers_attempts(observed, fake_http):
    say(observed, observed.establish(), "one")
    (crashed,) = taken("delivery", lane_of(observed).id)
    Lane.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    do_deliver(lane_of(observed).id)
    tries = list(Attempt.objects.filter(delivery=crashed.delivery).values_list("number", "outcome"))
    assert tries == [(1, "unknown"), (1, "sent")]


def test_a_message_that_breaks_the_pipeline_is_parked_after_five_tries_and_the_next_goes_on(observed, monkeypatch):
    conversation = observed.establish()

    def poison(passage):
        if passage.content["text"] == "poison":
            raise ValueError("poison")
        original(passage)

    original = destination.step
    monkeypatch.setattr(destination, "step", poison)
    say(observed, conversation, "poison", "fine")
    moment = clock.now()
    for _ in range(5):
        moment += timedelta(seconds=10)
        with time_machine.travel(moment, tick=False):
            do_run(conversation.id)
    states = list(Activity.objects.filter(conversation=conversation).values_list("state", flat=True))
    assert states == ["parked", "processed"]
    assert Notice.objects.get().kind == Notice.Kind.MESSAGE_PARKED


def test_an_optional_step_that_fails_is_passed_over_and_shown(observed, monkeypatch):
    def broken(passage):
        raise ValueError("broken")

    monkeypatch.setattr(links, "step", broken)
    conversation = observed.establish()
    say(observed, conversation, "hello")
    activity = Activity.objects.get(conversation=conversation)
    assert activity.state == "processed"
    assert line_of(activity, "links")["outcome"] == "failed"
    assert activity.deliveries.filter(destination=observed.agent).exists()


def test_a_database_that_is_away_uses_up_neither_a_try_nor_an_attempt(observed, fake_http, monkeypatch):
    def away(*_):
        raise OperationalError("the connection was lost")

    conversation = observed.establish()
    with monkeypatch.context() as broken:
        broken.setattr("engine.pipeline.run.do_enqueue", away)
        body = {"message": {"type": "text", "text": "one"}}
        observed.api("engine").post(f"/inbound/customer/v1/direct/activity/{conversation.id}", body, format="json")
        with pytest.raises(OperationalError):
            do_run(conversation.id)
    assert PipelineLane.objects.get(conversation=conversation).tries == 0
    PipelineLane.objects.update(lease_until=clock.now())  # it has run out
    do_run(conversation.id)
    with monkeypatch.context() as broken:
        broken.setattr(load, "_envelope", away)
        with pytest.raises(OperationalError):
            do_deliver(lane_of(observed).id)
    assert Delivery.objects.get(destination=observed.observer).attempts == 0
