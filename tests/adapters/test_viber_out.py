"""Viber: messages as Viber takes them, judged by its documented limits; nothing is lost."""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from engine.adapters._base import Choice
from engine.adapters._blocks import Card, Picture, as_text, blocks_of
from engine.adapters.viber import ADAPTER
from tests.adapters.messages import MESSAGES
from tests.adapters.provider_peer import envelope
from tests.adapters.viber_peer import CONFIG, TOKEN, check

U = "https://x.io/"
DELIVERY = "00000000-0000-0000-0000-00000000000d"
COMMON = ("receiver", "sender", "min_api_version")


@pytest.fixture(autouse=True)
def api(settings):
    settings.HUBSTER_VIBER_API = "https://chatapi.viber.com"


def rendered(message: Any, config: Any = CONFIG) -> tuple[list[dict[str, Any]], Any]:
    found = ADAPTER.render(config, envelope(message))
    return [check(request.body) for request in found.requests], found


def shown(message: Any) -> list[dict[str, Any]]:
    found = rendered(message)[0]
    return [{name: value for name, value in each.items() if name not in COMMON} for each in found]


def postback(title: str, payload: str = "p") -> dict[str, str]:
    return {"type": "postback", "title": title, "payload": payload}


def reply(title: str) -> dict[str, str]:
    return {"type": "reply", "title": title, "payload": "x"}


def test_a_request_names_the_customer_and_the_bot():
    (request,) = ADAPTER.render(CONFIG, envelope({"type": "text", "text": "Hi"})).requests
    assert (request.method, request.url) == ("POST", "https://chatapi.viber.com/pa/send_message")
    assert request.headers["X-Viber-Auth-Token"] == TOKEN
    assert json.loads(request.body) == {
        "receiver": "them", "min_api_version": 1, "sender": {"name": "Tea"}, "type": "text", "text": "Hi"
    }  # fmt: skip
    assert not request.repeatable  # Viber would show it twice


@pytest.mark.parametrize(("config", "name"), [
    ({"senderName": "Eva"}, "Eva"), ({"botName": "B" * 40}, "B" * 27 + "…"),
    ({"senderName": "", "botName": None}, "Bot"),
])  # fmt: skip
def test_the_senders_name_is_the_owners_choice_else_the_bots(config, name):
    (found,), _ = rendered({"type": "text", "text": "Hi"}, {"authToken": TOKEN, **config})
    assert found["sender"] == {"name": name}


def hint(key: str, value: str) -> list[dict[str, Any]]:
    return [{"type": "Viber", "metadata": [{"key": key, "value": value}]}]


PDF = {"type": "attachment", "url": f"{U}a.pdf", "label": "Plan", "mimeType": "application/pdf"}
MP4 = {"type": "video", "url": f"{U}a.mp4"}
PLAIN = [
    ({"type": "image", "url": f"{U}a.png", "title": "A"}, {"type": "picture", "text": "A", "media": f"{U}a.png"}),
    ({"type": "image", "url": f"{U}a"}, {"type": "picture", "text": "", "media": f"{U}a"}),
    ({"type": "image", "url": f"{U}a.gif"}, {"type": "text", "text": f"{U}a.gif"}),
    (MP4, {"type": "text", "text": f"{U}a.mp4"}),
    ({**MP4, "channels": hint("size", "1000")}, {"type": "video", "media": f"{U}a.mp4", "size": 1000}),
    ({**MP4, "channels": hint("size", str(27 * 1_048_576))}, {"type": "text", "text": f"{U}a.mp4"}),
    ({"type": "audio", "url": f"{U}a.mp3"}, {"type": "text", "text": f"{U}a.mp3"}),
    ({**PDF, "size": 9}, {"type": "file", "media": f"{U}a.pdf", "size": 9, "file_name": "Plan.pdf"}),
    (PDF, {"type": "text", "text": f"Plan: {U}a.pdf"}),
    ({**PDF, "size": 51 * 1_048_576}, {"type": "text", "text": f"Plan: {U}a.pdf"}),
    ({"type": "location", "latitude": 1.5, "longitude": 2},
     {"type": "location", "location": {"lat": 1.5, "lon": 2.0}}),
    ({"type": "location", "address": "Main St"},
     {"type": "text", "text": "Main St\nhttps://maps.google.com/?q=Main%20St"}),
    ({"type": "contact", "title": "Eva", "properties": [{"key": "Phone", "value": "+491", "type": "phone;cell"}]},
     {"type": "contact", "contact": {"name": "Eva", "phone_number": "+491"}}),
    ({"type": "contact", "title": "Eva"}, {"type": "text", "text": "Eva"}),
]  # fmt: skip


@pytest.mark.parametrize(("message", "body"), PLAIN)
def test_plain_messages(message, body):
    assert shown(message) == [body]


def test_a_long_caption_and_what_a_contact_holds_besides_are_texts():
    text, picture = shown({"type": "image", "url": f"{U}a.png", "title": "t" * 513})
    assert (text["text"], picture["text"]) == ("t" * 513, "")
    known = [{"key": "Phone", "value": "+491", "type": "phone"}, {"key": "Mail", "value": "e@x.io", "type": "email"}]
    text, contact = shown({"type": "contact", "title": "Eva", "properties": known})
    assert text["text"] == "Eva\nPhone: +491\nMail: e@x.io"
    assert contact["contact"] == {"name": "Eva", "phone_number": "+491"}


def test_choices_and_links_are_a_keyboard_and_no_payload_is_seen():
    link = {"type": "link", "title": "Shop", "url": "x.io/shop"}
    (message,), found = rendered(
        {"type": "text", "text": "Sure?", "actions": [reply("Yes"), postback("No", "n"), link]}
    )
    wide = {"Columns": 6, "Rows": 1}
    assert message["keyboard"] == {"Type": "keyboard", "DefaultHeight": False, "Buttons": [
        {**wide, "ActionType": "reply", "ActionBody": "Yes", "Text": "Yes"},
        {**wide, "ActionType": "reply", "ActionBody": "n", "Text": "No", "Silent": True},
        {**wide, "ActionType": "open-url", "ActionBody": "https://x.io/shop", "Text": "Shop"},
    ]}  # fmt: skip
    assert (found.choices, found.numbered) == ((Choice("Yes", "Yes"), Choice("No", "n")), False)


@pytest.mark.parametrize(("count", "columns"), [(12, 6), (13, 3), (24, 3)])
def test_many_buttons_stand_side_by_side(count, columns):
    (message,) = shown({"type": "text", "text": "Which?", "actions": [reply(f"No {n}") for n in range(count)]})
    assert {button["Columns"] for button in message["keyboard"]["Buttons"]} == {columns}


def test_more_buttons_than_a_keyboard_holds_are_a_numbered_text():
    actions = [postback(f"No {n}", f"p{n}") for n in range(25)]
    messages, found = rendered({"type": "text", "text": "Which?", "actions": actions})
    assert found.numbered
    assert found.choices[24] == Choice("No 24", "p24")
    assert "25. No 24" in messages[-1]["text"]
    assert "keyboard" not in messages[-1]
    assert any("by number" in note for note in found.degraded)


@pytest.mark.parametrize(("size", "kept"), [(250, True), (251, False)])
def test_a_payload_that_is_too_long_is_named_by_its_place(size, kept):
    (message,) = shown({"type": "text", "text": "Hi", "actions": [postback("Yes", "p" * size)]})
    said = message["keyboard"]["Buttons"][0]["ActionBody"]
    assert said == ("p" * size if kept else f"hubster:{DELIVERY}:0")


def test_words_on_buttons_are_no_html():
    (message,) = shown({"type": "text", "text": "<b>", "actions": [reply("<b>Tea & cake</b>")]})
    (button,) = message["keyboard"]["Buttons"]
    assert (message["text"], button["ActionBody"]) == ("<b>", "<b>Tea & cake</b>")
    assert button["Text"] == "&lt;b&gt;Tea &amp; cake&lt;/b&gt;"


def test_a_keyboard_that_does_not_fit_below_a_long_text_has_a_text_of_its_own():
    text, buttons = shown({"type": "text", "text": "語" * 7_000, "actions": [reply("語" * 80) for _ in range(24)]})
    assert "keyboard" not in text
    assert buttons["text"] == "Please choose:"
    assert len(buttons["keyboard"]["Buttons"]) == 24


def test_cards_stand_side_by_side_and_fill_their_panes():
    one = {"title": "One", "content": "Words", "imageUrl": f"{U}1.png", "actions": [postback("Yes", "y")]}
    two = {"title": "Two", "url": f"{U}2.mp4", "urlType": "video"}
    (message,) = shown({"type": "carousel", "items": [one, two]})
    assert message["alt_text"] == "One Words · Two"
    picture, words, yes, two, play = message["rich_media"]["Buttons"]
    assert (picture["Image"], picture["Rows"]) == (f"{U}1.png", 3)
    assert (words["Text"], words["Rows"]) == ("One<br>Words", 3)
    assert (yes["ActionBody"], yes["Rows"]) == ("y", 1)
    assert (two["Text"], two["Rows"]) == ("Two", 6)
    assert (play["ActionType"], play["ActionBody"], play["Text"]) == ("open-url", f"{U}2.mp4", "Play")


@pytest.mark.parametrize(("count", "messages"), [(6, 1), (7, 2), (13, 3)])
def test_more_cards_than_a_carousel_holds_make_more_carousels(count, messages):
    assert len(shown({"type": "list", "items": [{"title": str(n)} for n in range(count)]})) == messages


def test_the_largest_cards_fit():
    actions = [postback("語" * 300, "語" * 300) for _ in range(50)]
    item = {"title": "語" * 300, "content": "語" * 8_000, "imageUrl": f"{U}1.png", "actions": actions}
    assert shown({"type": "carousel", "items": [item] * 3})


def test_signs_and_events_are_not_sent():
    for kind in ("typing_on", "typing_off", "seen"):
        assert not ADAPTER.render(CONFIG, envelope(event={"type": kind})).requests
    found = ADAPTER.render(CONFIG, envelope(event={"type": "payload", "payloadType": "hubster.x", "payload": {}}))
    assert (found.requests, len(found.degraded)) == ((), 1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MESSAGES)
def test_whatever_a_message_holds_viber_takes_it_and_nothing_is_lost(message):
    messages, found = rendered(message)
    said = [re.sub(r"\s", "", html.unescape(text.replace("<br>", "\n"))) for text in _strings(messages)]
    everything = "".join(said)
    for block in blocks_of(message):
        for line in _lines(block):
            assert re.sub(r"\s", "", line) in everything
    for place, choice in enumerate(found.choices):
        payload = choice.payload if choice.payload.strip() else " ".join(choice.label.split())
        pressed = re.sub(r"\s", "", html.unescape(payload)) in said or f"hubster:{DELIVERY}:{place}" in said
        assert pressed or found.numbered


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
    elif label := getattr(block, "label", ""):
        lines += [*label.split(), block.url]
    elif not actions:
        lines += [line for line in as_text(block).splitlines() if "maps.google" not in line]
    return [line for line in lines if line]
