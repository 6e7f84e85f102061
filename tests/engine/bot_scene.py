"""A hub with a bot of the Bot channel, and the bot's side of the calls."""

import json
from collections.abc import Callable
from typing import Any

from engine.models import Activity, Attempt, Conversation, Delivery, Lane
from hubster.lib import clock
from hubster.lib.http import Answer
from tests.background import do_all, do_deliver
from tests.cast import TenantFixture
from tests.engine.test_handover import say, words


class Peer:
    """Answers what the test says, in its order; keeps what it was asked. Without an answer left: an empty 200."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.policies: list[Any] = []
        self.answers: list[Any] = []

    def __call__(self, request: Any, policy: Any) -> Answer:
        self.asked.append(request)
        self.policies.append(policy)
        found = self.answers.pop(0) if self.answers else b""
        if isinstance(found, Callable):  # type: ignore[arg-type]
            found = found()
        if isinstance(found, BaseException):
            raise found
        status, found = found if isinstance(found, tuple) else (200, found)
        stream = isinstance(found, str)
        body = found if isinstance(found, bytes) else found.encode() if stream else json.dumps(found).encode()
        kind = "text/event-stream" if stream else "application/json"
        return Answer(status, {"content-type": kind}, body, False, 3, "127.0.0.1")

    def body(self, place: int = -1) -> Any:
        """What was asked, as JSON."""
        return json.loads(self.asked[place].body)


class Scene:
    """A bot in a conversation of a Direct customer."""

    def __init__(self, party: TenantFixture, peer: Peer, **configuration: Any) -> None:
        self.party, self.peer = party, peer
        self.bot = party.add("Bot", "The bot", **configuration)
        self.talk: Conversation = party.establish()

    def hear(self, text: str = "Hello", **message: Any) -> Any:
        """The customer writes; everything that follows from it is done."""
        self.talk, sent = say(self.party, self.talk, message={**words(text), **message})
        do_all("pipeline")
        do_all("delivery")
        return sent

    def write(self, text: str) -> Any:
        """The customer writes; nothing is called yet."""
        self.talk, sent = say(self.party, self.talk, message=words(text))
        return sent

    def said(self) -> list[Any]:
        """What the bot said, in order, without typing: messages as they are, events by (name, payload)."""
        rows = Activity.objects.filter(sender_integration=self.bot, conversation=self.talk).order_by("event_id")
        shown = [row.content for row in rows if row.content["type"] not in ("typing_on", "typing_off")]
        return [(one["payloadType"], one["payload"]) if one["type"] == "payload" else one for one in shown]

    def typing(self) -> list[str]:
        """The bot's typing, in order."""
        rows = Activity.objects.filter(sender_integration=self.bot, content__type__startswith="typing")
        return [row.content["type"] for row in rows.order_by("event_id")]

    def delivery(self) -> Delivery:
        """The newest delivery of a message of the customer to the bot."""
        rows = Delivery.objects.filter(destination=self.bot, activity__sender_type="Customer")
        return rows.filter(activity__type="message").latest("event_id")

    def attempts(self) -> list[Attempt]:
        """All attempts to reach the bot, oldest first."""
        return list(Attempt.objects.filter(delivery__destination=self.bot).order_by("id"))

    def note(self) -> str:
        """What the trace of the customer's newest message tells of the bot."""
        row = Activity.objects.filter(conversation=self.talk, sender_type="Customer", type="message").latest("event_id")
        return " ".join(line["note"] for line in row.trace if line["step"] == "bot")

    def again(self) -> None:
        """Try again what waits for its next attempt."""
        Delivery.objects.filter(destination=self.bot, status="pending").update(next_attempt=clock.now())
        lane = Lane.objects.get(destination=self.bot, conversation=self.talk)
        Lane.objects.filter(pk=lane.pk).update(due=clock.now(), lease_until=None, lease_token=None)
        do_deliver(lane.pk)
