"""A chat that was only opened is in no list of conversations; its first message brings it there."""

import uuid

import pytest
from django.urls import reverse

from engine.actions.append import PLATFORM, NewActivity, do_append_activity
from engine.actions.conversations import do_establish
from engine.actions.receive import do_receive
from engine.admin.numbers import failed_count, furniture, open_count
from engine.models import Activity, Conversation, Delivery
from hubster.lib import clock
from portal.models import Integration
from tests.background import do_run

DESK = "/admin/desk/conversations"
WELCOME = [{"type": "text", "text": "Welcome!"}]
TEXT = {"type": "text", "text": "Hello"}


@pytest.fixture
def opened(acme) -> Conversation:
    """A chat that was opened and greeted, and nothing else."""
    acme.add("Direct", "Bot", integrationType="Bot")
    widget = acme.add("WebChat", "Greeting", allowedOrigins=["localhost"], start=WELCOME)
    conversation, _ = do_establish(widget, uuid.uuid4().hex, {"profile": {"full name": "Ada"}})
    do_run(conversation.id)
    assert Activity.objects.get(conversation=conversation).content["text"] == "Welcome!"
    return conversation


def listed(acme, conversation) -> set[str]:
    """The lists that show it."""
    browser, key = acme.browser("manager"), str(conversation.pk)
    asks = {kind: f"?kind={kind}" for kind in ("all", "open")} | {"ids": f"?ids={key}", "search": "?search=ada"}
    rows = {name: browser.get(DESK + ask).json()["conversations"] for name, ask in asks.items()}
    found = {name for name, shown in rows.items() if key in [row["id"] for row in shown]}
    if key in browser.get(reverse("admin:engine_conversation_changelist")).content.decode():
        found.add("admin")
    person = acme.people["manager"]
    return found | ({"count"} if open_count(person) else set()) | ({"set-up"} if furniture(person)["talk"] else set())


EVERYWHERE = {"all", "open", "ids", "search", "admin", "count", "set-up"}


def say(acme, conversation, who, kind="message", content=TEXT):
    end = Integration.objects.filter(hub=acme.hub, type=who).first() if who != "Customer" else conversation.integration
    do_receive(conversation.id, end, NewActivity(kind, content))
    do_run(conversation.id)


def test_an_opened_chat_is_in_no_list(acme, opened):
    assert listed(acme, opened) == set()


@pytest.mark.parametrize("event", ["typing_on", "typing_off", "seen"])
def test_a_sign_of_life_is_no_word(acme, opened, event):
    say(acme, opened, "Customer", "event", {"type": event})
    assert listed(acme, opened) == set()


@pytest.mark.parametrize("who", ["Customer", "Agent", "Bot"])
def test_the_first_word_of_anybody_brings_it_into_all_lists(acme, opened, who):
    say(acme, opened, who)
    assert listed(acme, opened) == EVERYWHERE


def test_what_the_platform_says_later_moves_it_up(acme, opened):
    say(acme, opened, "Customer")
    before = Conversation.objects.get(pk=opened.pk)
    note = do_append_activity(before, NewActivity("message", TEXT), PLATFORM, None, before.integration)
    assert Conversation.objects.get(pk=opened.pk).last_said == note.event_id


def test_whoever_has_the_id_finds_it_and_can_answer(acme, opened):
    browser = acme.browser("manager")
    assert (
        str(opened.pk)
        in browser.get(reverse("admin:engine_conversation_changelist"), {"q": str(opened.pk)}).content.decode()
    )
    thread = browser.get(f"{DESK}/{opened.pk}").json()
    assert [item["content"]["text"] for item in thread["activities"]] == ["Welcome!"]


def test_a_greeting_that_did_not_arrive_is_counted(acme, opened):
    Delivery.objects.filter(conversation=opened).update(status=Delivery.Status.FAILED, ended=clock.now())
    assert failed_count(acme.people["manager"]) == 1
