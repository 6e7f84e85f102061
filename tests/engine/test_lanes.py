"""Lanes: what is stored together, and deliveries that need not keep order."""

from datetime import timedelta

import pytest
import time_machine

from engine.actions.endpoints import do_pause, do_resume, do_set_order
from engine.delivery import store
from engine.delivery.kind import KIND
from engine.models import Attempt, Delivery, Endpoint, Lane, Notice
from engine.work import rounds
from hubster.lib import clock
from portal.models import AuditEntry
from tests.background import do_deliver, taken
from tests.engine.observer import lane_of, say, texts
from tests.two_tenants import snapshot

pytestmark = pytest.mark.usefixtures("still")

S = Delivery.Status
HOUR = timedelta(hours=1)


def place(party) -> str:
    return f"/api/v1/integrations/{party.observer.id}/endpoint"


def lanes_of(party, count: int) -> list[Lane]:
    """So many conversations with a message that is due."""
    for number in range(count):
        say(party, party.establish(), f"word {number}")
    return list(Lane.objects.filter(destination=party.observer).order_by("due"))


def test_what_follows_from_a_call_is_stored_as_a_whole_or_not_at_all(observed, fake_http, monkeypatch):
    say(observed, observed.establish(), "one")

    def killed(*_):
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr(store, "settle", killed)
        fake_http.answers = [500]
        with pytest.raises(SystemExit):
            do_deliver(lane_of(observed).id)
    assert [row.outcome for row in Attempt.objects.all()] == ["open"]
    assert not Endpoint.objects.exists()


def test_a_fault_of_ours_in_one_lane_keeps_nobody_else_from_being_sent_or_stored(observed, fake_http, monkeypatch):
    first, second, third = lanes_of(observed, 3)
    calls = [call for lane in (first, second, third) for call in taken("delivery", lane.pk)]
    calls[1].error = "no error at all"
    assert not rounds.store(KIND, calls)
    rows = Delivery.objects.filter(destination=observed.observer)
    assert [rows.get(conversation=lane.conversation).status for lane in (first, second, third)] == [
        S.SENT, S.PENDING, S.SENT
    ]  # fmt: skip
    lane = Lane.objects.get(pk=second.pk)
    assert lane.lease_token is None
    assert lane.due > clock.now(), "the endpoint is not called again and again"


def test_a_clock_that_is_set_back_during_a_call_harms_nothing(observed, fake_http):
    say(observed, observed.establish(), "one")
    with time_machine.travel(clock.now(), tick=False) as moved:

        def set_back() -> int:
            moved.shift(timedelta(minutes=-5))
            return 200

        fake_http.answers = [set_back]
        do_deliver(lane_of(observed).id)
    assert Attempt.objects.get().milliseconds >= 0
    assert Delivery.objects.get(destination=observed.observer).status == S.SENT


def test_the_notice_of_a_failed_delivery_is_stored_together_with_the_failure(
    observed, fake_http, monkeypatch, settings
):
    settings.HUBSTER_RETRY_UNIT = 0
    say(observed, observed.establish(), "one")
    fake_http.answers = [500] * 7

    def killed(*_):
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr(store, "_do_tell_owner", killed)
        with pytest.raises(SystemExit):
            do_deliver(lane_of(observed).id)
    assert Delivery.objects.get(destination=observed.observer).status == S.PENDING
    Lane.objects.update(lease_until=clock.now() - HOUR)
    do_deliver(lane_of(observed).id)
    assert Delivery.objects.get(destination=observed.observer).status == S.FAILED
    assert Notice.objects.count() == 1


def test_without_order_a_message_that_waits_for_its_next_attempt_holds_up_nobody(observed, fake_http):
    do_set_order(observed.observer, in_order=False)
    conversation = observed.establish()
    fake_http.answers = [500]
    say(observed, conversation, "one", "two")
    do_deliver(lane_of(observed).id)
    assert texts(fake_http) == ["one", "two"]
    say(observed, conversation, "three")  # its lane waits for the second attempt of the first
    assert lane_of(observed).due <= clock.now()
    do_deliver(lane_of(observed).id)
    first = Delivery.objects.filter(destination=observed.observer).order_by("event_id").first()
    assert lane_of(observed).due == first.next_attempt
    with time_machine.travel(first.next_attempt + timedelta(seconds=1), tick=False):
        do_deliver(lane_of(observed).id)
    assert texts(fake_http) == ["one", "two", "three", "one"]
    assert lane_of(observed).due is None


def test_without_order_the_lane_is_due_when_the_first_of_its_retries_is(observed, fake_http):
    do_set_order(observed.observer, in_order=False)
    conversation, start = observed.establish(), clock.now()
    fake_http.answers = [500, 500, 500]
    with time_machine.travel(start, tick=False):
        say(observed, conversation, "one")
        do_deliver(lane_of(observed).id)
    with time_machine.travel(start + timedelta(minutes=1), tick=False):
        say(observed, conversation, "two")
        do_deliver(lane_of(observed).id)
        assert lane_of(observed).due == start + timedelta(minutes=2)
    with time_machine.travel(start + timedelta(minutes=2), tick=False):
        assert do_deliver(lane_of(observed).id) == 1
        assert lane_of(observed).due == start + timedelta(minutes=3)


def test_giving_up_order_lets_go_what_is_held_up_and_is_audited_once(observed, fake_http):
    fake_http.answers = [500]
    say(observed, observed.establish(), "one", "two")
    do_deliver(lane_of(observed).id)
    assert do_set_order(observed.observer, in_order=False)
    assert not do_set_order(observed.observer, in_order=False)
    do_deliver(lane_of(observed).id)
    assert texts(fake_http) == ["one", "two"]
    assert AuditEntry.objects.filter(action="integration.endpoint_ordered").count() == 1


def test_a_paused_endpoint_stays_paused_when_its_order_is_given_up(observed, fake_http):
    do_pause(observed.observer)
    say(observed, observed.establish(), "one")
    do_deliver(lane_of(observed).id)
    do_set_order(observed.observer, in_order=False)
    assert (lane_of(observed).due, texts(fake_http)) == (None, [])
    do_resume(observed.observer)
    do_deliver(lane_of(observed).id)
    assert texts(fake_http) == ["one"]
    assert not Endpoint.objects.get().in_order


def test_messages_no_longer_wait_for_one_that_failed_when_order_is_given_up(observed, fake_http):
    api = observed.api("portal")
    assert api.get(place(observed)).json()["inOrder"] is True
    answer = api.put(place(observed), {"inorder": False}, format="json")
    assert (answer.status_code, answer.json()["inOrder"]) == (200, False)
    fake_http.answers = [500]
    say(observed, observed.establish(), "one", "two")
    do_deliver(lane_of(observed).id)
    assert texts(fake_http) == ["one", "two"]
    assert api.put(place(observed), {"inOrder": True}, format="json").json()["inOrder"] is True


@pytest.mark.parametrize("body", [{}, {"inOrder": "perhaps"}, {"inOrder": None}, {"inOrder": []}, [], {"order": True}])
def test_an_order_that_is_neither_is_refused_and_changes_nothing(observed, body):
    api, before = observed.api("portal"), snapshot()
    answer = api.put(place(observed), body, format="json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["description"]
    assert snapshot() == before
