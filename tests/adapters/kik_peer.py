"""Kik as the adapter meets it: the shapes of its official package as a judge of messages, and its webhooks."""

import hmac
import json
from typing import Any
from urllib.parse import urlsplit

from engine.adapters._inbound import Incoming

KEY = "22e9a5d4-2b5f-4f0b-8a1c-0d7c1a9f3a11"
CONFIG = {"username": "Tea.Shop", "apiKey": KEY}
HOOK = "https://chat.example/inbound/customer/v1/kik/int-1"
SETUP, SEND = "/v1/config", "/v1/message"
CHAT = "0ee6d46753bfa6ac2f089149959363f3f59ae62b10cba89cc426490ce38ea92d"
WHEN = 1_439_576_628_405
_COMMON = {"type", "to", "chatId", "keyboards"}
_OWN = {
    "text": {"body"}, "picture": {"picUrl"}, "video": {"videoUrl"}, "link": {"url", "title", "text", "picUrl"},
    "is-typing": {"isTyping"}, "read-receipt": {"messageIds"},
}  # fmt: skip
_NEEDED = {
    "text": {"body"}, "picture": {"picUrl"}, "video": {"videoUrl"}, "link": {"url"}, "is-typing": {"isTyping"},
    "read-receipt": {"messageIds"},
}  # fmt: skip


def signature(body: bytes, key: str = KEY) -> str:
    """In capital letters, as Kik writes it."""
    return hmac.new(key.encode(), body, "sha1").hexdigest().upper()


def incoming(body: bytes, key: str = KEY) -> Incoming:
    return Incoming("POST", HOOK, {"x-kik-signature": signature(body, key), "x-kik-username": "tea.shop"}, {}, body)


def message(kind: str, **more: Any) -> dict[str, Any]:
    given = {"id": "0115efde-e54b-43d5-873a-5fef7adc69fd", "chatId": CHAT, "chatType": "direct", "from": "laura"}
    about = {"participants": ["laura"], "timestamp": WHEN, "readReceiptRequested": True, "mention": None}
    return {"type": kind, **given, **about, **more}


def posted(*messages: dict[str, Any]) -> bytes:
    return json.dumps({"messages": messages}).encode()


def check(body: bytes) -> list[dict[str, Any]]:
    """The messages in a request; raises where Kik would refuse them."""
    given = json.loads(body)
    assert set(given) == {"messages"}
    found: list[dict[str, Any]] = given["messages"]
    assert 1 <= len(found) <= 5
    for each in found:
        kind = each["type"]
        assert _NEEDED[kind] | {"type", "to"} <= set(each) <= _OWN[kind] | _COMMON
        assert each["to"]
        assert each.get("body", "x").strip() and len(each.get("body", "")) <= 2_000
        for name in ("url", "picUrl", "videoUrl"):
            assert urlsplit(each.get(name, "https://x.io")).scheme in ("http", "https")
        _check_keyboards(each)
    return found


def _check_keyboards(message: dict[str, Any]) -> None:
    keyboards = message.get("keyboards", [])
    assert len(keyboards) <= 1
    assert not keyboards or message["type"] in ("text", "picture", "video", "link")
    for keyboard in keyboards:
        assert keyboard["type"] == "suggested"
        assert 1 <= len(keyboard["responses"]) <= 20
        for response in keyboard["responses"]:
            assert {"type", "body"} <= set(response) <= {"type", "body", "metadata"}
            assert response["type"] == "text"
            assert response["body"].strip()
