"""Meta as its pages describe it: a recorder of calls with prepared answers, and a judge of what it would refuse."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from engine.adapters._base import Envelope
from hubster.lib.http import Answer, Outgoing

HOUR = 3_600
NOW = 1_796_000_000  # seconds


def answer(body: object = None, status: int = 200, **headers: str) -> Answer:
    """An answer of the Graph API."""
    return Answer(status, headers, json.dumps(body or {}).encode(), False, 3, "127.0.0.1")


def fault(code: int, subcode: int = 0, status: int = 400, message: str = "Nope", **more: Any) -> Answer:
    """An error of the Graph API."""
    error = {"message": message, "type": "OAuthException", "code": code, "error_subcode": subcode, **more}
    return answer({"error": error}, status)


class Graph:
    """Answers `ask` by method and path; what was not prepared is a call that Meta does not know."""

    def __init__(self, **answers: Answer | Exception) -> None:
        self.answers = answers
        self.calls: list[tuple[str, str]] = []
        self.asked: list[Outgoing] = []

    def __call__(self, request: Outgoing) -> Answer:
        address = urlsplit(request.url)
        path = address.path.removeprefix("/v26.0/")
        self.calls.append((request.method, path))
        self.asked.append(request)
        found = self.answers.get(f"{request.method} {path}") or fault(2500, message=f"Unknown path {path}")
        if isinstance(found, Exception):
            raise found
        return found

    def query(self, place: int) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.asked[place].url).query))


def envelope(content: dict[str, Any], kind: str = "message", **more: Any) -> Envelope:
    """A message or an event to the customer PSID-1, an hour after they wrote."""
    given = {"timestamp": NOW, "address": "PSID-1", "last_said": (NOW - HOUR) * 1_000, **more}
    return Envelope("h", "t", "i", "c", {}, {"type": kind, kind: content}, "d", **given)


def bodies(rendered: Any) -> list[dict[str, Any]]:
    """The bodies of all requests."""
    return [json.loads(request.body) for request in rendered.requests]


def judge(body: dict[str, Any], is_instagram: bool = False) -> None:
    """Fails where Meta would refuse the body of a request to the Send API."""
    assert body.keys() <= {"recipient", "messaging_type", "tag", "message", "sender_action"}, body.keys()
    assert body["recipient"]["id"]
    if "sender_action" in body:
        assert body["sender_action"] in ("typing_on", "typing_off", "mark_seen") and len(body) == 2
        return
    assert (body["messaging_type"], body.get("tag")) in (("RESPONSE", None), ("MESSAGE_TAG", "HUMAN_AGENT"))
    message = body["message"]
    assert message.keys() <= {"text", "attachment", "quick_replies"}
    assert ("text" in message) != ("attachment" in message)
    if "text" in message:
        assert message["text"].strip()
        assert len(message["text"].encode()) <= 1000 if is_instagram else len(message["text"]) <= 2000
    else:
        _judge_attachment(message["attachment"], is_instagram)
    if "quick_replies" in message:
        assert "text" in message or not is_instagram
        assert 1 <= len(message["quick_replies"]) <= 13
        for reply in message["quick_replies"]:
            assert reply.keys() == {"content_type", "title", "payload"} and reply["content_type"] == "text"
            _within(reply["title"], 20)
            _within(reply["payload"], 1000)


def _judge_attachment(attachment: dict[str, Any], is_instagram: bool) -> None:
    kind, payload = attachment["type"], attachment["payload"]
    assert kind in ("image", "video", "audio", "template") or (kind == "file" and not is_instagram)
    if kind != "template":
        _judge_url(payload["url"])
    elif payload["template_type"] == "button":
        _within(payload["text"], 640)
        _judge_buttons(payload["buttons"], is_instagram)
    else:
        assert payload["template_type"] == "generic"
        assert 1 <= len(payload["elements"]) <= 10
        for element in payload["elements"]:
            _judge_element(element, is_instagram)


def _judge_element(element: dict[str, Any], is_instagram: bool) -> None:
    assert element.keys() <= {"title", "subtitle", "image_url", "default_action", "buttons"} and len(element) > 1
    _within(element["title"], 80)
    if "subtitle" in element:
        _within(element["subtitle"], 80)
    if "image_url" in element:
        _judge_url(element["image_url"])
    if "default_action" in element:
        assert element["default_action"].keys() == {"type", "url"}
        _judge_url(element["default_action"]["url"])
    if "buttons" in element:
        _judge_buttons(element["buttons"], is_instagram)


def _judge_buttons(buttons: list[dict[str, Any]], is_instagram: bool) -> None:
    assert 1 <= len(buttons) <= 3
    for button in buttons:
        _within(button["title"], 20)
        if button["type"] == "web_url":
            _judge_url(button["url"])
        elif button["type"] == "postback":
            _within(button["payload"], 1000)
        else:
            assert button["type"] == "phone_number" and not is_instagram
            assert re.fullmatch(r"\+[0-9]{6,15}", button["payload"])


def _judge_url(url: str) -> None:
    assert re.match(r"https?://[^\s/]+", url), url


def _within(text: str, most: int) -> None:
    assert text.strip() and len(text) <= most, text


def said_in(value: Any) -> Iterator[str]:
    """Everything in a body that a person can see or press, in its order."""
    if isinstance(value, list):
        for each in value:
            yield from said_in(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if isinstance(each, str) and key in ("text", "title", "subtitle", "url", "image_url", "payload"):
                yield each
            elif not isinstance(each, str):
                yield from said_in(each)
