"""A provider as adapters meet it: prepared answers, and a record of what was asked."""

import json
from typing import Any
from urllib.parse import urlsplit

from engine.adapters._base import Envelope
from hubster.lib.http import Answer, Outgoing


def answer(body: object = None, status: int = 200, **headers: str) -> Answer:
    """An answer in JSON; bytes stay as they are."""
    content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    return Answer(status, {name.replace("_", "-"): text for name, text in headers.items()}, content, False, 3, "::1")


class Peer:
    """Answers by method and path, `ask` for connecting and `asend` for sending; what was not prepared is 404."""

    def __init__(self, **answers: Any) -> None:
        self.answers: dict[str, Any] = answers
        self.asked: list[Outgoing] = []

    def __call__(self, request: Outgoing, policy: Any = None) -> Answer:
        self.asked.append(request)
        found = self.answers.get(f"{request.method} {urlsplit(request.url).path}", answer(status=404))
        if isinstance(found, list):
            found = found.pop(0)
        if isinstance(found, Exception):
            raise found
        return found(request) if callable(found) else found

    async def asend(self, request: Outgoing, policy: Any = None) -> Answer:
        """The door of those who do not wait."""
        return self(request)

    def to(self, end: str) -> list[Outgoing]:
        """The requests to addresses that end so."""
        return [request for request in self.asked if urlsplit(request.url).path.endswith(end)]


def envelope(message: dict[str, Any] | None = None, event: dict[str, Any] | None = None, **more: Any) -> Envelope:
    """A message or an event on its way to a customer."""
    activity = {"type": "message", "message": message} if message else {"type": "event", "event": event}
    ids = dict.fromkeys(("hub_id", "tenant_id", "conversation_id"), "00000000-0000-0000-0000-000000000001")
    given = {"integration_id": "int-1", "delivery_id": "00000000-0000-0000-0000-00000000000d", "timestamp": 1}
    return Envelope(**{**ids, **given, "conversation_properties": {}, "activity": activity, "address": "them", **more})
