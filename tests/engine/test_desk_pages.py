"""The desk over HTTP: scope, sessions, replies that never double."""

import json
import uuid

import pytest
from django.test import Client as Browser

from engine.actions.append import NewActivity
from engine.actions.conversations import do_establish
from engine.actions.receive import do_receive
from engine.desk import queries
from engine.models import Activity, Conversation, Delivery
from portal.models import Integration, User
from tests.background import do_run
from tests.cast import PASSWORD

DESK = "/admin/desk"


def talk(party, name="Ada Lovelace", words="Hi there"):
    conversation = do_establish(party.customer, uuid.uuid4().hex, {"profile": {"full name": name}})[0]
    hear(party, conversation, words)
    conversation.refresh_from_db()
    return conversation


def hear(party, conversation, words, kind="message", **content):
    said = NewActivity(kind, content or {"type": "text", "text": words})
    row = do_receive(conversation.id, party.customer, said)
    do_run(conversation.id)
    return row


def post(browser, conversation, what, **body):
    url = f"{DESK}/conversations/{conversation.pk}/{what}"
    return browser.post(url, json.dumps(body), content_type="application/json")


def names(answer) -> list[str]:
    return [row["name"] for row in answer.json()["conversations"]]


@pytest.mark.parametrize("path", ["", "/"])
def test_strangers_are_sent_to_the_login_and_back(db, path):
    answer = Browser().get(DESK + path)
    assert answer.status_code == 302
    assert answer.url == f"/admin/login/?next={DESK}{path}"


def test_people_without_a_place_are_not_let_in(db):
    browser = Browser()
    browser.force_login(User.objects.create(username="lost", is_staff=True))
    assert browser.get(f"{DESK}/").status_code == 302
    assert browser.get(f"{DESK}/conversations").status_code == 401


def test_strangers_get_no_data(acme):
    conversation = talk(acme)
    browser = Browser()
    assert browser.get(f"{DESK}/conversations").status_code == 401
    assert browser.get(f"{DESK}/conversations/{conversation.pk}").status_code == 401
    assert post(browser, conversation, "reply", text="x", key=str(uuid.uuid4())).status_code == 401


@pytest.mark.parametrize("role", ["owner", "manager", "agent"])
def test_members_see_the_page_under_the_strict_policy(acme, role):
    answer = acme.browser(role).get(f"{DESK}/")
    assert answer.status_code == 200
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    shown = answer.content.decode()
    assert "<style" not in shown
    assert " style=" not in shown
    assert " onclick" not in shown


def test_the_list_has_own_conversations_newest_first(acme, globex):
    talk(globex, "Foreign")
    first, second = talk(acme, "First"), talk(acme, "Second")
    assert names(acme.browser("agent").get(f"{DESK}/conversations")) == ["Second", "First"]
    hear(acme, first, "again")
    assert names(acme.browser("agent").get(f"{DESK}/conversations")) == ["First", "Second"]
    ids = f"{first.pk},{second.pk}"
    assert len(names(globex.browser("agent").get(f"{DESK}/conversations?ids={ids}"))) == 0


def test_operators_see_all(acme, globex):
    talk(acme, "Ours")
    talk(globex, "Theirs")
    browser = Browser()
    browser.force_login(User.objects.create(username="op", is_staff=True, is_superuser=True))
    assert set(names(browser.get(f"{DESK}/conversations"))) == {"Ours", "Theirs"}


def test_the_list_is_filtered(acme, globex):
    answered, waiting, closed = talk(acme, "Answered"), talk(acme, "Waiting"), talk(acme, "Closed")
    browser = acme.browser("agent")
    post(browser, answered, "reply", text="Done", key=str(uuid.uuid4()))
    post(browser, closed, "close")
    assert names(browser.get(f"{DESK}/conversations?kind=unanswered")) == ["Waiting"]
    assert set(names(browser.get(f"{DESK}/conversations?kind=open"))) == {"Answered", "Waiting"}
    assert len(names(browser.get(f"{DESK}/conversations"))) == 3
    assert names(browser.get(f"{DESK}/conversations?search=wait")) == ["Waiting"]
    assert len(names(browser.get(f"{DESK}/conversations?hub={acme.hub.pk}"))) == 3
    assert names(browser.get(f"{DESK}/conversations?hub={globex.hub.pk}")) == []
    assert browser.get(f"{DESK}/conversations").json()["unanswered"] == 1
    assert waiting.unanswered


@pytest.mark.parametrize(("name", "asked"), [
    ("Иван Petrov", "иван"), ("Jose\u0301", "José"), ("ÖZGÜR", "özgür"), ("می\u200cخواهم", "میخواهم"),
    ("Ann Lee", "lee ANN"),
])  # fmt: skip
def test_names_are_found_in_any_spelling_on_the_desk_and_in_the_admin(acme, globex, name, asked):
    talk(acme, name), talk(acme, "Smith"), talk(globex, name)
    assert names(acme.browser("agent").get(f"{DESK}/conversations", {"search": asked})) == [name]
    page = acme.browser("manager").get("/admin/engine/conversation/", {"q": asked}).content.decode()
    assert (name in page, "Smith" in page) == (True, False)


def test_pages_of_the_list_join_without_gap_or_repeat(acme, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 2)
    for number in range(5):
        talk(acme, f"C{number}")
    Conversation.objects.update(last_said=1_700_000_000_000)  # all at the same moment: the key decides
    browser, seen, before = acme.browser("agent"), [], ""
    for _ in range(3):
        answer = browser.get(f"{DESK}/conversations?before={before}").json()
        seen += [row["id"] for row in answer["conversations"]]
        before = f"{answer['conversations'][-1]['lastSaid']},{answer['conversations'][-1]['id']}"
    assert len(seen) == len(set(seen)) == 5
    assert answer["more"] is False


def test_a_thread_comes_in_pages_without_typing(acme, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 2)
    conversation = talk(acme, words="one")
    hear(acme, conversation, "", kind="event", type="typing_on")
    hear(acme, conversation, "two")
    hear(acme, conversation, "three")
    browser = acme.browser("agent")
    newest = browser.get(f"{DESK}/conversations/{conversation.pk}").json()
    assert [item["content"]["text"] for item in newest["activities"]] == ["two", "three"]
    assert newest["more"] is True
    older = browser.get(f"{DESK}/conversations/{conversation.pk}?before={newest['activities'][0]['eventId']}").json()
    assert [item["content"]["text"] for item in older["activities"]] == ["one"]


def test_a_foreign_conversation_does_not_exist(acme, globex):
    conversation = talk(globex)
    browser = acme.browser("owner")
    assert browser.get(f"{DESK}/conversations/{conversation.pk}").status_code == 404
    for what in ("reply", "side", "close"):
        answer = post(browser, conversation, what, text="x", side="Agent", key=str(uuid.uuid4()))
        assert answer.status_code == 404
    conversation.refresh_from_db()
    assert conversation.closed is None
    assert conversation.activities.count() == 1


def test_a_reply_reaches_the_customer_with_its_author(acme):
    conversation = talk(acme)
    answer = post(acme.browser("agent"), conversation, "reply", text="Hello Ada", key=str(uuid.uuid4()))
    assert answer.status_code == 200
    do_run(conversation.id)
    row = Activity.objects.get(pk=answer.json()["activity"]["id"])
    assert (row.sender_integration, row.author) == (acme.agent, acme.people["agent"])
    assert Delivery.objects.filter(activity=row, destination=acme.customer).exists()
    shown = acme.browser("agent").get(f"{DESK}/conversations/{conversation.pk}").json()["activities"][-1]
    assert (shown["author"], shown["delivery"], shown["key"]) == ("acme-agent", "available", row.dedupe_key)


def test_the_same_reply_twice_is_one_message(acme):
    conversation, key = talk(acme), str(uuid.uuid4())
    browser = acme.browser("agent")
    first = post(browser, conversation, "reply", text="Once", key=key)
    again = post(browser, conversation, "reply", text="Once", key=key)
    assert first.json()["activity"]["id"] == again.json()["activity"]["id"]
    assert conversation.activities.filter(sender_type="Agent").count() == 1


def test_posts_need_the_csrf_token(acme):
    conversation = talk(acme)
    strict = Browser(enforce_csrf_checks=True)
    strict.force_login(acme.people["agent"])
    assert post(strict, conversation, "reply", text="x", key=str(uuid.uuid4())).status_code == 403
    strict.get(f"{DESK}/")
    token = strict.cookies["csrftoken"].value
    answer = strict.post(
        f"{DESK}/conversations/{conversation.pk}/reply",
        json.dumps({"text": "x", "key": str(uuid.uuid4())}),
        content_type="application/json",
        headers={"X-CSRFToken": token},
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "  ", "key": "no guid"}, {"text": 7}, {"text": "x"}])
def test_bad_replies_are_refused_with_a_sentence(acme, body):
    conversation = talk(acme)
    answer = post(acme.browser("agent"), conversation, "reply", **body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert conversation.activities.count() == 1


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_writes_are_posts(acme, method):
    conversation = talk(acme)
    answer = getattr(acme.browser("agent"), method)(f"{DESK}/conversations/{conversation.pk}/close")
    assert answer.status_code == 405


def test_a_hub_without_agents_explains_itself(acme):
    conversation = talk(acme)
    acme.agent.status = Integration.Status.PAUSED
    acme.agent.save()
    browser = acme.browser("agent")
    assert browser.get(f"{DESK}/conversations/{conversation.pk}").json()["conversation"]["canReply"] is False
    answer = post(browser, conversation, "reply", text="x", key=str(uuid.uuid4()))
    assert answer.status_code == 400
    assert "no active Direct integration for agents" in answer.json()["error"]


def test_a_closed_conversation_takes_no_reply(acme):
    conversation, browser = talk(acme), acme.browser("agent")
    assert post(browser, conversation, "close").json()["conversation"]["closed"] is True
    assert post(browser, conversation, "close").status_code == 200
    answer = post(browser, conversation, "reply", text="x", key=str(uuid.uuid4()))
    assert (answer.status_code, bool(answer.json()["error"])) == (400, True)


def test_an_agent_takes_over_and_hands_back(acme):
    acme.add("Direct", "Bot", integrationType="Bot")
    conversation, browser = talk(acme), acme.browser("agent")
    assert conversation.side == "Bot"
    details = browser.get(f"{DESK}/conversations/{conversation.pk}").json()["conversation"]
    assert (details["hasBot"], details["side"]) == (True, "Bot")
    for side in ("Agent", "Bot"):
        assert post(browser, conversation, "side", side=side, key=str(uuid.uuid4())).status_code == 200
        do_run(conversation.id)
        conversation.refresh_from_db()
        assert conversation.side == side
    assert post(browser, conversation, "side", side="Nobody", key=str(uuid.uuid4())).status_code == 400


def test_a_tenant_whose_evaluation_is_over_cannot_reply(acme):
    conversation = talk(acme)
    acme.tenant.evaluation_ends = conversation.opened
    acme.tenant.save()
    answer = post(acme.browser("agent"), conversation, "reply", text="x", key=str(uuid.uuid4()))
    assert "evaluation" in answer.json()["error"]


def test_reading_takes_few_queries_however_much_there_is(acme, django_assert_max_num_queries):
    conversation = talk(acme)
    for number in range(20):
        hear(acme, conversation, f"line {number}")
        talk(acme, f"C{number}")
    browser = acme.browser("agent")
    with django_assert_max_num_queries(7):
        browser.get(f"{DESK}/conversations")
    with django_assert_max_num_queries(8):
        browser.get(f"{DESK}/conversations/{conversation.pk}")


def test_the_login_leads_back_to_the_desk(acme):
    browser = Browser()
    form = {"username": "acme-agent", "password": PASSWORD, "next": f"{DESK}/"}
    assert browser.post(f"/admin/login/?next={DESK}/", form).url == f"{DESK}/"
