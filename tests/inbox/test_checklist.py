"""The checklist of a channel on its integration's page: it tells the next step, and looks again by itself."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from engine import adapters
from engine.models import Activity, Delivery, Endpoint, InboxPost
from hubster.lib import clock
from hubster.lib.http_policy import ConnectFailure
from portal.models import Integration
from tests.background import do_all
from tests.inbox.conftest import TOKEN
from tests.inbox.rich import RICH
from tests.inbox.toy import Toy as Adapter

ANN = {"kind": "say", "from": "ann", "profile": {"full name": "Ann Example"}}


def path(row: Integration, name: str) -> str:
    return reverse("admin:portal_integration_addition", args=[row.pk, name])


def page_of(row: Integration) -> str:
    return reverse("admin:portal_integration_change", args=[row.pk])


@pytest.fixture
def browser(toy):
    return toy.party.browser("manager")


@pytest.fixture
def look(browser, toy):
    """Asks as the page does: tones and checks by key, and the text of the list."""

    def now():
        answer = browser.get(path(toy.row, "checks"))
        assert answer.status_code == 200
        return {check.key: check for check in answer.context_data["checks"]}, answer.content.decode()

    return now


@pytest.fixture
def rich(monkeypatch, toy):
    monkeypatch.setitem(adapters._CHANNELS, "rich", RICH)
    toy.provider.answers = [{"account": "acc-9"}]
    return toy.party.add("Rich", "Rich", token="rich-token-1")


def said(text="hello", key="m1"):
    return {**ANN, "at": clock.now_ms(), "id": key, "text": text}


def test_a_new_channel_says_what_to_do_next(browser, toy, look):
    page = browser.get(page_of(toy.row)).content.decode()
    assert f'data-again="{path(toy.row, "checks")}"' in page
    found, text = look()
    tones = {key: check.tone for key, check in found.items()}
    assert tones == {"account": "good", "webhook": "good", "heard": "wait", "answered": "wait"}
    assert found["webhook"].at == Integration.objects.get(pk=toy.row.pk).connected
    assert "Write a message on Toy, as a customer would." in text
    assert "Connected as acc-1." in text
    assert 'data-waits="yes"' in text


def test_the_list_changes_with_what_comes_and_goes(toy, look):
    before, _ = look()
    toy.hear(said())
    found, text = look()
    assert found["heard"].tone == "good"
    assert found["heard"].mark != before["heard"].mark
    assert found["account"].mark == before["account"].mark
    assert "Ann Example" in text
    toy.answer(toy.row.conversations.get(), "hi")
    assert look()[0]["answered"].tone == "good"
    assert 'data-waits="no"' in look()[1]


def test_a_reply_that_was_not_sent_says_why(toy, look):
    toy.hear(said())
    toy.provider.answers = [{"error": "bad"}]
    toy.answer(toy.row.conversations.get(), "hi")
    found, _ = look()
    assert (found["answered"].tone, found["answered"].more) == ("bad", "The message is not allowed.")


def test_a_dead_token_is_a_problem_of_the_account(toy, look):
    toy.hear(said())
    toy.provider.answers = [{"error": "token"}]
    toy.answer(toy.row.conversations.get(), "hi")
    found, text = look()
    assert found["account"].tone == "bad"
    assert "The token is dead. Give a new one." in text
    assert found["account"].at == Endpoint.objects.get(pk=toy.row.pk).paused


def test_an_address_to_enter_by_hand_can_be_copied_until_it_was_called(toy, look, monkeypatch):
    monkeypatch.setattr(Adapter, "by_hand", lambda self, config: "Open the toy box and enter it there.")
    address = f"/inbound/customer/v1/toy/{toy.row.pk}"
    found, text = look()
    assert (found["webhook"].tone, found["webhook"].more) == ("wait", "Open the toy box and enter it there.")
    assert f"{address}</code>" in text
    assert toy.post(said()).status_code == 200
    assert look()[0]["webhook"].tone == "good"


def test_what_was_set_aside_is_shown_without_secrets_and_processed_again(browser, toy, look, monkeypatch):
    parse = Adapter.parse

    def refuse(self, config, body):
        raise ValueError(f"no thing for {config['token']}")

    monkeypatch.setattr(Adapter, "parse", refuse)
    toy.hear(said())
    found, text = look()
    assert found["parked"].tone == "bad"
    assert "ValueError: no thing for ***" in text
    assert TOKEN not in text
    monkeypatch.setattr(Adapter, "parse", parse)
    shown = browser.post(path(toy.row, "replay"), follow=True).content.decode()
    assert "1 webhook is processed again." in shown
    do_all("inbox")
    assert not InboxPost.objects.exists()
    assert "parked" not in look()[0]
    assert Activity.objects.filter(sender_integration=toy.row).count() == 1
    assert "Nothing to process" in browser.post(path(toy.row, "replay"), follow=True).content.decode()


def test_a_test_message_reaches_the_customer_that_was_picked_and_takes_nothing_over(browser, toy, look):
    toy.hear(said())
    talk = toy.row.conversations.get()
    assert f'value="{talk.pk}"' in browser.get(page_of(toy.row)).content.decode()
    browser.post(path(toy.row, "test"), {"conversation": talk.pk, "text": "Just a test"})
    do_all("pipeline")
    assert look()[0]["answered"].tone == "wait"
    toy.send(talk)
    assert toy.provider.texts() == ["Just a test"]
    assert Delivery.objects.get(destination=toy.row, activity__type="message").status == "sent"
    talk.refresh_from_db()
    assert (talk.unanswered, talk.assignee_id, talk.assignee_member_id) == (True, None, None)


@pytest.mark.parametrize("given", [{"text": "x"}, {"conversation": "7", "text": "x"}, {"text": ""}])
def test_a_test_message_to_nobody_or_without_words_is_refused(browser, toy, given):
    toy.hear(said())
    if given == {"text": ""}:
        given["conversation"] = toy.row.conversations.get().pk
    count = Activity.objects.count()
    shown = browser.post(path(toy.row, "test"), given, follow=True).context["messages"]
    assert [message.level_tag for message in shown] == ["error"]
    assert Activity.objects.count() == count


def test_a_test_message_of_a_neighbours_conversation_is_refused(browser, toy, globex):
    other = globex.establish("bob")
    browser.post(path(toy.row, "test"), {"conversation": other.pk, "text": "x"})
    assert not Activity.objects.filter(conversation=other, content__text="x").exists()


@pytest.mark.parametrize(("days", "tone", "words"), [
    (61, "good", "It works until"), (60, "bad", "Update Hubster before then"), (0, "bad", "has switched this version"),
])  # fmt: skip
def test_the_end_of_an_api_version_is_told_60_days_before(toy, rich, monkeypatch, days, tone, words):
    monkeypatch.setattr(type(RICH), "api_ends", clock.now().date() + timedelta(days))
    answer = toy.party.browser("manager").get(path(rich, "checks"))
    (found,) = [check for check in answer.context_data["checks"] if check.key == "version"]
    assert (found.tone, found.title) == (tone, "Rich chat API, version 7.1")
    assert words in found.more
    assert isinstance(RICH.api_ends, date)


def test_the_channels_own_address_is_a_link(toy, rich):
    text = toy.party.browser("manager").get(path(rich, "checks")).content.decode()
    assert 'href="https://rich.example.com/teashop"' in text


def test_a_channel_is_connected_again_with_what_is_stored(toy, rich):
    Integration.objects.filter(pk=rich.pk).update(connected=clock.now() - timedelta(days=3))
    browser, before = toy.party.browser("manager"), Integration.objects.get(pk=rich.pk)
    toy.provider.answers = [{"account": "acc-9"}]
    shown = browser.post(path(rich, "reconnect"), follow=True).content.decode()
    assert "Rich chat knows you as teashop." in shown
    after = Integration.objects.get(pk=rich.pk)
    assert after.configuration == before.configuration
    assert after.connected > before.connected
    toy.provider.answers = [401]
    shown = browser.post(path(rich, "reconnect"), follow=True).content.decode()
    assert "is not known. Copy it again." in shown
    toy.provider.answers = [ConnectFailure("Refused.")]
    assert "cannot be reached" in browser.post(path(rich, "reconnect"), follow=True).content.decode()
    assert Integration.objects.get(pk=rich.pk).connected == after.connected


def test_only_who_may_see_the_integration_asks_for_its_list(toy, globex):
    for browser, status in ((globex.browser("owner"), 404), (toy.party.browser("agent"), 403), (Client(), 302)):
        assert browser.get(path(toy.row, "checks")).status_code == status
        assert browser.post(path(toy.row, "replay")).status_code == status
    assert toy.party.browser("owner").get(path(toy.row, "nothing")).status_code == 404
    assert toy.party.browser("owner").get(path(toy.row, "replay")).status_code == 405


def test_channels_of_our_own_have_no_checklist(toy):
    page = toy.party.browser("manager").get(page_of(toy.party.webchat)).content.decode()
    assert "data-again" not in page


def test_a_channel_without_an_endpoint_of_the_business_is_not_probed(browser, toy):
    toy.hear(said())
    toy.answer(toy.row.conversations.get(), "hi")
    page = browser.get(reverse("admin:engine_endpoint_change", args=[toy.row.pk])).content.decode()
    assert "Send a test message" not in page
    api = toy.party.api("portal").post(f"/api/v1/integrations/{toy.row.pk}/endpoint/test")
    assert api.status_code == 403
    assert "tested by a message to a customer" in api.content.decode()


def test_the_list_takes_few_queries(browser, toy, django_assert_max_num_queries):
    for number in range(5):
        toy.hear({**said(key=f"m{number}"), "from": f"c{number}"})
    with django_assert_max_num_queries(12):
        browser.get(path(toy.row, "checks"))
