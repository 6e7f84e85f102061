"""The desk's commands and holders: what can be typed, who sees it, who has a conversation."""

import uuid

import pytest

from engine.models import Activity
from engine.pipeline.kind import KIND
from portal.models import DynamicCommand, ResponseCommand, TransferCommand, User
from tests.background import do_run
from tests.engine.test_desk_pages import DESK, post, talk
from tests.engine.test_followups import worked

BUILT_IN = ["::resp --list", "::trans --list", "::takeover", "::handover", "::handback", "::help"]


def known(browser, conversation):
    return browser.get(f"{DESK}/conversations/{conversation.pk}/commands")


def shown(browser, conversation) -> dict:
    return browser.get(f"{DESK}/conversations/{conversation.pk}").json()


def send(browser, conversation, words: str) -> dict:
    """A reply by a new key; the entries of the thread after it."""
    assert post(browser, conversation, "reply", text=words, key=str(uuid.uuid4())).status_code == 200
    do_run(conversation.id)
    return shown(browser, conversation)["activities"]


@pytest.fixture
def stocked(acme):
    """A hub with one command of each kind."""
    hub, text = acme.hub, {"type": "text", "text": "All teas cost 4.90."}
    ResponseCommand.objects.create(
        hub=hub,
        name="our prices",
        category="Sales",
        description="The list",
        to="customer",
        kind="message",
        responses=[text, text, text],
    )
    ResponseCommand.objects.create(
        hub=hub, name="Note", to="agent", kind="message", responses=[{"type": "text", "text": "A good customer."}]
    )
    TransferCommand.objects.create(hub=hub, name="till", url="https://shop.example.com/till", link_description="Pay")
    DynamicCommand.objects.create(
        hub=hub,
        name="stock",
        category="Shop",
        url="https://shop.example.com/x",
        public_key="A" * 32,
        private_key="secret",
    )
    return acme


@pytest.fixture
def second(acme) -> User:
    """Another agent of the same tenant."""
    return User.objects.create(
        username="ben", first_name="Ben", last_name="Okafor", is_staff=True, role="agent", tenant=acme.tenant
    )


def test_what_can_be_typed_is_listed_by_kind_and_name(stocked):
    rows = known(stocked.browser("agent"), talk(stocked)).json()["commands"]
    assert [row["usage"] for row in rows] == [
        "::resp -n Note", '::resp -n "our prices"', "::trans -n till", "::stock", *BUILT_IN
    ]  # fmt: skip
    assert rows[1] == {
        "kind": "response", "name": "our prices", "usage": '::resp -n "our prices"', "category": "Sales",
        "description": "The list", "preview": "All teas cost 4.90. (and 2 more)",
    }  # fmt: skip
    assert rows[2]["preview"] == "https://shop.example.com/till"
    assert "secret" not in str(rows)


def test_a_list_takes_few_queries(stocked, django_assert_max_num_queries):
    conversation, browser = talk(stocked), stocked.browser("agent")
    with django_assert_max_num_queries(7):
        known(browser, conversation)


def test_another_hubs_commands_are_not_listed(stocked, globex):
    usages = [row["usage"] for row in known(globex.browser("agent"), talk(globex)).json()["commands"]]
    assert usages == BUILT_IN


def test_a_foreign_conversation_has_no_commands(stocked, globex):
    conversation = talk(globex)
    assert known(stocked.browser("owner"), conversation).status_code == 404
    assert known(globex.browser("agent"), conversation).status_code == 200
    assert stocked.browser("agent").post(f"{DESK}/conversations/{conversation.pk}/commands").status_code == 405


def test_strangers_are_told_no_commands(client, stocked):
    assert known(client, talk(stocked)).status_code == 401


def test_a_line_and_its_answer_are_told_apart_from_what_the_customer_sees(stocked):
    conversation, browser = talk(stocked), stocked.browser("agent")
    items = send(browser, conversation, "::resp -n Note")
    marks = [(item["from"], item["typed"], item["private"], item["content"]["type"]) for item in items]
    assert marks == [
        ("Customer", False, False, "text"), ("Agent", True, True, "text"), ("Hubster", False, True, "text"),
        ("Hubster", False, True, "command"),
    ]  # fmt: skip
    said = send(browser, conversation, "Good morning")[-1]
    assert (said["typed"], said["private"]) == (False, False)


def test_an_answer_is_shown_when_it_is_processed_and_does_not_change_then(stocked):
    conversation, browser = talk(stocked), stocked.browser("agent")
    kinds = lambda: [item["content"]["type"] for item in shown(browser, conversation)["activities"]]  # noqa: E731
    typed = {"text": "::help", "key": str(uuid.uuid4())}
    do_run(conversation.pk)
    assert post(browser, conversation, "reply", **typed).status_code == 200
    before = kinds()
    KIND.commit(worked(conversation))
    assert Activity.objects.get(content__type="command").state == "accepted"
    assert kinds() == before, "its line alone"
    do_run(conversation.pk)
    assert kinds() == [*before, "command"]


def test_a_customers_two_colons_are_no_command(acme):
    conversation = talk(acme, words="::help")
    item = shown(acme.browser("agent"), conversation)["activities"][0]
    assert (item["typed"], item["private"]) == (False, False)


def test_everybody_knows_who_has_it(acme, second, client):
    client.force_login(second)
    conversation, first = talk(acme), acme.browser("agent")
    assignee = lambda: (lambda row: (row["assignee"], row["assigneeName"]))(shown(first, conversation)["conversation"])  # noqa: E731
    assert assignee() == ("", "")
    send(client, conversation, "Ben here")
    assert assignee() == (str(second.pk), "Ben Okafor")


def test_what_another_agent_has_is_taken_by_force_only(acme, second, client):
    client.force_login(second)
    conversation, first = talk(acme), acme.browser("agent")
    send(client, conversation, "Ben here")
    refused = post(first, conversation, "side", side="Agent", key=str(uuid.uuid4()))
    assert (refused.status_code, refused.json()["codes"]) == (403, ["ENG000110"])
    assert "Ben Okafor" in refused.json()["error"]
    assert post(first, conversation, "side", side="Agent", key=str(uuid.uuid4()), force="yes").status_code == 403
    assert post(first, conversation, "side", side="Agent", key=str(uuid.uuid4()), force=True).status_code == 200
    assert shown(first, conversation)["conversation"]["assignee"] == str(acme.people["agent"].pk)


def test_who_waits_and_since_when_is_in_the_list(acme):
    conversation, browser = talk(acme), acme.browser("agent")
    row = browser.get(f"{DESK}/conversations").json()["conversations"][0]
    assert (row["unanswered"], row["waitsSince"]) == (True, conversation.last_event_id)
    send(browser, conversation, "::help")
    assert browser.get(f"{DESK}/conversations").json()["conversations"][0]["unanswered"] is True
    send(browser, conversation, "Hello")
    assert browser.get(f"{DESK}/conversations").json()["conversations"][0]["unanswered"] is False
