"""Sending and reading activities over the Engine API, and where the pipeline brings them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engine.models import Activity, Conversation, Delivery
from portal.models import Integration
from tests.background import do_run
from tests.two_tenants import codes_of, snapshot

TEXT = {"type": "text", "text": "Hi there!"}
SEEN = {"type": "seen"}


class Talk:
    """The Direct conversation of the first tenant."""

    def __init__(self, pair) -> None:
        self.party, self.api = pair.acme, pair.clients["engine"]
        self.row = Conversation.objects.get(pk=pair.own.conversation_id)

    def post(self, sender=None, path="customer", headers=None, **body):
        if sender:
            body["sender"] = {"integrationId": str(sender.id)}
        url = f"/inbound/{path}/v1/direct/activity/{self.row.id}"
        return self.api.post(url, body, format="json", headers=headers or {})

    def say(self, sender=None, words="Hi there!", **body):
        answer = self.post(sender, message={"type": "text", "text": words}, **body)
        assert answer.status_code == 200, answer.content
        do_run(self.row.id)
        return Activity.objects.get(conversation=self.row, event_id=answer.json()["eventId"])

    def event(self, name, sender):
        node = {"type": "payload", "payloadType": f"hubster.{name}", "payload": {}}
        assert self.post(sender, event=node).status_code == 200
        do_run(self.row.id)

    def read(self, kind="customer", leid=""):
        answer = self.api.get(f"/api/v1/interactions/activities/{self.row.id}?type={kind}&leid={leid}")
        assert answer.status_code == 200
        return answer.json()

    @property
    def side(self):
        return Conversation.objects.get(pk=self.row.pk).side


@pytest.fixture
def talk(pair):
    return Talk(pair)


@pytest.fixture
def bot(talk):
    return talk.party.add("Direct", "Robot", integrationType="Bot")


def receivers(activity) -> set[tuple[str, bool]]:
    """(name of the integration, echo) of every delivery."""
    return {(row.destination.name, row.echo) for row in activity.deliveries.select_related("destination")}


def test_the_documented_answer_to_a_message(talk):
    answer = talk.post(message=TEXT, externalId="some-external-id").json()
    row = Activity.objects.get(conversation=talk.row)
    assert answer == {
        "status": 200, "eventId": row.event_id, "externalId": "some-external-id", "hubId": str(talk.party.hub.id),
        "conversationId": str(talk.row.id), "integrationId": str(talk.party.customer.id), "interactionId": str(row.id),
    }  # fmt: skip
    event = talk.post(event=SEEN, sender=talk.party.agent).json()
    assert set(answer) - set(event) == {"interactionId", "externalId"}
    assert event["integrationId"] == str(talk.party.agent.id)


@pytest.mark.parametrize(("body", "kind"), [
    ({"message": TEXT}, "message"), ({"event": SEEN}, "event"), ({"type": "Message", "message": TEXT}, "message"),
    ({"type": 1, "message": TEXT}, "message"), ({"type": "2", "event": SEEN}, "event"),
    ({"TYPE": "EVENT", "Event": SEEN}, "event"),
    ({"type": None, "message": TEXT, "event": None}, "message"), ({"message": TEXT, "colour": "red"}, "message"),
    ({"message": TEXT, "sender": None, "externalId": None}, "message"), ({"message": TEXT, "sender": {}}, "message"),
])  # fmt: skip
def test_the_type_is_inferred_and_matched_loosely(talk, body, kind):
    assert talk.post(**body).status_code == 200
    assert Activity.objects.get(conversation=talk.row).type == kind


@pytest.mark.parametrize(("body", "code"), [
    ({"message": TEXT, "event": SEEN}, "ENG005004"), ({"type": "message"}, "ENG005003"),
    ({"type": "foo", "message": TEXT, "event": SEEN}, "ENG005002 ENG005004"), ({"type": 3}, "ENG005002 ENG005003"),
    ({"message": {"type": "text"}, "event": {}}, "ENG005004 ENG005023 ENG005001"),
    ({"externalId": "x"}, "ENG005003"), ({}, "ENG005003"), ({"unknown": 1}, "ENG005003"),
    ({"message": None}, "ENG005003"), ({"type": "event", "message": TEXT}, "ENG005001"),
    ({"type": "message", "event": SEEN}, "ENG005001"), ({"type": 3, "message": TEXT}, "ENG005002"),
    ({"type": "action", "message": TEXT}, "ENG005002"),
])  # fmt: skip
def test_both_nodes_or_neither_or_the_wrong_one_are_refused(talk, body, code):
    before = snapshot()
    answer = talk.post(**body)
    assert (answer.status_code, codes_of(answer)) == (400, code.split())
    assert snapshot() == before


def test_the_business_path_needs_an_agent_or_bot_as_sender(talk):
    assert codes_of(talk.post(path="business", message=TEXT)) == ["ENG005001"]
    assert codes_of(talk.post(talk.party.customer, "business", message=TEXT)) == ["ENG000206"]
    assert talk.post(talk.party.agent, "business", message=TEXT).status_code == 200
    assert talk.post(talk.party.agent, "customer", message=TEXT).status_code == 200


def test_an_activity_is_shown_as_documented(talk):
    said = talk.say(externalId="e-1")
    conversation, agent = talk.row, talk.party.agent
    assert talk.read() == [{
        "type": "message", "eventTrigger": "message:customer", "eventId": said.event_id, "externalId": "e-1",
        "isEcho": False, "interactionId": str(said.id), "flowProcess": "Default",
        "sender": {"integrationId": str(talk.party.customer.id), "integrationType": "Customer", "channelType": "Direct",
                   "tokenId": conversation.token_id, "authorType": "human"},
        "recipient": {"integrationId": str(agent.id), "integrationType": "Agent", "channelType": "Direct",
                      "tokenId": f"{conversation.id}.{agent.id}"},
        "message": TEXT,
    }]  # fmt: skip


def test_reading_by_type_gives_what_that_side_sent_or_received(talk, bot):
    Conversation.objects.filter(pk=talk.row.pk).update(side="Bot")
    talk.say(words="to the bot")
    talk.say(bot, "from the bot")
    talk.say(talk.party.agent, "from the agent")
    rows = {kind: [row for row in talk.read(kind) if "message" in row] for kind in ("CUSTOMER", "agent", "4", "3", "2")}
    texts = {kind: [row["message"]["text"] for row in found] for kind, found in rows.items()}
    assert texts["CUSTOMER"] == texts["2"] == ["to the bot", "from the bot", "from the agent"]
    assert texts["agent"] == texts["3"] == ["from the agent"]
    assert texts["4"] == ["to the bot", "from the bot"]


def test_who_answers_is_listed_for_both_business_sides_and_never_for_the_customer(talk, bot):
    talk.party.add("Direct", "Second agents", integrationType="Agent")
    talk.say(words="a person please")
    talk.event("takeover", talk.party.agent)
    talk.event("handback", talk.party.agent)
    talk.say(talk.party.agent, "I answer now.")  # which the platform tells
    talk.event("handover", talk.party.agent)
    talk.post(event={"type": "payload", "payloadType": "my.handback", "payload": {}})
    do_run(talk.row.id)
    told = {kind: [row for row in talk.read(kind) if row["type"] == "event"] for kind in ("agent", "bot", "customer")}
    assert told["agent"] == [*told["bot"], *told["customer"]]
    names = [row["event"]["payloadType"].removeprefix("hubster.") for row in told["bot"]]
    assert names == ["takeover", "handback", "takeover", "handover"]
    assert told["bot"][2]["sender"] == {"integrationType": "Hubster", "authorType": "platform"}
    assert [row["sender"]["integrationType"] for row in told["customer"]] == ["Customer"]
    assert talk.read("bot", told["bot"][0]["eventId"])[0] == told["bot"][1]


def test_paging_by_leid_never_skips_or_repeats(talk, monkeypatch):
    times = iter([5000, 5000, 5000, 4000, 9000, 1, 9001, 9001])
    monkeypatch.setattr("engine.actions.append.clock.now_ms", lambda: next(times))
    sent = [talk.say(words=str(number)).event_id for number in range(8)]
    assert sent == sorted(set(sent))
    rows = talk.read()
    assert [row["eventId"] for row in rows] == sent
    for number, event_id in enumerate(sent):
        assert talk.read(leid=event_id) == rows[number + 1 :]
        assert talk.read(leid=event_id - 1)[0] == rows[number]
    assert talk.read(leid=sent[-1] + 10**6) == []


@pytest.mark.parametrize(("query", "code"), [
    ("", "ENG000200"), ("?type=", "ENG000200"), ("?type=System", "ENG000206"),
    ("?type=1", "ENG000206"), ("?type=5", "ENG000206"),
    ("?type=Agent&leid=-1", "ENG000209"), ("?type=Agent&leid=soon", "ENG000210"), ("?type=Agent&leid=1.5", "ENG000210"),
])  # fmt: skip
def test_faulty_arguments_of_reading_have_their_codes(talk, query, code):
    answer = talk.api.get(f"/api/v1/interactions/activities/{talk.row.id}{query}")
    assert (answer.status_code, codes_of(answer)) == (400, [code])


def test_an_echo_is_made_only_for_a_sender_that_is_configured_so(talk):
    assert receivers(talk.say()) == {("Agents", False)}
    assert receivers(talk.say(talk.party.agent)) == {("Customers", False), ("Agents", True)}


def test_the_bot_starts_when_there_is_one_and_an_answering_agent_takes_over(pair):
    bot = pair.acme.add("Direct", "Robot", integrationType="Bot")
    body = {"integrationId": pair.own.integration_id, "binding": "fresh", "channelType": "Direct"}
    made = pair.clients["engine"].post("/api/v1/conversations/establish", body, format="json").json()
    talk = Talk(pair)
    talk.row = Conversation.objects.get(pk=made["conversationId"])
    assert talk.side == "Bot"
    assert receivers(talk.say()) == {("Robot", False)}
    talk.say(bot)
    assert talk.side == "Bot"
    talk.say(pair.acme.agent)
    assert talk.side == "Agent"
    assert receivers(talk.say()) == {("Agents", False)}
    talk.event("handback", pair.acme.agent)
    assert (talk.side, receivers(talk.say())) == ("Bot", {("Robot", False)})
    talk.event("takeover", pair.acme.agent)
    assert (talk.side, receivers(talk.say())) == ("Agent", {("Agents", False)})


PLATFORMS = [
    "hubster.handover",
    "hubster.transfer",
    "HUBSTER.Takeover",
    "Hubster.anything",
    " hubster.x",
    "hub\u017fter.x",
]


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_customer_cannot_send_the_platforms_events(talk, bot, name):
    Conversation.objects.filter(pk=talk.row.pk).update(side="Bot")
    before = snapshot()
    answer = talk.post(event={"type": "payload", "payloadType": name, "payload": {}})
    assert (answer.status_code, codes_of(answer)) == (400, ["ENG005002"])
    assert "'event.payloadType'" in answer.json()["errors"][0]["description"]
    assert (talk.side, snapshot()) == ("Bot", before)


@pytest.mark.parametrize("name", ["hubster", "hubsters.x", "my.hubster.x", "handover"])
def test_a_customers_own_events_may_be_named_otherwise(talk, name):
    assert talk.post(event={"type": "payload", "payloadType": name, "payload": {}}).status_code == 200


@pytest.mark.parametrize("name", ["hubster.shown", "Hubster.Shown"])
def test_agents_and_bots_may_send_events_under_the_platforms_names(talk, bot, name):
    Conversation.objects.filter(pk=talk.row.pk).update(side="Bot")
    for sender in (bot, talk.party.agent):
        node = {"type": "payload", "payloadType": name, "payload": {}}
        assert talk.post(sender, event=node).status_code == 200


def test_a_side_without_an_active_integration_gives_way_to_the_other(talk, bot):
    Integration.objects.filter(pk=talk.party.agent.pk).update(status=Integration.Status.PAUSED)
    assert talk.side == "Agent"
    assert receivers(talk.say()) == {("Robot", False)}


def test_every_active_integration_of_the_active_side_receives(talk):
    talk.party.add("Direct", "Second agents", integrationType="Agent")
    assert receivers(talk.say()) == {("Agents", False), ("Second agents", False)}


FILTERS = [
    (["message"], 3), (["message:customer"], 1), (["message:agent"], 1), (["message:bot"], 1),
    (["message", "message:customer", "message:agent", "message:bot", "message"], 3),
    (["message:agent", "message:bot"], 2),
]  # fmt: skip


@pytest.mark.parametrize(("events", "count"), FILTERS)
def test_a_system_webhook_gets_each_message_once_whatever_filters_match(talk, bot, events, count):
    end = talk.party.add("System", "Observer", webhookUrl="http://127.0.0.1:8099/x", events=events)
    Conversation.objects.filter(pk=talk.row.pk).update(side="Bot")
    for sender in (None, bot, talk.party.agent):
        talk.say(sender)
        talk.post(sender, event=SEEN)
    do_run(talk.row.id)
    rows = Delivery.objects.filter(destination=end)
    assert rows.count() == rows.values("activity").distinct().count() == count
    assert not rows.filter(echo=True).exists()
    assert set(rows.values_list("activity__type", "status")) == {("message", "pending")}


def test_a_link_alone_becomes_its_message_type_and_in_text_an_item(talk):
    alone = talk.say(words="https://youtu.be/abcdef12345")
    assert alone.content == {"type": "youtube", "url": "https://youtu.be/abcdef12345"}
    among = talk.say(words="look: https://x.io/cat.png!")
    assert among.content["text"] == "look: https://x.io/cat.png!"
    among = talk.say(words="look https://x.io/cat.png ok")
    assert among.content["items"] == [{"type": "image", "url": "https://x.io/cat.png"}]


def statements(act) -> list[str]:
    """What `act` asks of the database, without the frames of transactions."""
    with CaptureQueriesContext(connection) as seen:
        act()
    frames = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
    return [query["sql"] for query in seen if not query["sql"].upper().startswith(frames)]


def test_accepting_a_message_asks_the_database_eight_times_at_most(talk):
    talk.post(message=TEXT)  # the keys that prove tokens are read once in a while
    # the token with client and tenant; the conversation, locked; the ends; three writes, together on PostgreSQL
    wanted = 4 if connection.vendor == "postgresql" else 6
    plain = statements(lambda: talk.post(message=TEXT))
    assert len(plain) == wanted, plain
    # and a look for the key
    keyed = statements(lambda: talk.post(message=TEXT, headers={"Idempotency-Key": "k"}))
    assert len(keyed) == wanted + 1, keyed
    # the sender instead of the ends
    business = statements(lambda: talk.post(talk.party.agent, message=TEXT))
    assert len(business) == wanted, business


def test_the_pipeline_costs_the_same_whatever_came_before(talk):
    def handled() -> int:
        talk.post(message=TEXT)
        return len(statements(lambda: do_run(talk.row.id)))

    first = handled()
    for number in range(60):
        assert talk.post(message={"type": "text", "text": str(number)}).status_code == 200
    do_run(talk.row.id)
    # claim; conversations, ends, activities; the lane locked; activities, deliveries and the lane, together on
    # PostgreSQL; a claim in vain
    wanted = 7 if connection.vendor == "postgresql" else 9
    assert [first, handled()] == [wanted, wanted]


def test_reading_fifty_activities_takes_four_statements(talk):
    for number in range(50):
        talk.post(talk.party.agent if number % 2 else None, message=TEXT)
    do_run(talk.row.id)
    rows: list = []
    # token's secret with client and tenant; conversation with integration, hub and tenant; how far the pipeline is;
    # activities with both integrations
    assert len(statements(lambda: rows.extend(talk.read()))) == 4
    assert len(rows) == 50
