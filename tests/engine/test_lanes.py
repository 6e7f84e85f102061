"""Lanes: how many of an endpoint go on at once, what is stored together, and deliveries that need not keep order."""

from datetime import timedelta

import pytest
import time_machine

from engine.actions.endpoints import do_pause, do_resume, do_set_order
from engine.delivery import claim as claims
from engine.delivery import send as sending
from engine.models import Attempt, Delivery, Endpoint, Lane, Notice
from hubster.lib import clock
from portal.models import AuditEntry
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


def leased(*lanes: Lane) -> None:
    """Somebody holds them, or died with them."""
    Lane.objects.filter(pk__in=[lane.pk for lane in lanes]).update(lease_until=clock.now() + HOUR)


def woken() -> list[int]:
    return sorted(pk for pk, *_ in claims.waiting_lanes())  # those that became due at once come in any order


def test_a_lease_that_was_left_behind_holds_up_one_of_the_two_calls_that_a_good_endpoint_takes(observed):
    lanes = lanes_of(observed, 4)
    Endpoint.objects.create(destination=observed.observer)
    leased(lanes[0])
    assert woken() == [lanes[1].pk, lanes[2].pk]
    leased(lanes[1])
    assert woken() == []


@pytest.mark.parametrize("known", [None, {"failures": 1}, {"slow": True}])
def test_an_endpoint_of_which_nothing_good_is_known_gets_one_call_at_a_time(observed, known):
    lanes = lanes_of(observed, 3)
    if known:
        Endpoint.objects.create(destination=observed.observer, **known)
    assert woken() == [lanes[0].pk, lanes[1].pk]
    leased(lanes[0])
    assert woken() == []


def test_a_call_of_a_worker_that_died_holds_up_its_endpoint_for_as_long_as_it_may_take_and_its_lane_for_the_lease(
    observed,
):
    lanes = lanes_of(observed, 2)
    Endpoint.objects.create(destination=observed.observer, failures=1)
    claims.do_claim(lanes[0].pk)
    for seconds, found in [(11, []), (13, [lanes[1].pk]), (29, [lanes[1].pk]), (31, [lane.pk for lane in lanes])]:
        with time_machine.travel(clock.now() + timedelta(seconds=seconds), tick=False):
            assert woken() == found
    with time_machine.travel(clock.now() + timedelta(seconds=13), tick=False):
        assert claims.do_claim(lanes[0].pk) is None
        assert claims.do_claim(lanes[1].pk)


def test_a_sender_goes_on_with_what_waits_at_the_same_endpoint_and_leaves_the_rest_to_others(
    observed, fake_http, monkeypatch
):
    lanes = lanes_of(observed, 4)
    other = observed.add("System", "Other", webhookUrl="http://127.0.0.1:8099/other", events=["message"])
    say(observed, observed.establish(), "for both")
    wakeups: list[tuple[str, str]] = []
    monkeypatch.setattr(sending, "wake_up", lambda work, key, *_: wakeups.append((work, key)))
    assert sending.do_deliver(lanes[0].pk) == 5
    assert texts(fake_http) == ["word 0", "word 1", "word 2", "word 3", "for both"]
    assert Delivery.objects.filter(destination=other, status=S.PENDING).count() == 1
    assert all(
        int(key) in {lane.pk for lane in Lane.objects.filter(destination=observed.observer)} for _, key in wakeups
    )


def test_after_a_while_it_lets_others_have_its_thread(observed, fake_http, monkeypatch):
    lanes = lanes_of(observed, 3)
    monkeypatch.setattr(sending, "STRETCH", 0)
    wakeups: list[tuple[str, str]] = []
    monkeypatch.setattr(sending, "wake_up", lambda work, key, *_: wakeups.append((work, key)))
    assert sending.do_deliver(lanes[0].pk) == 1
    assert wakeups == [("deliver", str(lane.pk)) for lane in lanes[1:]]


def test_calls_to_one_endpoint_leave_the_others_alone(observed):
    other = observed.add("System", "Other", webhookUrl="http://127.0.0.1:8099/other", events=["message"])
    lanes = lanes_of(observed, 2)
    leased(*lanes)
    assert set(woken()) == set(Lane.objects.filter(destination=other).values_list("pk", flat=True))


def test_what_follows_from_a_call_is_stored_as_a_whole_or_not_at_all(observed, fake_http, monkeypatch):
    say(observed, observed.establish(), "one")

    def killed(*_):
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr(sending, "do_finish", killed)
        fake_http.answers = [500]
        with pytest.raises(SystemExit):
            sending.do_deliver(lane_of(observed).id)
    assert [row.outcome for row in Attempt.objects.all()] == ["open"]
    assert not Endpoint.objects.exists()


def test_a_fault_in_finding_the_next_one_does_not_undo_what_was_sent(observed, fake_http, monkeypatch):
    say(observed, observed.establish(), "one", "two")
    lane = lane_of(observed).id

    def broken(*_):
        raise ValueError("a fault of ours")

    with monkeypatch.context() as faulty:
        faulty.setattr(sending, "do_renew", broken)
        assert sending.do_deliver(lane) == 1
    Lane.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    assert sending.do_deliver(lane) == 1
    assert texts(fake_http) == ["one", "two"]


def test_a_clock_that_is_set_back_during_a_call_harms_nothing(observed, fake_http):
    say(observed, observed.establish(), "one")
    with time_machine.travel(clock.now(), tick=False) as moved:

        def set_back() -> int:
            moved.shift(timedelta(minutes=-5))
            return 200

        fake_http.answers = [set_back]
        sending.do_deliver(lane_of(observed).id)
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
        broken.setattr(sending, "_do_tell_owner", killed)
        with pytest.raises(SystemExit):
            sending.do_deliver(lane_of(observed).id)
    assert Delivery.objects.get(destination=observed.observer).status == S.PENDING
    Lane.objects.update(lease_until=clock.now() - HOUR)
    sending.do_deliver(lane_of(observed).id)
    assert Delivery.objects.get(destination=observed.observer).status == S.FAILED
    assert Notice.objects.count() == 1


def test_without_order_a_message_that_waits_for_its_next_attempt_holds_up_nobody(observed, fake_http):
    do_set_order(observed.observer, in_order=False)
    conversation = observed.establish()
    fake_http.answers = [500]
    say(observed, conversation, "one", "two")
    sending.do_deliver(lane_of(observed).id)
    assert texts(fake_http) == ["one", "two"]
    say(observed, conversation, "three")  # its lane waits for the second attempt of the first
    assert lane_of(observed).due <= clock.now()
    sending.do_deliver(lane_of(observed).id)
    first = Delivery.objects.filter(destination=observed.observer).order_by("event_id").first()
    assert lane_of(observed).due == first.next_attempt
    with time_machine.travel(first.next_attempt + timedelta(seconds=1), tick=False):
        sending.do_deliver(lane_of(observed).id)
    assert texts(fake_http) == ["one", "two", "three", "one"]
    assert lane_of(observed).due is None


def test_without_order_the_lane_is_due_when_the_first_of_its_retries_is(observed, fake_http):
    do_set_order(observed.observer, in_order=False)
    conversation, start = observed.establish(), clock.now()
    fake_http.answers = [500, 500, 500]
    with time_machine.travel(start, tick=False):
        say(observed, conversation, "one")
        sending.do_deliver(lane_of(observed).id)
    with time_machine.travel(start + timedelta(minutes=1), tick=False):
        say(observed, conversation, "two")
        sending.do_deliver(lane_of(observed).id)
        assert lane_of(observed).due == start + timedelta(minutes=2)
    with time_machine.travel(start + timedelta(minutes=2), tick=False):
        assert sending.do_deliver(lane_of(observed).id) == 1
        assert lane_of(observed).due == start + timedelta(minutes=3)


def test_giving_up_order_lets_go_what_is_held_up_and_is_audited_once(observed, fake_http):
    fake_http.answers = [500]
    say(observed, observed.establish(), "one", "two")
    sending.do_deliver(lane_of(observed).id)
    assert do_set_order(observed.observer, in_order=False)
    assert not do_set_order(observed.observer, in_order=False)
    sending.do_deliver(lane_of(observed).id)
    assert texts(fake_http) == ["one", "two"]
    assert AuditEntry.objects.filter(action="integration.endpoint_ordered").count() == 1


def test_a_paused_endpoint_stays_paused_when_its_order_is_given_up(observed, fake_http):
    do_pause(observed.observer)
    say(observed, observed.establish(), "one")
    sending.do_deliver(lane_of(observed).id)
    do_set_order(observed.observer, in_order=False)
    assert (lane_of(observed).due, texts(fake_http)) == (None, [])
    do_resume(observed.observer)
    sending.do_deliver(lane_of(observed).id)
    assert texts(fake_http) == ["one"]
    assert not Endpoint.objects.get().in_order


def test_messages_no_longer_wait_for_one_that_failed_when_order_is_given_up(observed, fake_http):
    api = observed.api("portal")
    assert api.get(place(observed)).json()["inOrder"] is True
    answer = api.put(place(observed), {"inorder": False}, format="json")
    assert (answer.status_code, answer.json()["inOrder"]) == (200, False)
    fake_http.answers = [500]
    say(observed, observed.establish(), "one", "two")
    sending.do_deliver(lane_of(observed).id)
    assert texts(fake_http) == ["one", "two"]
    assert api.put(place(observed), {"inOrder": True}, format="json").json()["inOrder"] is True


@pytest.mark.parametrize("body", [{}, {"inOrder": "perhaps"}, {"inOrder": None}, {"inOrder": []}, [], {"order": True}])
def test_an_order_that_is_neither_is_refused_and_changes_nothing(observed, body):
    api, before = observed.api("portal"), snapshot()
    answer = api.put(place(observed), body, format="json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["description"]
    assert snapshot() == before
