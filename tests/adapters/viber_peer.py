"""Viber as the adapter meets it: its documented limits as a judge of messages, and its events."""

import hmac
import json
from typing import Any
from urllib.parse import urlsplit

from engine.adapters._inbound import Incoming

TOKEN = "4f5a1c0e9b7d-token"
CONFIG = {"authToken": TOKEN, "botName": "Tea", "uri": "teashop"}
HOOK = "https://chat.example/inbound/customer/v1/viber/int-1"
INFO, HOOKS, SEND = "/pa/get_account_info", "/pa/set_webhook", "/pa/send_message"
BOT = {"status": 0, "status_message": "ok", "id": "pa:7", "name": "Tea", "uri": "teashop"}
ANN = {"id": "01234567890A=", "name": "Ann", "avatar": "https://v.example/ann.jpg", "language": "en", "country": "UK"}
NEEDED = {
    "text": {"text"}, "picture": {"text", "media"}, "video": {"media", "size"},
    "file": {"media", "size", "file_name"}, "contact": {"contact"}, "location": {"location"},
    "rich_media": {"rich_media", "alt_text"},
}  # fmt: skip


def signature(body: bytes, token: str = TOKEN) -> str:
    return hmac.new(token.encode(), body, "sha256").hexdigest()


def incoming(body: bytes, token: str = TOKEN) -> Incoming:
    return Incoming("POST", HOOK, {"x-viber-content-signature": signature(body, token)}, {}, body)


def event(kind: str, **more: Any) -> dict[str, Any]:
    given = {"timestamp": 1_457_764_197_627, "message_token": 4_912_661_846_655_238_145}
    return {"event": kind, **given, **more}


def message(kind: str, **more: Any) -> dict[str, Any]:
    return event("message", sender=ANN, message={"type": kind, **more}, silent=False)


def check(body: bytes) -> dict[str, Any]:
    """The message in a request; raises where Viber would refuse it."""
    assert len(body) <= 30_000
    found: dict[str, Any] = json.loads(body)
    assert found["receiver"]
    assert 1 <= len(found["sender"]["name"]) <= 28
    kind = found["type"]
    assert NEEDED[kind] <= set(found)
    for url in filter(None, [found.get("media")]):
        assert urlsplit(url).scheme in ("http", "https")
    _CHECKS.get(kind, lambda _found: None)(found)
    if keys := found.get("keyboard"):
        assert keys["Type"] == "keyboard"
        assert sum(button["Columns"] * button["Rows"] for button in keys["Buttons"]) <= 6 * 12
        for button in keys["Buttons"]:
            _button(button, 2)
    return found


def _text(found: dict[str, Any]) -> None:
    assert 0 < len(found["text"]) <= 7_000
    assert found["text"].strip()


def _picture(found: dict[str, Any]) -> None:
    assert len(found["text"]) <= 512


def _file(found: dict[str, Any]) -> None:
    assert 0 < found["size"] <= 50 * 1_048_576
    assert len(found["file_name"]) <= 256


def _contact(found: dict[str, Any]) -> None:
    assert len(found["contact"]["name"]) <= 28
    assert len(found["contact"]["phone_number"]) <= 18


def _rich_media(found: dict[str, Any]) -> None:
    media = found["rich_media"]
    assert found["min_api_version"] >= 2
    assert 1 <= media["ButtonsGroupColumns"] <= 6
    assert 1 <= media["ButtonsGroupRows"] <= 7
    filled = 0
    for button in media["Buttons"]:
        _button(button, 7)
        assert filled // 42 == (filled + button["Columns"] * button["Rows"] - 1) // 42  # in one pane
        filled += button["Columns"] * button["Rows"]
    assert filled % 42 == 0
    assert 1 <= filled // 42 <= 6
    assert found["alt_text"]


def _button(button: dict[str, Any], rows: int) -> None:
    assert 1 <= button["Columns"] <= 6
    assert 1 <= button["Rows"] <= rows
    assert button["ActionType"] in ("reply", "open-url", "none")
    assert button["ActionBody"].strip()
    assert len(button.get("Text", "")) <= 250


_CHECKS = {"text": _text, "picture": _picture, "file": _file, "contact": _contact, "rich_media": _rich_media}
