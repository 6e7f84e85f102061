"""An integration is deleted: what was said to it and by it stays, what is on its way to others arrives."""

import json

import pytest
from django.urls import reverse

from engine.commands import call
from engine.models import Activity, CommandCall, Conversation, Delivery
from engine.pipeline.kind import KIND
from engine.sockets.feed import FeedQuery, open_feed
from portal.actions.commands import do_create_command
from portal.actions.integrations import do_delete_integration
from portal.identity.tokens import client_caller, read
from portal.models import AuditEntry, DynamicCommand, Integration
from tests.background import asking, do_call, do_deliver, do_run
from tests.cast import TenantFixture
from tests.engine.observer import lane_of
from tests.engine.test_followups import worked
from tests.engine.test_handover import post, words
from tests.openapi.contract import judge

WAYS = ["api", "admin"]
GONE = {"integrationType": "Bot", "authorType": "bot"}  # what is left of a sender


@pytest.fixture
def talk(observed) -> Conversation:
    """A customer and a bot have spoken; the observer's deliveries wait."""
    observed.bot = observed.add("Direct", "Bot", integrationType="Bot", echo=True)
    conversation = observed.establish()
    for sender, text in ((None, "Where is it?"), (observed.bot, "On its way.")):
        assert post(observed, conversation, sender, message=words(text)).status_code == 200
        do_run(conversation.pk)
    return conversation


def delete(party: TenantFixture, row: Integration, way: str) -> None:
    if way == "api":
        assert party.api("portal").delete(f"/api/v1/integrations/{row.pk}").status_code == 200
    else:
        url = reverse("admin:portal_integration_delete", args=[row.pk])
        assert party.browser("manager").post(url, {"post": "yes"}).status_code == 302
    assert not Integration.objects.filter(pk=row.pk).exists()


def texts(conversation: Conversation) -> list[str]:
    rows = Activity.objects.filter(conversation=conversation).order_by("event_id")
    return [row.content["text"] for row in rows]


@pytest.mark.parametrize("way", WAYS)
def test_what_was_said_to_a_bot_and_by_it_stays(observed, talk, way):
    delete(observed, observed.bot, way)
    assert texts(talk) == ["Where is it?", "On its way."]
    assert Activity.objects.exclude(trace=[]).count() == 2
    assert not Delivery.objects.filter(destination=observed.bot.pk).exists()
    entry = AuditEntry.objects.filter(action="integration.deleted").get()
    assert (entry.object_name, entry.before.get("wentWithIt")) == ("Bot", None)


@pytest.mark.parametrize("way", WAYS)
def test_what_is_on_its_way_to_others_arrives(observed, talk, fake_http, way):
    delete(observed, observed.bot, way)
    assert do_deliver(lane_of(observed).pk) == 2
    asked, answered = (json.loads(request.body)["activities"][0] for request in fake_http.sent)
    assert (asked["message"]["text"], asked["recipient"]) == ("Where is it?", {"integrationType": "Bot"})
    assert (answered["message"]["text"], answered["sender"]) == ("On its way.", GONE)
    assert answered["eventTrigger"] == "message:bot"


def test_the_api_shows_its_type_without_an_id(observed, talk):
    do_delete_integration(observed.bot)
    path = f"/api/v1/interactions/activities/{talk.pk}"
    answer = observed.api("engine").get(f"{path}?type=Bot")
    assert judge().answer_faults("GET", path, answer) == []
    asked, answered = answer.json()
    assert (asked["recipient"], answered["sender"]) == ({"integrationType": "Bot"}, GONE)
    assert asked["sender"]["integrationId"] == answered["recipient"]["integrationId"] == str(observed.customer.pk)


def test_a_socket_that_comes_back_reads_what_was_said(observed, talk):
    do_delete_integration(observed.bot)
    caller = client_caller(read(observed.token("engine")), "hubster-engine-api")
    feed = open_feed(caller, FeedQuery(observed.customer.pk, talk.pk, 0), 0)
    (news,), _ = feed.read(set(), feed.begin(set()))
    said = json.loads(news.text)
    assert (said["message"]["text"], said["sender"]) == ("On its way.", GONE)


def test_the_desk_and_the_admin_show_the_thread(observed, talk):
    do_delete_integration(observed.bot)
    browser = observed.browser("manager")
    thread = browser.get(f"/admin/desk/conversations/{talk.pk}").json()["activities"]
    assert [(row["from"], row["integration"]) for row in thread] == [("Customer", "Customers"), ("Bot", "")]
    assert "On its way." in browser.get(reverse("admin:engine_conversation_change", args=[talk.pk])).content.decode()
    for row in Activity.objects.all():
        assert browser.get(reverse("admin:engine_activity_change", args=[row.pk])).status_code == 200
    assert browser.get(reverse("admin:engine_activity_changelist")).status_code == 200


def test_what_waits_for_the_pipeline_goes_to_who_is_left(observed, talk):
    """The customer wrote to the bot, and the bot answered, right before it was deleted."""
    _, asked = post(observed, talk, message=words("Hello?")), post(observed, talk, observed.bot, message=words("Yes!"))
    do_delete_integration(observed.bot)
    do_run(talk.pk)
    rows = Activity.objects.filter(conversation=talk).order_by("-event_id")[:2]
    said, heard = rows
    assert str(said.pk) == asked.json()["interactionId"]
    assert set(said.deliveries.values_list("destination__name", flat=True)) == {"Customers", "Observer"}
    assert set(heard.deliveries.values_list("destination__name", flat=True)) == {"Agents", "Observer"}


def test_what_only_its_typist_was_to_see_is_not_told_to_others(observed, talk):
    other = observed.add("Direct", "Other agents", integrationType="Agent")
    assert post(observed, talk, other, message=words("::help")).status_code == 200
    KIND.commit(worked(talk))
    assert Activity.objects.get(sender_type="Hubster").state == "accepted", "the answer is still on its way"
    do_delete_integration(other)
    do_run(talk.pk)
    told = Activity.objects.get(sender_type="Hubster")
    assert (told.state, told.recipient_type, told.deliveries.count()) == ("processed", "Agent", 0)


@pytest.mark.parametrize("when", ["before", "during"])
def test_a_command_of_a_deleted_agent_is_asked_no_more(observed, talk, monkeypatch, when):
    values = {"name": "weather", "url": "https://shop.example.com/w", "category": "", "description": "Forecast"}
    do_create_command(DynamicCommand, observed.hub, values)
    other = observed.add("Direct", "Other agents", integrationType="Agent")
    assert post(observed, talk, other, message=words("::weather")).status_code == 200
    do_run(talk.pk)
    asked = []

    def ask(request, policy):
        asked.append(request)
        do_delete_integration(other)
        return call.Answer(
            200, {}, b'{"responses": [{"to":"customer","message":{"type":"text","text":"Sunny"}}]}', False, 1, ""
        )

    monkeypatch.setattr(call, "asend", asking(ask))
    if when == "before":
        do_delete_integration(other)
    do_call(CommandCall.objects.get().pk)
    assert (len(asked), CommandCall.objects.count()) == (int(when == "during"), 0)
    assert texts(talk)[-1] == "::weather"


def test_the_admin_says_what_goes_and_what_stays(observed, talk):
    browser = observed.browser("manager")

    def page(row: Integration) -> str:
        return browser.get(reverse("admin:portal_integration_delete", args=[row.pk])).content.decode()

    assert "Conversations and their messages stay" in page(observed.bot)
    assert "Conversations with all" not in page(observed.bot)
    assert "Messages waiting to be delivered to it: 2" in page(observed.observer)
    assert "All its conversations and their messages are deleted" in page(observed.customer)
    assert "Conversations with all their messages: 1" in page(observed.customer)


def test_a_deleted_end_of_customers_goes_with_its_conversations(observed, talk):
    do_delete_integration(observed.customer)
    assert not Conversation.objects.exists()
    assert not Activity.objects.exists()
    assert AuditEntry.objects.get(action="integration.deleted").before["wentWithIt"] == {
        "conversations": 1,
        "messages": 2,
    }
