"""Kik: messages as Kik takes them, judged by the shapes of its package; nothing is lost."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from engine.adapters._base import Choice
from engine.adapters._blocks import Card, Page, Picture, as_text, blocks_of
from engine.adapters.kik import ADAPTER
from tests.adapters.kik_peer import CHAT, CONFIG, check
from tests.adapters.messages import MESSAGES
from tests.adapters.provider_peer import envelope

U = "https://x.io/"


@pytest.fixture(autouse=True)
def api(settings):
    settings.HUBSTER_KIK_API = "https://api.kik.com"


def rendered(message: Any, **more: Any) -> tuple[list[dict[str, Any]], Any]:
    found = ADAPTER.render(CONFIG, envelope(message, **more))
    return [each for request in found.requests for each in check(request.body)], found


def shown(message: Any) -> list[dict[str, Any]]:
    return [{name: value for name, value in each.items() if name != "to"} for each in rendered(message)[0]]


def postback(title: str, payload: str = "p") -> dict[str, str]:
    return {"type": "postback", "title": title, "payload": payload}


def reply(title: str) -> dict[str, str]:
    return {"type": "reply", "title": title, "payload": "x"}


def link(title: str, url: str) -> dict[str, str]:
    return {"type": "link", "title": title, "url": url}


def test_a_request_names_the_customer():
    (request,) = ADAPTER.render(CONFIG, envelope({"type": "text", "text": "Hi"})).requests
    assert (request.method, request.url) == ("POST", "https://api.kik.com/v1/message")
    assert json.loads(request.body) == {"messages": [{"type": "text", "body": "Hi", "to": "them"}]}
    assert not request.repeatable  # Kik would show it twice


def test_an_answer_to_a_member_goes_to_their_group():
    (message,), _ = rendered({"type": "text", "text": "Hi"}, scope=CHAT)
    assert (message["to"], message["chatId"]) == ("them", CHAT)


PLAIN = [
    ({"type": "image", "url": f"{U}a.png"}, [{"type": "picture", "picUrl": f"{U}a.png"}]),
    ({"type": "image", "url": f"{U}a", "title": "A"},
     [{"type": "text", "body": "A"}, {"type": "picture", "picUrl": f"{U}a"}]),
    ({"type": "image", "url": f"{U}a.png", "urlAnchor": f"{U}shop"},
     [{"type": "link", "url": f"{U}shop", "picUrl": f"{U}a.png"}]),
    ({"type": "image", "url": f"{U}a.svg"}, [{"type": "link", "url": f"{U}a.svg"}]),
    ({"type": "video", "url": f"{U}a.mp4", "label": "Tour"},
     [{"type": "text", "body": "Tour"}, {"type": "video", "videoUrl": f"{U}a.mp4"}]),
    ({"type": "video", "url": f"{U}a.webm"}, [{"type": "link", "url": f"{U}a.webm"}]),
    ({"type": "audio", "url": f"{U}a.mp3", "label": "Song"}, [{"type": "link", "url": f"{U}a.mp3", "title": "Song"}]),
    ({"type": "attachment", "url": f"{U}a.pdf", "label": "Plan", "mimeType": "application/pdf"},
     [{"type": "link", "url": f"{U}a.pdf", "title": "Plan"}]),
    ({"type": "youtube", "url": "https://www.youtube.com/watch?v=abc"},
     [{"type": "link", "url": "https://www.youtube.com/watch?v=abc", "title": "YouTube"}]),
    ({"type": "location", "latitude": 1.5, "longitude": 2, "address": "Main St"},
     [{"type": "link", "url": "https://maps.google.com/?q=1.5,2", "title": "Main St"}]),
    ({"type": "contact", "title": "Eva", "properties": [{"key": "Phone", "value": "+491", "type": "phone;cell"}]},
     [{"type": "text", "body": "Eva\nPhone: +491"}]),
    ({"type": "text", "text": "x" * 2_001}, [{"type": "text", "body": "x" * 2_000}, {"type": "text", "body": "x"}]),
]  # fmt: skip


@pytest.mark.parametrize(("message", "messages"), PLAIN)
def test_plain_messages(message, messages):
    assert shown(message) == messages


def test_choices_are_suggested_and_a_payload_is_not_seen():
    (message,), found = rendered({"type": "text", "text": "Sure?", "actions": [reply("Yes"), postback("No", "n")]})
    assert message["keyboards"] == [{"type": "suggested", "responses": [
        {"type": "text", "body": "Yes"}, {"type": "text", "body": "No", "metadata": {"payload": "n"}}
    ]}]  # fmt: skip
    assert (found.choices, found.numbered) == ((Choice("Yes", "Yes"), Choice("No", "n")), False)


def test_links_are_messages_and_what_no_browser_opens_is_a_text():
    actions = [link("Shop", "x.io/shop"), link("Call", "tel:+491"), reply("Yes")]
    text, shop, call = shown({"type": "text", "text": "Hi", "actions": actions})
    assert (text["body"], shop) == ("Hi", {"type": "link", "url": f"{U}shop", "title": "Shop"})
    assert (call["body"], call["keyboards"][0]["responses"][0]["body"]) == ("Call: tel:+491", "Yes")


@pytest.mark.parametrize(("count", "numbered"), [(20, False), (21, True)])
def test_more_choices_than_kik_suggests_are_a_numbered_text(count, numbered):
    actions = [postback(f"No {n}", f"p{n}") for n in range(count)]
    messages, found = rendered({"type": "text", "text": "Which?", "actions": actions})
    assert found.numbered == numbered == ("keyboards" not in messages[-1])
    assert ("21. No 20" in messages[-1]["body"]) == numbered
    assert any("by number" in note for note in found.degraded) == numbered


def test_cards_follow_each_other_and_their_choices_say_of_which_they_are():
    one = {"title": "Green", "content": "Tea", "imageUrl": f"{U}1.png", "actions": [postback("Buy", "g")]}
    two = {"title": "Black", "url": f"{U}2.mp4", "urlType": "video", "actions": [reply("Buy")]}
    picture, words, title, video = shown({"type": "carousel", "items": [one, two]})
    assert (picture["picUrl"], words["body"]) == (f"{U}1.png", "Green\nTea")
    assert (title["body"], video["videoUrl"]) == ("Black", f"{U}2.mp4")
    assert video["keyboards"][0]["responses"] == [
        {"type": "text", "body": "Green: Buy", "metadata": {"payload": "g"}},
        {"type": "text", "body": "Black: Buy", "metadata": {"payload": "Buy"}},
    ]


def test_five_messages_are_a_request():
    items = [{"title": str(number)} for number in range(11)]
    found = ADAPTER.render(CONFIG, envelope({"type": "list", "items": items}))
    assert [len(check(request.body)) for request in found.requests] == [5, 5, 1]


def test_choices_without_words_have_a_text_to_stand_below():
    (message,) = shown({"type": "list", "items": [{"actions": [reply("Yes")]}]})
    assert message["body"] == "Please choose:"


@pytest.mark.parametrize(("kind", "content"), [
    ("typing_on", {"type": "is-typing", "isTyping": True}), ("typing_off", {"type": "is-typing", "isTyping": False}),
    ("seen", {"type": "read-receipt", "messageIds": ["m1"]}),
])  # fmt: skip
def test_signs(kind, content):
    (request,) = ADAPTER.render(CONFIG, envelope(event={"type": kind}, read_token="m1")).requests
    assert check(request.body) == [{**content, "to": "them"}]


def test_what_was_not_asked_for_is_not_seen_and_other_events_are_not_sent():
    assert not ADAPTER.render(CONFIG, envelope(event={"type": "seen"})).requests
    found = ADAPTER.render(CONFIG, envelope(event={"type": "payload", "payloadType": "hubster.x", "payload": {}}))
    assert (found.requests, len(found.degraded)) == ((), 1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MESSAGES)
def test_whatever_a_message_holds_kik_takes_it_and_nothing_is_lost(message):
    messages, found = rendered(message)
    said = [re.sub(r"\s", "", text) for text in _strings(messages)]
    everything = "".join(said)
    for block in blocks_of(message):
        for line in _lines(block):
            assert re.sub(r"\s", "", line) in everything
    for choice in found.choices:
        payload, label = (re.sub(r"\s", "", text) for text in (choice.payload, choice.label))
        assert found.numbered or (payload in said if payload else label in everything)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings(each)
    elif isinstance(value, str):
        yield value


def _lines(block: Any) -> list[str]:
    """All words and addresses of a block, those of its buttons too; payloads are judged by themselves."""
    actions = getattr(block, "actions", ())
    lines = [
        line for action in actions for line in (action.title.strip(), action.value if action.kind == "link" else "")
    ]
    if isinstance(block, Picture):
        lines += [block.title, block.url, block.link]
    elif isinstance(block, Card):
        lines += [*block.words.splitlines(), block.picture, block.url]
    elif isinstance(block, Page):
        lines += [block.url]
    elif label := getattr(block, "label", ""):
        lines += [*label.split(), block.url]
    elif not actions:
        lines += as_text(block).splitlines()
    return [line for line in lines if line]
