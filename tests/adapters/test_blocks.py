"""A message as blocks: in reading order, and nothing is lost."""

from hypothesis import given

from engine.adapters._base import Choice
from engine.adapters._blocks import (
    Action,
    Audio,
    Buttons,
    Card,
    File,
    Page,
    Person,
    Picture,
    Place,
    Text,
    Video,
    as_text,
    blocks_of,
    choices_of,
)
from tests.adapters.messages import MESSAGES, parts_of

LINK = {"type": "link", "title": "Shop", "url": "https://x.io/shop"}
REPLY = {"type": "reply", "title": "Yes", "payload": "y"}
POSTBACK = {"type": "postback", "title": "More", "payload": "m"}
U, J = "https://x.io/u", "https://x.io/i"
PLAIN = [
    ({"type": "youtube", "url": "https://youtu.be/x"}, Page("YouTube", "https://youtu.be/x"), "YouTube: https://youtu.be/x"),
    ({"type": "vimeo", "url": "https://vimeo.com/1"}, Page("Vimeo", "https://vimeo.com/1"), "Vimeo: https://vimeo.com/1"),
    ({"type": "image", "url": U, "title": "t", "alt": "a", "urlAnchor": J}, Picture(U, "t", "a", J), f"t\na\n{U}\n{J}"),
    ({"type": "video", "url": U, "label": "l", "mimeType": "video/mp4"}, Video(U, "l", "video/mp4"), f"l: {U}"),
    ({"type": "audio", "url": "x.io/u"}, Audio(U), U),
    ({"type": "attachment", "url": U, "label": "l", "mimeType": "a/b", "size": 3}, File(U, "l", "a/b", 3), f"l: {U}"),
    (
        {"type": "location", "address": "Köln", "latitude": 1.5, "longitude": -2.0},
        Place("Köln", 1.5, -2.0), "Köln\nhttps://maps.google.com/?q=1.5,-2",
    ),
    (
        {"type": "contact", "title": "Eva", "imageUrl": J,
         "properties": [{"key": "Cell", "value": "1", "type": "Phone;cell"}]},
        Person("Eva", "", J, (("Cell", "1", "Phone;cell"),)), f"Eva\nCell: 1\n{J}",
    ),
]  # fmt: skip


def test_each_plain_type_is_a_block_with_its_text():
    for message, block, text in PLAIN:
        assert blocks_of(message) == [block]
        assert as_text(block) == text


def test_a_text_comes_first_then_its_items_then_its_buttons():
    message = {"type": "text", "text": "Hi", "items": [each for each, _, _ in PLAIN], "actions": [LINK, REPLY]}
    buttons = Buttons((Action("link", "Shop", "https://x.io/shop"), Action("reply", "Yes", "Yes", 0)))
    assert blocks_of(message) == [Text("Hi"), *[block for _, block, _ in PLAIN], buttons]
    assert as_text(buttons) == "Shop: https://x.io/shop\n1. Yes"


def test_choices_are_numbered_through_the_whole_message():
    items = [{"title": "A", "actions": [REPLY, LINK]}, {"title": "B", "actions": [POSTBACK]}]
    first, second, last = blocks_of({"type": "list", "items": items, "actions": [REPLY]})
    assert [action.place for block in (first, second, last) for action in block.choices] == [0, 1, 2]
    assert as_text(second) == "B\n2. More"
    assert choices_of([first, second, last]) == (Choice("Yes", "Yes"), Choice("More", "m"), Choice("Yes", "Yes"))


def test_a_card_has_a_picture_and_what_it_plays():
    shown = {"title": "T", "subtitle": "S", "content": "C", "imageUrl": J, "fallbackImageUrl": "x.io/f", "url": U}
    image = Card("T", "S", "C", picture=U, spares=(J, "https://x.io/f"))
    film = Card("T", "S", "C", picture=J, spares=("https://x.io/f",), url=U, plays="video")
    assert blocks_of({"type": "card", "urlType": "image", **shown}) == [image]
    assert blocks_of({"type": "card", "urlType": "video", **shown}) == [film]
    assert blocks_of({"type": "carousel", "items": [{"type": "video", **shown}]}) == [film]
    assert as_text(film) == f"T\nS\nC\n{J}\n{U}"


def test_hints_are_those_for_the_channel():
    hints = [{"type": "Telegram", "metadata": [{"key": "Type", "value": "danger"}]}, {"type": "Line", "metadata": []}]
    action = {**REPLY, "channels": hints}
    message = {"type": "text", "text": "Hi", "channels": hints, "actions": [action]}
    text, buttons = blocks_of(message, "telegram")
    assert text.hints == {"type": "danger"} == buttons.actions[0].hints
    assert not blocks_of(message)[0].hints


def said(value, key=""):
    """Everything that a message says: all texts in it, apart from the names of types and the payloads of replies."""
    if isinstance(value, dict):
        kept = {name: inner for name, inner in value.items() if (name, value.get("type")) != ("payload", "reply")}
        return [each for name, inner in kept.items() for each in said(inner, name)]
    if isinstance(value, list):
        return [each for inner in value for each in said(inner)]
    return [value] if isinstance(value, str) and key not in ("type", "urlType") else []


@given(MESSAGES)
def test_nothing_that_a_message_says_is_lost(message):
    blocks = blocks_of(message)
    whole = "\n".join(map(str, blocks))
    assert [text for text in said(message) if text.strip() and repr(text)[1:-1] not in whole] == []
    assert [choice.payload for choice in choices_of(blocks)] == [
        action["payload"] if action["type"] == "postback" else action["title"]
        for owner in (*message.get("items", []), message) for action in owner.get("actions", [])
        if action["type"] != "link"
    ]  # fmt: skip


@given(MESSAGES)
def test_each_block_has_a_text_with_all_that_it_says(message):
    for block in blocks_of(message):
        text = as_text(block)
        assert text.strip() or not "".join(parts_of(block)).strip()
        assert not [word for part in parts_of(block) for word in part.split() if word not in text]
