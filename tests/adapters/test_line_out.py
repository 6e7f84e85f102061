"""Line: messages as LINE takes them, judged by its own library and its documented limits; nothing is lost."""

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from engine.adapters._base import Choice
from engine.adapters._blocks import Card, Picture, as_text, blocks_of
from engine.adapters._line_parts import web
from engine.adapters.line import ADAPTER
from tests.adapters.line_judge import check, strings
from tests.adapters.messages import MESSAGES
from tests.adapters.provider_peer import envelope

CONFIG = {"channelSecret": "secret", "channelAccessToken": "token"}
U = "https://x.io/"
DELIVERY = "00000000-0000-0000-0000-00000000000d"


@pytest.fixture(autouse=True)
def api(settings):
    settings.HUBSTER_LINE_API, settings.PUBLIC_URL = "https://api.line.me", "https://chat.example"


def rendered(message: Any) -> tuple[list[dict[str, Any]], Any]:
    found = ADAPTER.render(CONFIG, envelope(message))
    messages = []
    for request in found.requests:
        sent = json.loads(request.body)["messages"]
        check(sent)
        messages += sent
    return messages, found


def shown(message: Any) -> list[dict[str, Any]]:
    return rendered(message)[0]


def reply(title: str, payload: str = "p") -> dict[str, str]:
    return {"type": "reply", "title": title, "payload": payload}


def postback(title: str, payload: str = "p") -> dict[str, str]:
    return {"type": "postback", "title": title, "payload": payload}


LINK = {"type": "link", "title": "Shop", "url": "x.io/shop"}
YES = {"type": "postback", "label": "Yes", "data": "y", "displayText": "Yes"}
SHOP = {"type": "uri", "label": "Shop", "uri": "https://x.io/shop"}
PLAIN = [
    ({"type": "text", "text": "Hi"}, {"type": "text", "text": "Hi"}),
    ({"type": "image", "url": f"{U}a.png"},
     {"type": "image", "originalContentUrl": f"{U}a.png", "previewImageUrl": f"{U}a.png"}),
    ({"type": "image", "url": f"{U}a.gif"}, {"type": "text", "text": f"{U}a.gif"}),
    ({"type": "image", "url": "http://x.io/a.png"}, {"type": "text", "text": "http://x.io/a.png"}),
    ({"type": "video", "url": f"{U}a.mp4"},
     {"type": "video", "originalContentUrl": f"{U}a.mp4",
      "previewImageUrl": "https://chat.example/static/channels/video.png"}),
    ({"type": "video", "url": f"{U}a.mp4", "channels": [{"type": "Line", "metadata": [
        {"key": "previewImageUrl", "value": f"{U}p.jpg"}]}]},
     {"type": "video", "originalContentUrl": f"{U}a.mp4", "previewImageUrl": f"{U}p.jpg"}),
    ({"type": "video", "url": f"{U}a.webm"}, {"type": "text", "text": f"{U}a.webm"}),
    ({"type": "audio", "url": f"{U}a.m4a"}, {"type": "audio", "originalContentUrl": f"{U}a.m4a", "duration": 60_000}),
    ({"type": "audio", "url": f"{U}a.mp3", "channels": [{"type": "Line", "metadata": [
        {"key": "duration", "value": "1500"}]}]},
     {"type": "audio", "originalContentUrl": f"{U}a.mp3", "duration": 1_500}),
    ({"type": "audio", "url": f"{U}a.ogg"}, {"type": "text", "text": f"{U}a.ogg"}),
    ({"type": "attachment", "url": f"{U}a.pdf", "label": "Plan", "mimeType": "application/pdf"},
     {"type": "text", "text": f"Plan: {U}a.pdf"}),
    ({"type": "location", "latitude": 1.5, "longitude": 2, "address": "Main St"},
     {"type": "location", "title": "Main St", "address": "Main St", "latitude": 1.5, "longitude": 2.0}),
    ({"type": "location", "latitude": 1.5, "longitude": 2},
     {"type": "location", "title": "Location", "address": "1.5, 2", "latitude": 1.5, "longitude": 2.0}),
    ({"type": "location", "address": "Main St"},
     {"type": "text", "text": "Main St\nhttps://maps.google.com/?q=Main%20St"}),
    ({"type": "youtube", "url": "https://youtu.be/x"}, {"type": "text", "text": "YouTube: https://youtu.be/x"}),
]  # fmt: skip


@pytest.mark.parametrize(("message", "body"), PLAIN)
def test_plain_messages(message, body):
    assert shown(message) == [body]


def test_replies_stand_below_the_text():
    messages, found = rendered({"type": "text", "text": "Sure?", "actions": [reply("Yes", "y"), reply("No", "n")]})
    assert len(messages) == 1
    assert messages[0]["quickReply"]["items"][0] == {"type": "action", "action": {**YES, "data": "Yes"}}
    assert (found.choices, found.numbered) == ((Choice("Yes", "Yes"), Choice("No", "No")), False)


def test_few_short_buttons_are_a_template():
    assert shown({"type": "text", "text": "Sure?", "actions": [postback("Yes", "y"), LINK]}) == [
        {
            "type": "template",
            "altText": "Sure?",
            "template": {"type": "buttons", "text": "Sure?", "actions": [YES, SHOP]},
        }
    ]


def test_buttons_below_a_long_text_are_a_bubble():
    text, buttons = shown({"type": "text", "text": "a" * 161, "actions": [postback("Yes", "y"), LINK]})
    assert text == {"type": "text", "text": "a" * 161}
    actions = [button["action"] for button in buttons["contents"]["footer"]["contents"]]
    assert actions == [YES, SHOP]


@pytest.mark.parametrize("count", [13, 14, 25])
def test_more_replies_than_line_takes_are_buttons_and_all_arrive(count):
    messages = shown({"type": "text", "text": "Which?", "actions": [reply(f"No {n}", f"p{n}") for n in range(count)]})
    assert ("quickReply" in messages[-1]) == (count == 13)
    said = re.findall(r'"data": "(No \d+)"', json.dumps(messages))
    assert said == [f"No {n}" for n in range(count)]


def test_a_long_payload_is_named_by_its_place_and_a_long_title_stands_above():
    title = "A title that is far too long for any button of LINE"
    text, buttons = shown({"type": "text", "text": "Hi", "actions": [postback("a"), postback(title, "x" * 301)]})
    assert title in text["text"]
    action = buttons["contents"]["footer"]["contents"][1]["action"]
    assert action["data"] == f"hubster:{DELIVERY}:1"
    assert action["displayText"] == title


@pytest.mark.parametrize("most", [20, 40])
def test_a_title_of_exactly_the_limit_is_no_long_one(most):
    for title in ("t" * most, "😀" * (most // 2)):
        action = reply(title) if most == 20 else postback(title)
        messages = shown({"type": "text", "text": "Hi", "actions": [action]})
        assert f'"label": "{title}"' in json.dumps(messages, ensure_ascii=False)
        assert messages[0]["text"] == "Hi"


@pytest.mark.parametrize(("size", "kept"), [(300, True), (301, False)])
def test_a_payload_of_exactly_the_limit_is_sent_as_it_is(size, kept):
    found = shown({"type": "text", "text": "Hi", "actions": [postback("Yes", "p" * size)]})
    assert ("p" * size in json.dumps(found)) == kept


@pytest.mark.parametrize("unit", ["a", "😀"])
@pytest.mark.parametrize("more", [0, 1])
def test_texts_are_cut_as_line_counts(unit, more):
    count = 5000 // (1 if unit == "a" else 2) + more
    assert len(shown({"type": "text", "text": unit * count})) == 1 + more


def test_cards_as_large_as_they_can_be_fit():
    actions = [postback("語" * 40, "語" * 300) for _ in range(50)]
    item = {
        "title": "語" * 300,
        "subtitle": "語" * 400,
        "content": "語" * 2000,
        "imageUrl": f"{U}1.png",
        "actions": actions,
    }
    assert shown({"type": "carousel", "items": [item] * 3})


def test_actions_alone_have_a_text_to_stand_below():
    assert shown({"type": "text", "actions": [reply("Yes"), reply("No")]})[0]["text"] == "Yes\nNo"


def test_cards_stand_side_by_side():
    one = {"title": "One", "subtitle": "1", "content": "Words", "imageUrl": f"{U}1.png"}
    items = [{**one, "actions": [postback("Yes", "y")]}, {"title": "Two", "url": f"{U}2.mp4", "urlType": "video"}]
    (message,) = shown({"type": "carousel", "items": items})
    one, two = message["contents"]["contents"]
    assert one["hero"]["url"] == f"{U}1.png"
    assert [text["text"] for text in one["body"]["contents"]] == ["One", "1", "Words"]
    assert one["footer"]["contents"][0]["action"] == YES
    assert two["footer"]["contents"][0]["action"] == {"type": "uri", "label": "Play", "uri": f"{U}2.mp4"}
    assert message["altText"] == "One 1 Words · Two"


@pytest.mark.parametrize(("count", "messages"), [(12, 1), (13, 2), (25, 3)])
def test_more_cards_than_a_carousel_holds_make_more_carousels(count, messages):
    found = shown({"type": "list", "items": [{"title": str(n)} for n in range(count)]})
    assert len(found) == messages


def test_a_contact_is_a_card_that_calls():
    known = [
        {"key": "Phone", "value": "+49 (30) 1-2", "type": "phone;work"},
        {"key": "Mail", "value": "e@x.io", "type": "email"},
    ]
    contact = {"type": "contact", "title": "Eva", "imageUrl": f"{U}e.jpg", "properties": known}
    (message,) = shown(contact)
    bubble = message["contents"]
    assert bubble["body"]["contents"][1]["text"] == "Phone: +49 (30) 1-2\nMail: e@x.io"
    assert bubble["footer"]["contents"][0]["action"] == {"type": "uri", "label": "Phone", "uri": "tel:+493012"}


def test_letters_beyond_ascii_in_addresses_are_written_as_the_web_writes_them():
    assert web("https://müller.de/ä b?q=ü#x") == "https://xn--mller-kva.de/%C3%A4%20b?q=%C3%BC#x"
    assert web("https://x.io/%C3%A4?a=1&b=%20") == "https://x.io/%C3%A4?a=1&b=%20"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MESSAGES)
def test_whatever_a_message_holds_line_takes_it_and_nothing_is_lost(message):
    messages, found = rendered(message)
    said = [re.sub(r"\s", "", text) for text in strings(messages)]
    everything = "".join(said)
    for block in blocks_of(message):
        for line in _lines(block):
            assert re.sub(r"\s", "", line) in everything or web(line) in said
    for place, choice in enumerate(found.choices):
        payload = choice.payload if choice.payload.strip() else " ".join(choice.label.split())
        assert re.sub(r"\s", "", payload) in said or f"hubster:{DELIVERY}:{place}" in said


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
        lines += [*label.splitlines(), block.url]
    elif not actions:
        lines += [line for line in as_text(block).splitlines() if "maps.google" not in line]
    return [line for line in lines if line]
