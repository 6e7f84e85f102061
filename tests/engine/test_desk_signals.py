"""The desk's signals: typing and seen in both directions, and what a thread says of them."""

import uuid
from datetime import timedelta

import pytest
import time_machine

from engine.activity import TYPING_LASTS
from engine.models import Activity, Delivery
from hubster.lib import clock
from portal.models import Integration
from tests.engine.test_desk_pages import DESK, hear, post, talk

SIGNALS = ["typing_on", "typing_off", "seen"]


def details(party, conversation) -> dict:
    return party.browser("agent").get(f"{DESK}/conversations/{conversation.pk}").json()["conversation"]


@pytest.mark.parametrize("kind", SIGNALS)
def test_a_signal_reaches_the_customer_and_stays_out_of_the_thread(inline, acme, kind):
    conversation, browser = talk(acme), acme.browser("agent")
    answer = post(browser, conversation, "signal", type=kind)
    assert (answer.status_code, answer.json()) == (200, {})
    row = Activity.objects.get(type="event")
    assert (row.content, row.sender_integration, row.author) == ({"type": kind}, acme.agent, acme.people["agent"])
    assert Delivery.objects.filter(activity=row, destination=acme.customer).exists()
    shown = browser.get(f"{DESK}/conversations/{conversation.pk}").json()["activities"]
    assert [item["kind"] for item in shown] == ["message"]


def test_a_signal_changes_neither_who_answers_nor_who_waits(acme):
    acme.add("Direct", "Bot", integrationType="Bot")
    conversation = talk(acme)
    for kind in SIGNALS:
        post(acme.browser("agent"), conversation, "signal", type=kind)
    conversation.refresh_from_db()
    assert (conversation.side, conversation.assignee, conversation.unanswered) == ("Bot", None, True)
    assert conversation.last_text == "Hi there"


def test_what_an_agent_saw_is_known_up_to_the_message(acme):
    conversation = talk(acme)
    first = conversation.last_event_id
    second = hear(acme, conversation, "Still there?").event_id
    assert details(acme, conversation)["seenByBusiness"] == 0
    post(acme.browser("agent"), conversation, "signal", type="seen", eventId=first)
    assert details(acme, conversation)["seenByBusiness"] == first
    post(acme.browser("agent"), conversation, "signal", type="seen", eventId=second)
    assert details(acme, conversation)["seenByBusiness"] == second


def test_what_the_customer_saw_is_known(acme):
    conversation = talk(acme)
    sent = post(acme.browser("agent"), conversation, "reply", text="Hello", key=str(uuid.uuid4())).json()["activity"]
    assert details(acme, conversation)["seenByCustomer"] == 0
    hear(acme, conversation, "", kind="event", type="seen", eventId=sent["eventId"])
    assert details(acme, conversation)["seenByCustomer"] == sent["eventId"]


def test_a_customer_types_until_the_message_the_end_or_the_pause(acme):
    conversation = talk(acme)
    typing = lambda: details(acme, conversation)["typingFor"]  # noqa: E731 - it is asked anew each time
    assert typing() == 0
    hear(acme, conversation, "", kind="event", type="typing_on")
    assert 0 < typing() <= TYPING_LASTS
    with time_machine.travel(clock.now() + timedelta(milliseconds=TYPING_LASTS), tick=False):
        assert typing() == 0
    hear(acme, conversation, "", kind="event", type="typing_off")
    assert typing() == 0
    hear(acme, conversation, "", kind="event", type="typing_on")
    hear(acme, conversation, "Here it is")
    assert typing() == 0


@pytest.mark.parametrize("body", [{}, {"type": "payload"}, {"type": "dance"}, {"type": "seen", "eventId": "soon"},
                                  {"type": "payload", "payloadType": "x", "payload": {}}])  # fmt: skip
def test_anything_else_is_refused(acme, body):
    conversation = talk(acme)
    answer = post(acme.browser("agent"), conversation, "signal", **body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert conversation.activities.count() == 1


def test_a_foreign_conversation_gets_no_signal(acme, globex):
    conversation = talk(globex)
    for kind in SIGNALS:
        assert post(acme.browser("owner"), conversation, "signal", type=kind).status_code == 404
    assert conversation.activities.count() == 1


def test_a_hub_without_agents_sends_none(acme):
    conversation = talk(acme)
    Integration.objects.filter(pk=acme.agent.pk).update(status=Integration.Status.PAUSED)
    assert post(acme.browser("agent"), conversation, "signal", type="seen").status_code == 400


@pytest.mark.parametrize("kind", SIGNALS)
def test_a_signal_that_comes_after_the_end_is_dropped_and_no_fault(acme, kind):
    conversation = talk(acme)
    assert post(acme.browser("agent"), conversation, "close").status_code == 200
    before = conversation.activities.count()
    answer = post(acme.browser("agent"), conversation, "signal", type=kind)
    assert (answer.status_code, answer.json()) == (200, {})
    assert conversation.activities.count() == before


def test_signals_and_commands_are_not_the_last_thing_that_was_said(acme):
    conversation = talk(acme)
    said, browser = conversation.last_event_id, acme.browser("agent")
    last = lambda: browser.get(f"{DESK}/conversations").json()["conversations"][0]["lastSaid"]  # noqa: E731 - asked anew
    hear(acme, conversation, "", kind="event", type="typing_on")
    post(browser, conversation, "signal", type="seen")
    post(browser, conversation, "reply", text="::help", key=str(uuid.uuid4()))
    assert last() == said
    sent = post(browser, conversation, "reply", text="Hello", key=str(uuid.uuid4())).json()["activity"]
    assert last() == sent["eventId"]


@pytest.mark.parametrize("raw", [
    b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"type": NaN}', b'{"type": "seen", "eventId": 1e400}',
    b'{"type": "seen", "type": "typing_on"}', b'{"type": "se\\u0000en"}', b'{"type": "\\ud800"}',
    b'{"type": "seen", "eventId": ' + b"9" * 5000 + b"}",
])  # fmt: skip
def test_a_body_that_is_no_json_is_refused(acme, raw):
    conversation, browser = talk(acme), acme.browser("agent")
    for verb in ("signal", "reply", "side"):
        path = f"{DESK}/conversations/{conversation.pk}/{verb}"
        answer = browser.post(path, raw, content_type="application/json")
        assert (answer.status_code, bool(answer.json()["error"])) == (400, True)
    assert conversation.activities.count() == 1


def test_a_text_that_no_database_can_hold_is_refused(acme):
    conversation = talk(acme)
    answer = post(acme.browser("agent"), conversation, "reply", text="a\x00b", key=str(uuid.uuid4()))
    assert (answer.status_code, answer.json()["codes"]) == (400, ["ENG000202"])
    assert conversation.activities.count() == 1
