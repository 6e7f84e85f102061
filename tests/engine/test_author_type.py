"""Who wrote an activity, as everybody is told: by the sender's type, or as the sender said."""

import json

import pytest

from engine import serialize
from engine.actions.handover import HANDOVER
from engine.actions.moves import do_hand_over
from engine.activity import AUTHOR_TYPES
from engine.models import Activity, Conversation, Delivery
from engine.sockets.feed import FeedQuery, open_feed
from portal.identity.tokens import client_caller, read
from tests.background import do_run
from tests.openapi.contract import judge
from tests.two_tenants import codes_of, snapshot

TEXT = {"type": "text", "text": "Hi there!"}


class Talk:
    """A conversation with a bot and an agent, in which they speak."""

    def __init__(self, party) -> None:
        self.party, self.api = party, party.api("engine")
        self.bot = party.add("Direct", "Robot", integrationType="Bot", start=[TEXT])
        self.row = party.establish()
        do_run(self.row.pk)

    def post(self, sender=None, path="business", **more):
        body = {"message": TEXT, "sender": {**({"integrationId": str(sender.pk)} if sender else {}), **more}}
        answer = self.api.post(f"/inbound/{path}/v1/direct/activity/{self.row.pk}", body, format="json")
        do_run(self.row.pk)
        return answer

    def kinds(self, side="Customer"):
        rows = self.api.get(f"/api/v1/interactions/activities/{self.row.pk}?type={side}")
        assert judge().answer_faults("GET", rows.request["PATH_INFO"], rows) == []
        return [row["sender"]["authorType"] for row in rows.json()]


@pytest.fixture
def talk(acme):
    return Talk(acme)


def test_customers_and_agents_are_people_and_bots_are_bots(talk):
    talk.post(path="customer")
    talk.post(talk.bot)
    talk.post(talk.party.agent)
    assert talk.kinds() == ["human", "bot", "human"]


@pytest.mark.parametrize("said", [*AUTHOR_TYPES, "Human", "RULE"])
def test_a_sender_may_say_who_wrote_it(talk, said):
    assert talk.post(talk.bot, authorType=said).status_code == 200
    assert talk.kinds() == [said.lower()]


def test_the_other_path_and_another_case_of_the_name_do_it_too(talk):
    assert talk.post(talk.party.agent, "customer", AuthorType="plugin").status_code == 200
    assert talk.kinds() == ["plugin"]


@pytest.mark.parametrize("said", ["robot", "", 1, ["human"], {"is": "human"}, True])
def test_anything_else_is_refused_by_name_and_changes_nothing(talk, said):
    before = snapshot()
    answer = talk.post(talk.bot, authorType=said)
    if said == "":  # not given
        assert answer.status_code == 200
        return
    assert codes_of(answer) == ["ENG000206"]
    text = answer.json()["errors"][0]["description"]
    assert "'sender.authorType' must be one of human, bot, rule, plugin, platform" in text
    assert snapshot() == before


def test_it_is_told_beside_all_other_faults(talk):
    body = {"sender": {"integrationId": "x", "authorType": "robot"}}
    answer = talk.api.post(f"/inbound/business/v1/direct/activity/{talk.row.pk}", body, format="json")
    assert codes_of(answer) == ["ENG005020", "ENG000206", "ENG005003"]


def test_a_customer_is_a_person_whatever_is_said(talk):
    assert talk.post(path="customer", authorType="platform").status_code == 200
    assert talk.kinds() == ["human"]
    assert Activity.objects.get(conversation=talk.row, type="message").author_type is None


def test_a_handover_by_rule_is_a_rules_and_one_by_an_answer_the_platforms(talk):
    Conversation.objects.filter(pk=talk.row.pk).update(side="Bot")
    assert do_hand_over(talk.row.pk, HANDOVER, "silence")
    do_run(talk.row.pk)
    assert talk.kinds("Agent") == ["rule"]
    Conversation.objects.filter(pk=talk.row.pk).update(side="Bot")
    talk.post(talk.party.agent)
    assert talk.kinds("Agent") == ["rule", "human", "platform"]


def test_a_greeting_is_the_platforms(acme):
    end = acme.add("Direct", "Greeter", integrationType="Customer", start=[TEXT])
    row = acme.establish("somebody", end)
    do_run(row.pk)
    answer = acme.api("engine").get(f"/api/v1/interactions/activities/{row.pk}?type=Customer")
    assert [one["sender"]["authorType"] for one in answer.json()] == ["platform"]


def test_what_a_command_says_is_its_authors(talk):
    body = {"message": {"type": "text", "text": "::handover"},
            "sender": {"integrationId": str(talk.bot.pk), "authorType": "human"}}  # fmt: skip
    Conversation.objects.filter(pk=talk.row.pk).update(side="Bot")
    path = f"/inbound/business/v1/direct/activity/{talk.row.pk}"
    assert talk.api.post(path, body, format="json").status_code == 200
    do_run(talk.row.pk)
    said = Activity.objects.filter(conversation=talk.row, type="event").first()
    assert serialize.author_type(said) == "human"


def test_webhooks_sockets_and_the_desk_say_the_same(observed, client):
    row = observed.establish()
    body = {"message": TEXT, "sender": {"integrationId": str(observed.agent.pk), "authorType": "bot"}}
    path = f"/inbound/business/v1/direct/activity/{row.pk}"
    assert observed.api("engine").post(path, body, format="json").status_code == 200
    do_run(row.pk)
    for end in (observed.observer, observed.customer):
        delivery = Delivery.objects.get(destination=end, conversation=row, activity__type="message")
        assert serialize.delivery_json(delivery)["sender"]["authorType"] == "bot"
    caller = client_caller(read(observed.token("engine")), "hubster-engine-api")
    feed = open_feed(caller, FeedQuery(observed.customer.pk, row.pk, 0), 0)
    (news,), _ = feed.read(set(), feed.begin(set()))
    assert json.loads(news.text)["sender"]["authorType"] == "bot"
    assert "authorType" not in json.loads(news.text)["recipient"]
    client.force_login(observed.people["agent"])
    entries = client.get(f"/admin/desk/conversations/{row.pk}").json()["activities"]
    assert [entry["authorType"] for entry in entries if entry["kind"] == "message"] == ["bot"]
