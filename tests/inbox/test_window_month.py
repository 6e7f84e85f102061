"""A month of customers, agents and bots on channels with windows: no call outside of one reaches a provider.

The door keeps the providers' rules by itself: it knows when each customer wrote last, and reads from the message who
wrote it. What the adapters say of their windows is not asked.
"""

import json
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from engine.adapters._inbound import Person, Said
from engine.delivery import call
from engine.inbox.say import do_say
from engine.models import Activity, Conversation, Delivery
from hubster.lib import clock
from portal.models import Integration
from tests.adapters import telegram_samples
from tests.adapters.provider_peer import answer
from tests.adapters.whatsapp_peer import CONFIG as WHATSAPP
from tests.background import do_all

START, DAYS = datetime(2026, 11, 1, tzinfo=UTC), 30
DAY, WEEK = 86_400, 7 * 86_400
CHANNELS = {
    "Messenger": {"pageAccessToken": "EAAG", "pageId": "10"}, "Instagram": {"accessToken": "EAAG", "accountId": "11"},
    "WhatsApp": WHATSAPP, "Telegram": {"botToken": "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw8"},
}  # fmt: skip
S = Delivery.Status


class Door:
    """All four providers: takes what their rules allow, fails now and then, and notes each breach."""

    def __init__(self, luck: random.Random) -> None:
        self.luck = luck
        self.heard: dict[str, int] = {}  # seconds, by customer
        self.calls: Counter[str] = Counter()
        self.breaches: list[str] = []

    async def asend(self, request: Any, policy: Any) -> Any:
        body = json.loads(request.body)
        *_disclosure, words = _text(body).split("\n")
        author, age = words.partition(":")[0], int(clock.now().timestamp()) - self.heard[_customer(body)]
        self.judge(body, author, age)
        if self.luck.random() < 0.15:
            return answer(status=500)
        return answer(self.taken(body))

    def judge(self, body: dict[str, Any], author: str, age: int) -> None:
        tag = (body.get("messaging_type"), body.get("tag"))
        is_late_person = "messaging_type" in body and author == "human" and DAY <= age < WEEK
        self.calls["late" if is_late_person else author or "sign"] += 1
        if is_late_person:
            allowed = tag == ("MESSAGE_TAG", "HUMAN_AGENT")
        else:
            allowed = age < DAY and tag in (("RESPONSE", None), (None, None))
        if not allowed:
            self.breaches.append(f"{author or 'sign'} to {_customer(body)} after {age} s as {tag}")

    def taken(self, body: dict[str, Any]) -> dict[str, Any]:
        key = f"out-{sum(self.calls.values())}"
        if "messaging_product" in body:
            return {"contacts": [], "messages": [{"id": f"wamid.{key}"}]}
        if "chat_id" in body:
            number = sum(self.calls.values())
            return {"ok": True, "result": telegram_samples.message(message_id=number, text="sent")}
        return {"recipient_id": "1", "message_id": key}


def _customer(body: dict[str, Any]) -> str:
    """The recipient; of a sign on WhatsApp, whoever wrote the message that it is about."""
    if "message_id" in body:
        return str(body["message_id"]).removeprefix("wamid.")
    return str(body.get("to") or body.get("chat_id") or body["recipient"]["id"])


def _text(body: dict[str, Any]) -> str:
    node = body.get("message") or body.get("text") or {}
    return str(node.get("text") or node.get("body") or "") if isinstance(node, dict) else str(node)


class Month:
    """What customers, agents and bots do, drawn from a seed."""

    def __init__(self, party: Any, luck: random.Random, door: Door) -> None:
        self.party, self.luck, self.door, self.count = party, luck, door, 0
        self.rows = [
            Integration.objects.create(hub=party.hub, type="Customer", channel=name, name=name, configuration=given)
            for name, given in CHANNELS.items()
        ]

    def customer_speaks(self) -> None:
        row, self.count = self.luck.choice(self.rows), self.count + 1
        value = f"{1_000 + self.rows.index(row)}55501{self.luck.randrange(2)}"
        scope = "connection" if row.channel == "Telegram" else ""
        said = Said(Person(value, scope), f"in-{self.count}", clock.now_ms(), "message", {"type": "text", "text": "?"},
                    read_token=f"wamid.{value}")  # fmt: skip
        do_say(row, said)
        self.door.heard[value] = int(clock.now().timestamp())

    def business_speaks(self) -> None:
        talks = list(Conversation.objects.filter(integration__in=self.rows).order_by("pk"))
        if not talks:
            return
        author, self.count = self.luck.choice(["human", "human", "bot", "rule"]), self.count + 1
        sender = {"integrationId": str(self.party.agent.pk), "authorType": author}
        if self.luck.random() < 0.2:
            body: dict[str, Any] = {"type": "event", "event": {"type": self.luck.choice(["typing_on", "seen"])}}
        else:
            body = {"message": {"type": "text", "text": f"{author}: {self.count}"}}
        path = f"/inbound/business/v1/direct/activity/{self.luck.choice(talks).pk}"
        found = self.party.api("engine").post(path, {"sender": sender, **body}, format="json")
        assert found.status_code == 200, found.content

    def work(self) -> None:
        do_all("pipeline")
        do_all("delivery")


@pytest.mark.parametrize("seed", [1, 2])
def test_a_month_without_a_call_outside_a_window(transactional_db, acme, monkeypatch, settings, seed):
    luck = random.Random(seed)
    door = Door(luck)
    monkeypatch.setattr(call, "asend", door.asend)
    with time_machine.travel(START, tick=False) as time:
        month = Month(acme, luck, door)
        while clock.now() < START + timedelta(days=DAYS):
            luck.choice([month.customer_speaks, month.business_speaks, month.business_speaks])()
            if luck.random() < 0.8:  # else what was said waits, perhaps until its window is over
                month.work()
            time.shift(timedelta(minutes=luck.choice([1, 7, 45, 90, 180, 480, 720])))
        month.work()
    assert door.breaches == []
    assert min(door.calls[kind] for kind in ("human", "bot", "rule", "late", "sign")) > 0, door.calls
    closed = Delivery.objects.filter(status=S.WINDOW_CLOSED).values_list("activity__author_type", flat=True)
    assert {"human", "bot"} <= set(closed)
    assert Activity.objects.filter(type="message").count() > 50
