"""A judge of LINE messages: LINE's own models for their forms, and the documented limits, which these do not check."""

import json
from collections.abc import Iterator
from typing import Any

from linebot.v3.messaging.models import Message, PushMessageRequest

LABELS = {"template": 20, "quickReply": 20, "flex": 40}


def units(text: str) -> int:
    """UTF-16 units, as LINE counts."""
    return len(text.encode("utf-16-le")) // 2


def check(messages: list[dict[str, Any]]) -> None:
    """Raises where LINE would refuse one of the messages of a request."""
    PushMessageRequest.from_dict({"to": "U1", "messages": messages})
    for message in messages:
        Message.from_dict(message)
        _KINDS[message["type"]](message)
        if reply := message.get("quickReply"):
            assert 1 <= len(reply["items"]) <= 13
            _check_actions(reply, "quickReply")


def _text(message: dict[str, Any]) -> None:
    assert message["text"].strip()
    assert units(message["text"]) <= 5000


def _media(message: dict[str, Any]) -> None:
    for key in ("originalContentUrl", "previewImageUrl"):
        if key in message:
            _address(message[key], 2000, ("https://",))
    assert message["type"] != "audio" or message["duration"] > 0


def _location(message: dict[str, Any]) -> None:
    for key in ("title", "address"):
        assert message[key].strip()
        assert units(message[key]) <= 100


def _template(message: dict[str, Any]) -> None:
    template = message["template"]
    assert 1 <= units(message["altText"]) <= 400
    assert template["text"].strip()
    assert units(template["text"]) <= 160
    assert 1 <= len(template["actions"]) <= 4
    _check_actions(template, "template")


def _flex(message: dict[str, Any]) -> None:
    assert message["altText"].strip()
    assert units(message["altText"]) <= 400
    container = message["contents"]
    bubbles = container["contents"] if container["type"] == "carousel" else [container]
    assert 1 <= len(bubbles) <= 12
    assert len(json.dumps(container, ensure_ascii=False).encode()) <= 50_000
    for bubble in bubbles:
        assert set(bubble) & {"hero", "body", "footer"}
        assert len(json.dumps(bubble, ensure_ascii=False).encode()) <= 30_000
        for part in ("body", "footer"):
            assert part not in bubble or bubble[part]["contents"]
    for node in _nodes(container):
        if node.get("type") == "text":
            assert node["text"].strip()
        if node.get("type") == "image":
            _address(node["url"], 2000, ("https://",))
    _check_actions(container, "flex")


def _check_actions(owner: dict[str, Any], place: str) -> None:
    for node in _nodes(owner):
        kind = node.get("type")
        if kind in ("postback", "uri"):
            assert node["label"].strip()
            assert units(node["label"]) <= LABELS[place]
        if kind == "postback":
            assert 1 <= units(node["data"]) <= 300
            assert 1 <= units(node["displayText"]) <= 300
        if kind == "uri":
            _address(node["uri"], 1000, ("https://", "http://", "tel:"))


def _address(url: str, most: int, schemes: tuple[str, ...]) -> None:
    assert url.isascii()
    assert " " not in url
    assert len(url) <= most
    assert url.lower().startswith(schemes)


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from _nodes(each)
    elif isinstance(value, list):
        for each in value:
            yield from _nodes(each)


def strings(value: Any) -> list[str]:
    """All texts within a message."""
    return [text for node in _nodes(value) for text in node.values() if isinstance(text, str)]


_KINDS = {
    "text": _text, "image": _media, "video": _media, "audio": _media, "location": _location, "template": _template,
    "flex": _flex,
}  # fmt: skip
