"""Dormant conversations: closed after the hub's days of silence, by the same action that closes everything."""

from datetime import timedelta

import pytest
import time_machine

from engine.actions import dormant
from engine.actions.dormant import do_close_dormant
from engine.models import Conversation
from hubster.lib import clock
from portal.models import Hub

pytestmark = pytest.mark.usefixtures("still")

TEXT = {"message": {"type": "text", "text": "hello"}}
TYPING = {"event": {"type": "typing_on"}}


def say(party, conversation, body=TEXT) -> None:
    path = f"/inbound/customer/v1/direct/activity/{conversation.id}"
    assert party.api("engine").post(path, body, format="json").status_code == 200


def after(**passed):
    return time_machine.travel(clock.now() + timedelta(**passed), tick=False)


def is_open(conversation) -> bool:
    return Conversation.objects.filter(pk=conversation.pk, closed__isnull=True).exists()


def dormant_after(party, days: int) -> None:
    Hub.objects.filter(pk=party.hub.pk).update(close_dormant_conversation=days)


@pytest.fixture
def silent(acme):
    """A conversation in which one thing was said, in a hub that closes after three days."""
    dormant_after(acme, 3)
    conversation = acme.establish()
    say(acme, conversation)
    return conversation


def test_it_is_closed_after_the_hubs_days_of_silence_and_not_before(silent):
    with after(days=2, hours=23):
        assert sum(do_close_dormant()) == 0
        assert is_open(silent)
    with after(days=3, minutes=1):
        assert sum(do_close_dormant()) == 1
        assert not is_open(silent)
        assert sum(do_close_dormant()) == 0


def test_a_hub_with_zero_days_never_closes_and_each_hub_has_its_own(silent, acme, globex):
    other = globex.establish()
    say(globex, other)
    dormant_after(globex, 10)
    dormant_after(acme, 0)
    with after(days=9):
        assert sum(do_close_dormant()) == 0
    with after(days=11):
        assert sum(do_close_dormant()) == 1
    assert is_open(silent)
    assert not is_open(other)


def test_every_message_begins_the_days_anew_but_typing_does_not(silent, acme):
    with after(days=2):
        say(acme, silent)
    with after(days=4):
        say(acme, silent, TYPING)
        assert sum(do_close_dormant()) == 0
    with after(days=5, minutes=1):
        assert sum(do_close_dormant()) == 1


def test_one_in_which_nothing_was_ever_said_is_closed_too(acme):
    dormant_after(acme, 1)
    conversation = acme.establish()
    with after(days=2):
        assert sum(do_close_dormant()) == 1
    assert not is_open(conversation)


def test_what_is_said_between_looking_and_closing_keeps_it_open(silent, acme):
    with after(days=4):
        before = clock.now() - timedelta(days=3)
        found = list(dormant._dormant(before, 3))
        say(acme, silent)
        assert found == [silent.pk]
        assert not dormant._do_close(silent.pk, before)
        assert is_open(silent)


def test_sockets_hear_of_it_as_of_any_closing(silent, acme, monkeypatch):
    told = []
    monkeypatch.setattr("engine.actions.conversations.announce", lambda *said: told.append(said))
    with after(days=4):
        list(do_close_dormant())
    assert [said[:2] for said in told] == [(acme.hub.id, silent.id)]


def test_many_are_closed_batch_by_batch(acme, monkeypatch):
    monkeypatch.setattr(dormant, "BATCH", 2)
    dormant_after(acme, 1)
    for _ in range(5):
        acme.establish()
    with after(days=2):
        assert list(do_close_dormant()) == [2, 2, 1]


def test_an_absurd_number_of_days_means_never(silent, acme):
    dormant_after(acme, 2**31 - 1)
    with after(days=4_000):
        assert sum(do_close_dormant()) == 0
