"""A tenant whose hub has a toy channel, and what it takes to speak through it."""

import json
from typing import Any

import pytest
from django.test import Client

from engine import adapters
from engine.delivery import call
from engine.files import media
from engine.inbox import profiles
from engine.models import Lane
from hubster.lib.http import Answer
from portal.actions import providers
from tests.background import do_all, do_deliver
from tests.inbox.toy import TOY

TOKEN = "toy-secret-123456"
HOOK = "/inbound/customer/v1/toy/{}"


class Provider:
    """The provider's side: answers as it was told to, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.answers: list[Any] = []
        self.count = 0
        self.taken: list[tuple[str, str]] = []  # (id, text) of what a customer gets to read

    def __call__(self, request: Any, policy: Any) -> Answer:
        self.asked.append(request)
        found = self.answers.pop(0) if self.answers else {}
        if isinstance(found, Exception):
            raise found
        if isinstance(found, bytes | int):
            body, status = (found, 200) if isinstance(found, bytes) else (b"{}", found)
            return Answer(status, {}, body, False, 3, "127.0.0.1")
        self.count += 1
        if request.url.endswith("/send") and "error" not in found:
            self.taken.append((f"out-{self.count}", json.loads(request.body)["text"]))
        body = json.dumps({"id": f"out-{self.count}", "account": "acc-1", **found}).encode()
        return Answer(200, {}, body, False, 3, "127.0.0.1")

    async def asend(self, request: Any, policy: Any) -> Answer:
        return self(request, policy)

    def texts(self) -> list[str]:
        return [json.loads(request.body)["text"] for request in self.asked if request.url.endswith("/send")]


@pytest.fixture
def provider(monkeypatch, settings):
    settings.HUBSTER_TOY_API = "http://127.0.0.1:8099"
    monkeypatch.setitem(adapters._CHANNELS, "toy", TOY)
    monkeypatch.setitem(adapters._CHANNELS, "990", TOY)
    found = Provider()
    monkeypatch.setattr(providers, "send", found)
    monkeypatch.setattr(call, "asend", found.asend)
    monkeypatch.setattr(media, "asend", found.asend)
    monkeypatch.setattr(profiles, "asend", found.asend)
    return found


class Toy:
    """A connected toy channel."""

    def __init__(self, party: Any, provider: Provider) -> None:
        self.party, self.provider = party, provider
        self.row = party.add("Toy", "Toy", token=TOKEN)
        provider.asked.clear()
        provider.count = 1

    def post(self, *things: dict[str, Any], token: str = TOKEN, body: bytes | None = None) -> Any:
        content = json.dumps({"things": list(things)}).encode() if body is None else body
        address = HOOK.format(self.row.pk)
        return Client().post(address, content, content_type="application/json", headers={"X-Token": token})

    def hear(self, *things: dict[str, Any]) -> None:
        """The provider posts these; they are parsed, and go through the pipeline."""
        assert self.post(*things).status_code == 200
        self.work()

    def work(self) -> None:
        do_all("inbox")
        do_all("pipeline")

    def answer(
        self, conversation: Any, text: str, sender: Any = None, author: str | None = None, **message: Any
    ) -> None:
        """An agent answers; it is sent as far as the provider takes it."""
        speaker = {"integrationId": str((sender or self.party.agent).pk), "authorType": author}
        body = {"sender": speaker,
                "message": {"type": "text", "text": text, **message}}  # fmt: skip
        path = f"/inbound/business/v1/direct/activity/{conversation.pk}"
        assert self.party.api("engine").post(path, body, format="json").status_code == 200
        do_all("pipeline")
        self.send(conversation)

    def send(self, conversation: Any) -> None:
        do_deliver(Lane.objects.get(destination=self.row, conversation=conversation).pk)


@pytest.fixture
def toy(transactional_db, acme, provider, still):
    return Toy(acme, provider)
