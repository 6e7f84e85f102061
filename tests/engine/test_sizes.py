"""How large one content may be, and how much a reader is given at once: nothing missed, nothing twice."""

import json

import pytest
import time_machine
from rest_framework.test import APIClient

from engine.activity import sizes
from engine.api import interactions
from engine.models import Activity, Conversation, Delivery, PipelineLane
from engine.sockets import feed as module
from engine.sockets.feed import Feed, FeedQuery, open_feed
from engine.sockets.plain import EventsConsumer
from engine.sockets.signalr import END, SignalRConsumer
from hubster.lib import clock
from portal.identity.tokens import client_caller, read
from tests.background import do_run
from tests.engine.test_activities import Talk, statements
from tests.two_tenants import codes_of, snapshot, webchat_token

CUSTOMERS, EVERYBODYS = 65_536, 262_144


def event(characters: int) -> dict:
    """An event whose stored form has so many characters; they are not of one byte each."""
    node = {"type": "payload", "payloadType": "mine", "payload": {"data": ""}}
    node["payload"] = {"data": "é" * (characters - len(json.dumps(node, separators=(",", ":"))))}
    return node


@pytest.fixture
def talk(pair):
    return Talk(pair)


@pytest.mark.parametrize("business", [False, True])
def test_a_content_has_its_limit_and_one_above_it_is_refused_with_what_to_do(talk, business):
    sender, most = (talk.party.agent, EVERYBODYS) if business else (None, CUSTOMERS)
    assert talk.post(sender, event=event(most)).status_code == 200
    before = snapshot()
    answer = talk.post(sender, event=event(most + 1))
    assert (answer.status_code, codes_of(answer)) == (400, ["ENG000207"])
    said = answer.json()["errors"][0]["description"]
    assert "'event'" in said
    assert f"at most {most:,}" in said
    assert "several parts" in said
    assert snapshot() == before


def test_a_visitor_has_the_limit_of_customers(talk):
    visitor = APIClient()
    visitor.credentials(HTTP_AUTHORIZATION=f"WebBearer {webchat_token(talk.party)}")
    body = {"integrationId": str(talk.party.webchat.id), "binding": "guest", "channelType": "WebChat"}
    made = visitor.post("/api/v1/conversations/establish", body, format="json").json()["conversationId"]
    path = f"/inbound/customer/v1/web-chat/{made}"
    assert visitor.post(path, {"event": event(CUSTOMERS)}, format="json").status_code == 200
    assert codes_of(visitor.post(path, {"event": event(CUSTOMERS + 1)}, format="json")) == ["ENG000207"]


@pytest.mark.parametrize("message", [
    {"type": "text", "text": "\U0001f375" * 20_000}, {"type": "text", "text": 'a"\\\n' * 5_000},
    {"type": "text", "items": [{"type": "image", "url": "https://x.io/" + "a" * 500, "alt": "b" * 500}] * 50},
    {"type": "text", "actions": [{"type": "reply", "title": "t" * 200, "payload": "p" * 500}] * 50},
], ids=["emoji", "quotes", "items", "actions"])  # fmt: skip
def test_what_is_documented_fits_for_a_customer(talk, message):
    assert talk.post(message=message).status_code == 200


def test_many_small_values_weigh_more_than_one_text():
    assert sizes.weight({"a": [[]] * 1_000}) > 20 * sizes.weight({"a": "x" * 1_000})


def said(talk, sizes_of: list[int], *conversations) -> list[int]:
    """Event ids of what an agent says by turns in the conversations, each with so many characters."""
    found = []
    for number, length in enumerate(sizes_of):
        talk.row = conversations[number % len(conversations)]
        found.append(talk.say(talk.party.agent, "x" * length).event_id)
    return found


def pages(feed: Feed, *heard: str) -> list[list[int]]:
    """The event ids of a whole round, page by page."""
    found, position = [], feed.begin(set(heard))
    while position:
        shown, position = feed.read(set(heard), position)
        found.append([item.event_id for item in shown])
        assert len(found) < 100
    return found


def opened(talk, leid: int, conversation=None) -> Feed:
    caller = client_caller(read(talk.party.token("engine")), "hubster-engine-api")
    return open_feed(caller, FeedQuery(talk.party.agent.id, conversation and conversation.id, leid), 0)


LENGTHS = [10, 9_000, 10, 5_000, 5_000, 10, 10, 10, 20_000, 10, 10, 10, 10]


@pytest.mark.parametrize("chunk", [1, 3, 64])
@pytest.mark.parametrize("whole", [False, True])
def test_a_page_of_a_feed_ends_when_it_is_full_and_the_next_goes_on_there(talk, monkeypatch, chunk, whole):
    monkeypatch.setattr(module, "ROOM", 8_000)
    monkeypatch.setattr(module, "CHUNK", chunk)
    monkeypatch.setattr(module, "PAGE", 4 * chunk)
    both = talk.row, talk.party.establish()
    wanted = said(talk, LENGTHS, both[0], *(both[1:] if whole else ()))
    feed = opened(talk, wanted[0] - 1, None if whole else both[0])
    found = pages(feed)
    assert sorted(sum(found, [])) == sum(found, []) == wanted
    by_id = dict(zip(wanted, LENGTHS, strict=True))
    for page in found:
        assert sum(by_id[event_id] for event_id in page[:-1]) < 8_000
    assert len(found) >= 4
    assert sum(pages(feed), []) == []
    assert sum(pages(feed, *(str(row.id) for row in both)), []) == []


@pytest.fixture
def time():
    """A clock that stands still until it is moved."""
    with time_machine.travel(clock.now(), tick=False) as found:
        yield found


def test_what_was_late_is_told_in_pages_too_and_once(talk, monkeypatch, time):
    monkeypatch.setattr(module, "ROOM", 8_000)
    monkeypatch.setattr(module, "CHUNK", 3)
    monkeypatch.setattr(module, "PAGE", 9)
    slow, quick = talk.row, talk.party.establish()
    late = [talk.post(talk.party.agent, message={"type": "text", "text": "x" * 5_000}).json()["eventId"]
            for _ in range(5)]  # fmt: skip
    time.shift(1)  # eventIds run ahead of the clock
    [last] = said(talk, [10], quick)
    time.shift(1)
    do_run(slow.id)
    time.shift(1)
    feed = opened(talk, last)
    rows = Delivery.objects.filter(event_id__in=late, destination=talk.party.agent)
    assert set(feed.late) == set(rows.values_list("pk", flat=True))
    rows.filter(event_id=late[3]).delete()  # its conversation's time was over meanwhile
    found = pages(feed)
    assert sum(found, []) == [*late[:3], late[4]]
    assert [len(page) for page in found if page] == [2, 2]
    assert sum(pages(feed), []) == []


def test_a_usual_page_is_one_statement(talk):
    wanted = said(talk, [5] * 50, talk.row)
    feed = opened(talk, wanted[0] - 1, talk.row)
    found: list = []
    asked = statements(lambda: found.extend(pages(feed)))
    assert (len(asked), found) == (1, [wanted])


def test_sockets_hold_json_while_their_client_takes_it(talk):
    [event_id] = said(talk, [5], talk.row)
    shown, position = opened(talk, event_id - 1, talk.row).read(set(), (event_id - 1, None))
    assert position is None
    assert [json.loads(item.text)["eventId"] for item in shown] == [event_id]


@pytest.mark.parametrize("consumer", [EventsConsumer(), SignalRConsumer()])
def test_both_protocols_send_an_activity_in_their_frame(consumer):
    sent = consumer.wrap('{"eventId":1}')
    signalr = {"type": 1, "target": "ReceiveDirectActivities", "arguments": [{"eventId": 1}]}
    wanted = signalr if isinstance(consumer, SignalRConsumer) else {"eventId": 1}
    assert json.loads(sent.rstrip(END)) == wanted
    assert sent.endswith(END) == isinstance(consumer, SignalRConsumer)


@pytest.mark.parametrize("chunk", [1, 3, 64])
def test_a_list_of_activities_ends_when_it_is_full_and_goes_on_by_the_last_event_id(talk, monkeypatch, chunk):
    monkeypatch.setattr(interactions, "ROOM", 8_000)
    monkeypatch.setattr(interactions, "CHUNK", chunk)
    wanted = said(talk, LENGTHS, talk.row)
    found, leid = [], wanted[0] - 1
    while shown := [activity["eventId"] for activity in talk.read(leid=leid)]:
        found.append(shown)
        leid = shown[-1]
    assert sum(found, []) == wanted
    assert len(found) >= 4
    assert wanted[8] in [page[-1] for page in found], "the largest fills its answer"


def test_a_list_of_many_short_activities_ends_as_well(talk):
    conversation = Conversation.objects.get(pk=talk.row.pk)
    start = clock.now_ms()
    rows = [
        Activity(conversation=conversation, event_id=start + number, type="message", sender_type="Customer",
                 content={"type": "text", "text": "x" * 900}, state="processed")
        for number in range(5_000)
    ]  # fmt: skip
    Activity.objects.bulk_create(rows)
    PipelineLane.objects.create(conversation=conversation, tenant=talk.party.tenant, handled=start + 5_000)
    shown = talk.read()
    assert 3_000 < len(shown) < 5_000
    rest = talk.read(leid=shown[-1]["eventId"])
    assert len(shown) + len(rest) == 5_000
