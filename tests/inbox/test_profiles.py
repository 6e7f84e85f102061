"""A new customer's name, where the provider tells it only when asked."""

from datetime import timedelta

import pytest
import time_machine

from engine.models import Contact, Conversation, ProfileRequest
from engine.work import all_kinds, claim
from engine.work.rounds import store
from hubster.lib import clock
from hubster.lib.http_policy import DeadlineExceeded
from tests.background import do_all, taken
from tests.inbox.toy import TOY

ANN = {"full name": "Ann Lee", "language": "en"}


@pytest.fixture
def asked(toy, monkeypatch):
    """The toy channel tells who somebody is when it is asked."""
    monkeypatch.setattr(type(TOY), "has_profiles", True)
    return toy


def say(toy, word="m1", who="ann", **more):
    toy.hear({"kind": "say", "from": who, "at": clock.now_ms(), "id": word, "text": "Hello", **more})
    return Conversation.objects.filter(integration=toy.row, closed__isnull=True).latest("opened")


def shown(talk):
    talk.refresh_from_db()
    return talk.properties["profile"]


def questions(toy):
    return [request.url for request in toy.provider.asked if "/people/" in request.url]


def test_a_new_customer_has_a_friendly_name_until_the_provider_tells_theirs(asked):
    talk = say(asked)
    friendly = shown(talk)["full name"]
    assert friendly and not questions(asked), "nobody waits for the provider"
    asked.provider.answers = [{"profile": ANN}]
    do_all("profile")
    assert (Contact.objects.get().name, Contact.objects.get().profile) == ("Ann Lee", ANN)
    assert shown(talk) == {"device": "Toy", **ANN}
    assert friendly != "Ann Lee"


def test_the_desk_is_told_of_the_name(asked, acme, monkeypatch):
    talk, told = say(asked), []
    monkeypatch.setattr("engine.actions.conversations.announce", lambda hub, key, *rest: told.append((hub, key)))
    asked.provider.answers = [{"profile": ANN}]
    do_all("profile")
    assert told == [(acme.hub.pk, talk.pk)]


def test_a_customer_is_asked_about_once(asked):
    say(asked)
    asked.provider.answers = [{"profile": {}}]
    do_all("profile")
    say(asked, "m2")
    do_all("profile")
    assert len(questions(asked)) == 1
    assert not ProfileRequest.objects.exists()


@pytest.mark.parametrize("profile", [{"full name": "Ann"}, None])
def test_nobody_is_asked_about_who_is_known(toy, monkeypatch, profile):
    monkeypatch.setattr(type(TOY), "has_profiles", profile is not None)
    say(toy, profile=profile or {})
    assert not ProfileRequest.objects.exists()


def test_what_the_business_said_stands(asked, acme):
    talk = say(asked)
    contact = Contact.objects.get()
    changes = {"name": "Ms Lee", "profile": {"language": "fr"}}
    acme.api("engine").put(f"/api/v1/contacts/{contact.pk}", changes, format="json")
    properties = {"profile": {"full name": "VIP", "city": "Rome"}}
    acme.api("engine").put(f"/api/v1/conversations/{talk.pk}/properties", properties, format="json")
    asked.provider.answers = [{"profile": ANN}]
    do_all("profile")
    contact.refresh_from_db()
    assert (contact.name, contact.profile["language"]) == ("Ms Lee", "fr")
    assert shown(talk) == {"device": "Toy", "full name": "VIP", "city": "Rome"}


@pytest.mark.parametrize(("fault", "tries"), [
    ({"error": "bad"}, 1), ({"error": "slow"}, 5), (DeadlineExceeded("No answer."), 5), (500, 5), (b"[]", 1),
])  # fmt: skip
def test_a_provider_that_does_not_tell_is_asked_a_few_times_and_nobody_hears_of_it(asked, fault, tries):
    talk = say(asked)
    before = shown(talk)
    with time_machine.travel(clock.now(), tick=False) as now:
        for _try in range(8):
            asked.provider.answers = [fault]
            do_all("profile")
            now.shift(timedelta(minutes=10))
    assert len(questions(asked)) == tries
    assert not ProfileRequest.objects.exists()
    assert shown(talk) == before


def test_the_name_of_a_later_conversation_is_the_friendly_one_that_is_replaced(asked):
    first = say(asked)
    Conversation.objects.filter(pk=first.pk).update(closed=clock.now())
    second = say(asked, "m2")
    asked.provider.answers = [{"profile": ANN}]
    do_all("profile")
    assert shown(second)["full name"] == "Ann Lee"


def test_an_answer_that_is_too_late_leaves_the_question_to_who_has_it(asked):
    say(asked)
    late = taken("profile", None)
    ProfileRequest.objects.update(lease_token=None, lease_until=None)
    assert claim(all_kinds()["profile"])
    assert not store(all_kinds()["profile"], late)
    assert ProfileRequest.objects.count() == 1


def test_a_contact_that_goes_takes_its_question_along(asked):
    say(asked)
    Contact.objects.all().delete()
    assert not ProfileRequest.objects.exists()


def test_what_cannot_be_stored_of_an_answer_is_left_out(asked):
    talk = say(asked)
    asked.provider.answers = [
        {"profile": {"full name": "An\x00n" + "n" * 300, "avatar": "x" * 70_000, "language": None}}
    ]
    do_all("profile")
    assert set(shown(talk)) == {"device", "full name"}
    assert Contact.objects.get().name.startswith("An\ufffdn")
