"""The desk's list, its badge, its filter by hub, and the entries of a thread."""

import uuid

import pytest

from engine.actions.conversations import do_establish
from engine.models import Conversation, File
from portal.models import Hub, Integration
from tests.background import do_run
from tests.engine.test_desk_pages import DESK, hear, names, post, talk

LIST = f"{DESK}/conversations"


@pytest.fixture
def second_hub(acme) -> Integration:
    """The customers' end of another hub of the same tenant."""
    hub = Hub.objects.create(tenant=acme.tenant, name="Second")
    Integration.objects.create(hub=hub, channel="Direct", name="Agents", type="Agent")
    return Integration.objects.create(hub=hub, channel="Direct", name="Customers", type="Customer")


def ask(customer: Integration, name: str) -> Conversation:
    """Somebody who waits in a hub."""
    conversation = do_establish(customer, uuid.uuid4().hex, {"profile": {"full name": name}})[0]
    Conversation.objects.filter(pk=conversation.pk).update(unanswered=True, last_said=5)
    return conversation


def test_the_badge_counts_what_unanswered_lists_in_the_hub_chosen(acme, second_hub):
    talk(acme, "Ada")
    ask(second_hub, "Bob")
    ask(second_hub, "Cid")
    browser = acme.browser("agent")
    for hub, expected in (("", 3), (acme.hub.pk, 1), (second_hub.hub_id, 2)):
        answer = browser.get(f"{LIST}?kind=unanswered&hub={hub}").json()
        assert (answer["unanswered"], len(answer["conversations"])) == (expected, expected)


def test_a_row_that_is_read_again_brings_the_count_of_the_hub_chosen(acme, second_hub):
    conversation = talk(acme, "Ada")
    ask(second_hub, "Bob")
    browser = acme.browser("agent")
    answer = browser.get(f"{LIST}?ids={conversation.pk}&hub={second_hub.hub_id}").json()
    assert (names_of(answer), answer["unanswered"]) == (["Ada"], 1)
    assert "hubs" not in answer


def names_of(answer: dict) -> list[str]:
    return [row["name"] for row in answer["conversations"]]


def test_the_count_leaves_out_closed_ones_and_foreign_hubs(acme, globex):
    talk(globex)
    conversation = talk(acme)
    browser = acme.browser("agent")
    assert browser.get(LIST).json()["unanswered"] == 1
    post(browser, conversation, "close")
    assert browser.get(LIST).json()["unanswered"] == 0
    assert browser.get(f"{LIST}?hub={globex.hub.pk}").json()["unanswered"] == 0


def test_every_list_brings_the_hubs_to_choose_from(acme, globex):
    browser = acme.browser("agent")
    assert browser.get(LIST).json()["hubs"] == [{"id": str(acme.hub.pk), "name": acme.hub.name}]
    made = Hub.objects.create(tenant=acme.tenant, name="A new one")
    assert [hub["id"] for hub in browser.get(LIST).json()["hubs"]] == [str(made.pk), str(acme.hub.pk)]


def test_a_list_takes_as_many_queries_however_many_hubs_there_are(acme, django_assert_max_num_queries):
    Hub.objects.bulk_create(Hub(tenant=acme.tenant, name=f"H{number}") for number in range(20))
    browser = acme.browser("agent")
    with django_assert_max_num_queries(6):
        browser.get(LIST)


def test_a_conversation_in_which_nothing_was_said_is_not_read_again_either(acme):
    opened = do_establish(acme.customer, uuid.uuid4().hex, {"profile": {"full name": "Ada"}})[0]
    hear(acme, opened, "", kind="event", type="typing_on")
    browser = acme.browser("agent")
    assert names(browser.get(LIST)) == names(browser.get(f"{LIST}?ids={opened.pk}")) == []
    hear(acme, opened, "Hello")
    assert names(browser.get(LIST)) == names(browser.get(f"{LIST}?ids={opened.pk}")) == ["Ada"]


def test_a_file_says_how_large_it_is(acme):
    conversation = talk(acme)
    content = {"type": "attachment", "url": "https://hub.example/a", "label": "a.pdf", "mimeType": "application/pdf"}
    row = hear(acme, conversation, "", **content)
    hear(acme, conversation, "", **{**content, "url": "https://elsewhere.example/b.pdf"})
    File.objects.create(tenant=acme.tenant.pk, activity=row, place="p", name="a.pdf", mime="x", kind="attachment",
                        size=1234, digest="d")  # fmt: skip
    items = acme.browser("agent").get(f"{LIST}/{conversation.pk}").json()["activities"]
    assert [item["size"] for item in items] == [None, 1234, None]


def test_whoever_takes_over_by_a_reply_is_named_in_the_thread(acme):
    acme.add("Direct", "Bot", integrationType="Bot")
    conversation, browser, agent = talk(acme), acme.browser("agent"), acme.people["agent"]
    post(browser, conversation, "reply", text="Hello", key=str(uuid.uuid4()))
    do_run(conversation.id)
    items = browser.get(f"{LIST}/{conversation.pk}").json()["activities"]
    found = [(item["content"]["payloadType"], item["authorId"]) for item in items if item["kind"] == "event"]
    assert found == [("hubster.takeover", str(agent.pk))]


def test_the_texts_of_the_scripts_come_from_a_catalog_of_our_own_origin(acme):
    page = acme.browser("agent").get(f"{DESK}/").content.decode()
    assert page.index(f'<script src="{DESK}/texts.js">') < page.index("desk/main")
    answer = acme.browser("agent").get(f"{DESK}/texts.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert "django.gettext" in answer.content.decode()
