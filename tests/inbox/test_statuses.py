"""What channels tell of messages, in the API, the admin and the desk: three kinds of success, two of failure."""

import pytest
from django.test import Client

from engine.admin.words import STATUSES
from engine.inbox import receipts
from engine.models import Conversation, Delivery
from hubster.lib import clock
from tests.openapi.contract import judge

S = Delivery.Status
WORDS = {"sent": "Sent", "delivered": "Delivered", "read": "Read", "failed": "Failed", "window_closed": "Window closed"}


@pytest.fixture
def talk(toy):
    toy.hear({"kind": "say", "from": "ann", "at": clock.now_ms(), "id": "m1", "text": "hello"})
    row = Conversation.objects.get(integration=toy.row)
    toy.answer(row, "hi")
    return row


def tell(toy, status: str, **more) -> None:
    toy.hear({"kind": "receipt", "status": status, "ids": ["out-2"], "at": clock.now_ms(), **more})


def shown(toy, talk) -> dict[str, str]:
    """The answer as an agent's desk shows it."""
    browser = Client()
    browser.force_login(toy.party.people["agent"])
    entries = browser.get(f"/admin/desk/conversations/{talk.pk}").json()["activities"]
    return next(entry for entry in entries if entry["content"].get("text") == "hi")


def test_every_status_has_words_of_its_own():
    assert set(STATUSES) == set(S)
    assert len({str(words.text) for words in STATUSES.values()}) == len(S)


@pytest.mark.parametrize("status", WORDS)
def test_the_api_lists_and_shows_each(toy, talk, status):
    Delivery.objects.filter(destination=toy.row).update(status=status, last_error="")
    api = toy.party.api("portal")
    for other in S.values:
        answer = api.get(f"/api/v1/deliveries?integrationId={toy.row.pk}&status={other}")
        assert judge().answer_faults("GET", "/api/v1/deliveries", answer) == []
        assert [row["status"] for row in answer.json()["results"]] == ([status] if other == status else [])
    path = f"/api/v1/deliveries/{Delivery.objects.get(destination=toy.row).pk}"
    detail = api.get(path)
    assert judge().answer_faults("GET", path, detail) == []
    assert detail.json()["status"] == status


@pytest.mark.parametrize("status", WORDS)
def test_the_admin_filters_and_names_each(toy, talk, status):
    Delivery.objects.filter(destination=toy.row).update(status=status, last_error="The reason. (code: ENG007511)")
    browser = Client()
    browser.force_login(toy.party.people["manager"])
    for query, there in (("", True), (f"?status={status}", True), ("?status=pending", False)):
        page = browser.get(f"/admin/engine/delivery/{query}").content.decode()
        found = [row for row in page.split("<tr")[2:] if WORDS[status] in row and "hi" in row]
        assert bool(found) == there
        assert ("The reason." in page) == (there and status in ("failed", "window_closed"))
    row = Delivery.objects.get(destination=toy.row)
    page = browser.get(f"/admin/engine/delivery/{row.pk}/change/").content.decode()
    assert WORDS[status] in page
    assert "Resend" in page


@pytest.mark.parametrize("status", ["sent", "delivered", "read"])
def test_the_desk_shows_no_error_of_what_arrived(toy, talk, status):
    Delivery.objects.filter(destination=toy.row).update(status=status, last_error="An attempt before it failed.")
    assert (shown(toy, talk)["delivery"], shown(toy, talk)["error"]) == (status, "")


def test_the_desk_says_why_and_what_to_do_when_the_window_is_closed(toy, talk):
    tell(toy, "failed", error="closed")
    assert shown(toy, talk)["delivery"] == "window_closed"
    assert shown(toy, talk)["error"] == "The window is closed."


def test_desks_are_told_of_news_and_of_nothing_else(toy, talk, monkeypatch):
    told = []
    monkeypatch.setattr(receipts, "announce", lambda *given: told.append(given))
    tell(toy, "delivered")
    news = (talk.hub_id, talk.pk, [], Conversation.objects.get(pk=talk.pk).last_event_id)
    assert told == [news]
    tell(toy, "delivered")
    assert told == [news]
    tell(toy, "read")
    assert told == [news, news]


def test_what_arrived_is_resent_only_when_somebody_asks(toy, talk):
    tell(toy, "read")
    row = Delivery.objects.get(destination=toy.row)
    api = toy.party.api("portal")
    answer = api.post("/api/v1/deliveries/replay", {"integrationId": str(toy.row.pk)}, format="json")
    assert answer.json()["replayed"] == 0
    body = {"integrationId": str(toy.row.pk), "status": "read"}
    assert api.post("/api/v1/deliveries/replay", body, format="json").json()["replayed"] == 1
    row.refresh_from_db()
    assert (row.status, row.replays) == (S.PENDING, 1)
