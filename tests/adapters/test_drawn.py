"""Each provider's channel is drawn from the requests that bring a message to it, and nothing of them is left out."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from engine.activity import parse_message
from engine.adapters import Provider, _native_drawn, all_adapters
from engine.adapters._blocks import blocks_of
from engine.adapters._bubbles import Bubble, Button, choices
from tests.adapters.every_provider import CONFIGURATIONS, ENVELOPE
from tests.adapters.messages import MESSAGES, parts_of
from tests.adapters.provider_peer import envelope

PROVIDERS = [one for one in all_adapters() if isinstance(one, Provider) and "Customer" in one.types]
UNSEEN = {
    "vcard", "payload", "data", "id", "altText", "alt_text", "displayText", "callback_data", "To", "From", "to",
    "StatusCallback", "receiver", "sender", "recipient", "chat_id", "previewImageUrl", "cover", "kind",
}  # fmt: skip  # what requests hold for machines, for another button, or for a phone that can't show the message
CHOICES = [
    {"type": "postback", "title": "Green", "payload": "g"},
    {"type": "link", "title": "More", "url": "https://shop.example.com/more"},
]
SLOW = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, phases=[Phase.generate], max_examples=60)
PICTURE = "https://shop.example.com/teapot.jpg"


def requests_of(adapter: Provider, message: dict[str, Any]) -> tuple[Any, ...]:
    """The requests that bring a message to the channel."""
    return adapter.render(CONFIGURATIONS[adapter.name], envelope(parse_message(message), **ENVELOPE)).requests


def squeezed(text: str) -> str:
    """With single blanks: labels are put on one line, and payloads are not."""
    return " ".join(text.split())


def drawn(name: str, message: dict[str, Any]) -> list[Bubble]:
    """The bubbles on a channel."""
    adapter = next(one for one in PROVIDERS if one.name == name)
    return adapter.drawn(requests_of(adapter, message))


def strings(value: Any, key: str = "") -> Iterator[str]:
    """Everything in a body that people may see."""
    if key in UNSEEN:
        return
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from strings(item, name)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from strings(item, key)


def sent(request: Any) -> Any:
    """What a request says."""
    text = request.body.decode()
    return parse_qs(text) if "form" in request.headers.get("Content-Type", "") else json.loads(text)


@pytest.mark.parametrize("adapter", PROVIDERS, ids=lambda one: one.name)
def test_a_provider_has_all_that_previews_need(adapter):
    name = adapter.name
    assert name in CONFIGURATIONS, f"{name} needs a row in tests/adapters/every_provider.py"
    assert type(adapter).drawn is not Provider.drawn, f"{name} needs `drawn`, see docs/adding-a-channel.md"
    assert type(adapter).colour != Provider.colour, f"{name} needs a `colour` for its previews"
    bubbles = adapter.drawn(requests_of(adapter, {"type": "text", "text": "Hello"}))
    assert bubbles == [Bubble("text", "Hello")], f"{name} draws a plain text as {bubbles}"


@pytest.mark.parametrize("adapter", PROVIDERS, ids=lambda one: one.name)
def test_everything_that_a_request_shows_is_drawn(adapter):
    @SLOW
    @given(MESSAGES)
    def check(message):
        requests = requests_of(adapter, message)
        told = squeezed("\n".join(text for request in requests for text in strings(sent(request))))
        seen = squeezed("\n".join(strings([asdict(bubble) for bubble in adapter.drawn(requests)])))
        for block in blocks_of(message, adapter.name):
            lost = [part for part in map(squeezed, parts_of(block)) if part in told and part not in seen]
            assert not lost, f"{lost} of {told} is not in {seen}"

    check()


@SLOW
@given(MESSAGES)
def test_a_channel_of_ours_shows_the_whole_message(message):
    seen = "\n".join(strings([asdict(bubble) for bubble in _native_drawn.drawn(message, "WebChat")]))
    hidden = {str(part) for block in blocks_of(message) for part in (getattr(block, "alt", ""),)}
    for block in blocks_of(message, "WebChat"):
        lost = [part for part in parts_of(block) if part not in seen and part not in hidden]
        assert not lost, f"{lost} is not in {seen}"


@pytest.mark.parametrize(("name", "bubbles"), [
    ("Messenger", [Bubble("text", "Tea?", buttons=(Button("Green"), Button("More", CHOICES[1]["url"])))]),
    ("Telegram", [Bubble("text", "Tea?", buttons=(Button("Green"), Button("More", CHOICES[1]["url"])))]),
    ("Line", [Bubble("text", "Tea?", buttons=(Button("Green"), Button("More", CHOICES[1]["url"])))]),
    ("WhatsApp", [Bubble("text", f"Tea?\n\nMore: {CHOICES[1]['url']}", buttons=(Button("Green"),))]),
    ("TwilioSMS", [Bubble("text", f"Tea?\nMore: {CHOICES[1]['url']}\n1. Green")]),
    ("Kik", [
        Bubble("text", "Tea?"),
        Bubble("card", buttons=(Button("More", CHOICES[1]["url"]),)),
        choices(Button("Green")),
    ]),
    ("Viber", [Bubble("text", "Tea?"), choices(Button("Green"), Button("More", CHOICES[1]["url"]))]),
])  # fmt: skip
def test_buttons_are_drawn_where_the_channel_has_them(name, bubbles):
    assert drawn(name, {"type": "text", "text": "Tea?", "actions": CHOICES}) == bubbles


@pytest.mark.parametrize("name", ["Messenger", "Line", "WhatsApp", "Viber"])
def test_a_carousel_is_drawn_side_by_side(name):
    items = [
        {"urlType": "image", "url": PICTURE, "title": title, "actions": CHOICES[:1]} for title in ("Teapot", "Whisk")
    ]
    [cards] = [bubble for bubble in drawn(name, {"type": "carousel", "items": items}) if bubble.kind == "cards"]
    assert [card.url for card in cards.cards] == [PICTURE, PICTURE]
    assert [card.buttons for card in cards.cards] == [(Button("Green"),)] * 2
    words = [f"{card.title}{card.text}" for card in cards.cards]
    assert words == ["Teapot", "Whisk"]


def test_a_picture_that_leads_somewhere_is_drawn_above_its_link_on_kik():
    page = "https://shop.example.com/tea"
    bubbles = drawn("Kik", {"type": "image", "url": PICTURE, "urlAnchor": page})
    assert bubbles == [Bubble("card", url=PICTURE, buttons=(Button(page, page),))]


def test_a_long_list_opens_behind_a_button_on_whatsapp():
    replies = [{"type": "reply", "title": f"Tea {number}", "payload": f"tea{number}"} for number in range(5)]
    [bubble] = drawn("WhatsApp", {"type": "text", "text": "Which?", "actions": replies})
    assert bubble.menu == "Choose"
    assert [button.label for button in bubble.buttons] == [f"Tea {number}" for number in range(5)]


def test_the_gallery_in_the_docs_says_what_channels_do_today(settings):
    from tests.e2e.message_gallery import DOCS, text

    for name in ("MESSENGER", "TWILIO", "LINE", "TELEGRAM", "KIK", "VIBER"):
        setattr(settings, f"HUBSTER_{name}_API", f"https://{name.lower()}.example")
    settings.PUBLIC_URL = settings.PUBLIC_URL  # set back afterwards
    made = (DOCS / "message-gallery.md").read_text()
    assert made == text(), "make it anew: python -m tests.e2e.message_gallery"
