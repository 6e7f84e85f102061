"""Before one writes: may one, until when, and as what? As the API, the desk and the delivery itself say it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from engine.models import Address, Conversation, Delivery
from hubster.lib import clock
from tests.inbox.toy import Toy as Adapter
from tests.openapi.contract import judge

HOUR, DAY = 3_600, 86_400  # the toy's windows: anybody for an hour, people for a day


@pytest.fixture
def talk(toy):
    toy.hear({"kind": "say", "from": "ann", "at": clock.now_ms(), "id": "m1", "text": "hello"})
    return Conversation.objects.get(integration=toy.row)


def said(ago: float) -> None:
    """The customer wrote some seconds ago."""
    Address.objects.update(last_said=clock.to_ms(clock.now() - timedelta(seconds=ago)))


def read(toy, talk, path="") -> dict:
    url = f"/api/v1/conversations/{talk.pk}{path}"
    answer = toy.party.api("engine").get(url)
    assert judge().answer_faults("GET", url, answer) == []
    return answer.json()


def window(toy, talk) -> dict:
    shown = read(toy, talk)["window"]
    assert read(toy, talk, "/established")["window"] == shown
    return shown


def by_author(shown: dict) -> dict[str, dict]:
    return {one["author"]: one for one in (shown, *shown["others"])}


def desk(toy, talk) -> dict:
    browser = Client()
    browser.force_login(toy.party.people["agent"])
    return browser.get(f"/admin/desk/conversations/{talk.pk}").json()["conversation"]


def at(seconds: float) -> str:
    return clock.iso(clock.from_ms(clock.to_ms(clock.now() + timedelta(seconds=seconds))))


def test_within_the_first_window_everybody_may_write(toy, talk):
    said(600)
    shown = by_author(window(toy, talk))
    assert list(shown) == ["human", "bot", "rule", "plugin", "platform"]
    assert all(one["open"] and "tag" not in one and "reason" not in one for one in shown.values())
    assert (shown["human"]["until"], shown["bot"]["until"]) == (at(DAY - 600), at(HOUR - 600))


def test_later_only_people_may_and_under_a_tag(toy, talk):
    said(HOUR + 1)
    shown = by_author(window(toy, talk))
    human = {"author": "human", "open": True, "until": at(DAY - HOUR - 1), "tag": "LATE"}
    assert {name: shown["human"][name] for name in human} == human
    assert shown["bot"] == {"author": "bot", "open": False, "until": at(-1), "reason": "expired"}


def test_afterwards_nobody_may_until_the_customer_writes_again(toy, talk):
    said(DAY + 1)
    assert {(one["open"], one["reason"]) for one in by_author(window(toy, talk)).values()} == {(False, "expired")}
    toy.hear({"kind": "say", "from": "ann", "at": clock.now_ms(), "id": "m2", "text": "still there?"})
    assert window(toy, talk)["open"]


@pytest.mark.parametrize("ago", [HOUR - 1, HOUR, DAY - 1, DAY])
@pytest.mark.parametrize("author", ["human", "bot"])
def test_the_delivery_keeps_to_what_was_said(toy, talk, ago, author):
    said(ago)
    may = by_author(window(toy, talk))[author]["open"]
    toy.answer(talk, "hi", author=author)
    status = Delivery.objects.filter(destination=toy.row).latest("event_id").status
    assert status == ("sent" if may else "window_closed")


def test_who_never_wrote_or_opted_out_is_not_written_to(toy, talk):
    Address.objects.update(last_said=0)
    shown = window(toy, talk)
    assert (shown["open"], shown["reason"], "until" in shown) == (False, "silent", False)
    said(1)
    toy.hear({"kind": "block", "from": "ann", "at": clock.now_ms()})
    assert {(one["open"], one["reason"]) for one in by_author(window(toy, talk)).values()} == {(False, "stopped")}


def test_a_closed_conversation_and_other_channels_have_none(toy, talk):
    plain = toy.party.establish()
    assert not {"window", "contactId"} & set(read(toy, plain))
    assert desk(toy, plain)["window"] is None
    toy.party.api("engine").post(f"/api/v1/conversations/{talk.pk}/close")
    assert "window" not in read(toy, talk)
    assert desk(toy, talk)["window"] is None


def test_a_channel_without_windows_has_none(toy, talk, monkeypatch):
    monkeypatch.setattr(Adapter, "windows", ())
    assert "window" not in read(toy, talk)
    assert desk(toy, talk)["window"] is None


def test_the_desk_counts_down_for_a_person(toy, talk):
    said(HOUR + 1)
    shown = desk(toy, talk)["window"]
    assert (shown["open"], shown["tag"], shown["reason"]) == (True, "LATE", "")
    assert shown["until"] == clock.now_ms() + shown["left"]
    assert shown["left"] == (DAY - HOUR - 1) * 1_000
    said(DAY + 1)
    assert (desk(toy, talk)["window"]["open"], desk(toy, talk)["window"]["left"]) == (False, 0)


def test_the_list_of_a_hub_shows_it_without_more_statements(toy, talk):
    api, path = toy.party.api("engine"), f"/api/v1/conversations/hubs/{toy.party.hub.pk}/established"
    with CaptureQueriesContext(connection) as few:
        assert [row["window"]["open"] for row in api.get(path).json()] == [True]
    for number in range(5):
        toy.hear({"kind": "say", "from": f"n{number}", "at": clock.now_ms(), "id": f"n{number}", "text": "hello"})
    with CaptureQueriesContext(connection) as many:
        assert [row["window"]["open"] for row in api.get(path).json()] == [True] * 6
    assert len(many) == len(few)
