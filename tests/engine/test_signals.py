"""Typing and seen: they reach whoever can show them, while they are true, and hold up nothing that is said."""

from datetime import timedelta

import pytest
import time_machine

from engine.actions.conversations import do_close
from engine.adapters.direct import Direct
from engine.models import Activity, Conversation, Delivery, Lane, Notice
from hubster.lib import clock
from tests.background import do_deliver
from tests.engine.test_handover import post, receivers, say, words
from tests.traces import line_of
from tests.two_tenants import codes_of

pytestmark = pytest.mark.usefixtures("still")

ON, OFF, SEEN = {"type": "typing_on"}, {"type": "typing_off"}, {"type": "seen"}


@pytest.fixture
def talk(inline, acme):
    return say(acme, acme.establish(), message=words("hello"))[0]


@pytest.mark.parametrize("event", [ON, OFF, SEEN])
def test_both_sides_tell_each_other(acme, talk, event):
    _, sent = say(acme, talk, event=event)
    assert receivers(event_id=sent["eventId"]) == {acme.agent.name}
    _, sent = say(acme, talk, acme.agent, event=event)
    assert receivers(event_id=sent["eventId"]) == {acme.customer.name}
    assert Activity.objects.get(event_id=sent["eventId"]).content == event


def test_a_channel_that_cannot_show_it_is_spared_and_the_ledger_says_so(acme, talk, monkeypatch):
    monkeypatch.setattr(Direct, "shows", frozenset({"seen"}))
    _, sent = say(acme, talk, acme.agent, event=ON)
    assert not Delivery.objects.filter(activity__event_id=sent["eventId"], echo=False).exists()
    note = line_of(Activity.objects.get(event_id=sent["eventId"]), "destination")["note"]
    assert note == "Not sent to channels that cannot show typing_on."
    _, sent = say(acme, talk, acme.agent, event=SEEN)
    assert receivers(event_id=sent["eventId"]) == {acme.customer.name}


def test_what_was_seen_is_known_of_both_sides_and_never_becomes_less(acme, talk):
    first = talk.last_event_id
    talk, _ = say(acme, talk, acme.agent, event=SEEN)
    assert (talk.seen_by_business, talk.seen_by_customer) == (first, 0)
    talk, answer = say(acme, talk, acme.agent, message=words("Hello!"))
    say(acme, talk, acme.agent, message=words("How are you?"))
    talk, _ = say(acme, talk, event={**SEEN, "eventId": answer["eventId"]})
    assert talk.seen_by_customer == answer["eventId"]
    talk, _ = say(acme, talk, event={**SEEN, "eventId": first})
    assert talk.seen_by_customer == answer["eventId"]
    newest = talk.last_event_id
    talk, _ = say(acme, talk, event={**SEEN, "eventId": 2**62})
    assert talk.seen_by_customer == newest, "nobody sees what is not there yet"


@pytest.mark.parametrize("event_id", [-1, "soon", True, 1.5, 2**63])
def test_what_was_seen_is_an_event_id(acme, talk, event_id):
    before = Activity.objects.count()
    answer = post(acme, talk, event={**SEEN, "eventId": event_id})
    assert answer.status_code == 400
    assert "event.eventId" in answer.content.decode()
    assert Activity.objects.count() == before


@pytest.fixture
def hook(inline, acme, fake_http):
    """An agent by webhook, and a conversation."""
    acme.add("Direct", "By webhook", integrationType="Agent", webhookUrl="http://127.0.0.1:8099/agent")
    return acme.establish()


def of_hook(kind: str) -> Delivery:
    return Delivery.objects.get(destination__name="By webhook", activity__content__type=kind)


def test_typing_that_does_not_arrive_is_not_tried_again_and_tells_no_owner(acme, hook, fake_http):
    fake_http.answers = [500]
    say(acme, hook, event=ON)
    assert (of_hook("typing_on").status, of_hook("typing_on").attempts) == ("failed", 1)
    assert not Notice.objects.exists()
    say(acme, hook, message=words("hello"))
    assert of_hook("text").status == "sent"


def test_typing_that_is_over_when_its_turn_comes_is_not_sent(acme, hook, fake_http):
    fake_http.answers = [500]
    say(acme, hook, message=words("hello"))
    say(acme, hook, event=ON)
    say(acme, hook, event=SEEN)
    lane = Lane.objects.get(conversation=hook, destination__name="By webhook")
    with time_machine.travel(max(lane.due, clock.now() + timedelta(seconds=21)), tick=False):
        do_deliver(lane.pk)
    assert of_hook("text").status == of_hook("seen").status == "sent"
    late = of_hook("typing_on")
    assert (late.status, late.attempts, late.last_error) == (
        "failed", 0, "The typing event expired before it could be sent."
    )  # fmt: skip
    assert len(fake_http.sent) == 3
    assert Conversation.objects.get(pk=hook.pk).last_text == "hello"


def test_signals_move_no_conversation_up_in_a_list(acme, talk):
    said = talk.last_said
    for event in (ON, OFF, SEEN):
        say(acme, talk, event=event)
        talk, _ = say(acme, talk, acme.agent, event=event)
    assert talk.last_said == said < talk.last_event_id
    talk, sent = say(acme, talk, acme.agent, event={"type": "payload", "payloadType": "x", "payload": {}})
    assert talk.last_said == sent["eventId"]


@pytest.mark.parametrize("event", [ON, OFF, SEEN, {**SEEN, "eventId": 1}])
def test_a_signal_opens_no_closed_conversation_and_a_message_does(acme, talk, event):
    do_close(talk.pk)
    before = Activity.objects.count()
    answer = post(acme, talk, event=event)
    assert (answer.status_code, codes_of(answer)) == (400, ["ENG006501"])
    assert (Activity.objects.count(), Conversation.objects.count()) == (before, 1)
    _, sent = say(acme, talk, message=words("One more thing"))
    assert sent["conversationId"] != str(talk.pk)
    assert post(acme, talk, event=event).status_code == 400, "the next one is known by its own id"


def test_a_signal_that_was_taken_before_the_end_is_taken_again(acme, talk):
    path = f"/inbound/customer/v1/direct/activity/{talk.pk}"
    send = lambda: acme.api("engine").post(path, {"event": SEEN}, format="json", HTTP_IDEMPOTENCY_KEY="a")  # noqa: E731
    first = send().json()
    do_close(talk.pk)
    assert send().json() == first
