"""What an entry of the error table is made of, and the stage on which its request is played."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from random import randrange
from typing import Any

import pytest
from django.db import OperationalError

from engine.adapters import SendError
from engine.delivery import call as calling
from engine.models import Activity, Conversation, Lane
from hubster.lib import codes, rate
from hubster.lib.body_limits import Refusal
from hubster.lib.errors import Fault, HubsterError
from hubster.lib.http import Answer
from portal.actions import providers
from portal.models import Integration
from tests.background import asking, do_deliver, do_run
from tests.two_tenants import TwoTenants

_SHAPE = re.compile(r"\S.*\(code: (?P<code>[A-Z]{3}\d{6})\)", re.S)


@dataclass(frozen=True)
class Told:
    """An error as the caller was told it."""

    status: int
    body: dict[str, Any]

    def codes(self) -> list[str]:
        """The code of each fault; raises when a description does not end with it or the number is another."""
        found = []
        for error in self.body["errors"]:
            match = _SHAPE.fullmatch(error["description"])
            assert match, f"a description without its code: {error}"
            assert int(match["code"][3:]) == error["code"], f"number and text differ: {error}"
            found.append(match["code"])
        return found


class Scene:
    """Two neighbours and everything an entry may arrange; all of it is undone after the test."""

    def __init__(self, pair: TwoTenants, settings: Any, patch: pytest.MonkeyPatch) -> None:
        self.pair, self.settings, self.patch = pair, settings, patch
        self.acme = pair.acme

    def fill(self, text: str) -> str:
        """The text with ids where it says `{hub_id}` (the caller's own) or `{other.hub_id}` (the neighbour's)."""
        ids = {None: self.pair.own, "other.": self.pair.other}
        return re.sub(r"\{(other\.)?(\w+)\}", lambda found: str(getattr(ids[found[1]], found[2])), text)

    def call(self, api: str, method: str, path: str, body: Any = None, **extra: Any) -> Told:
        """A request over HTTP with the token of an API (`none`: without one). Text is sent as it stands."""
        raw = "" if body is None else body if isinstance(body, str) else json.dumps(body)
        client = self.pair.clients[api]
        answer = client.generic(method, self.fill(path), self.fill(raw), content_type="application/json", **extra)
        assert answer["Content-Type"] == "application/json", answer.content
        return Told(answer.status_code, answer.json())

    def status(self, integration: Integration, status: int) -> None:
        """Pause or cancel an integration behind the API's back: cancelling is the platform's."""
        Integration.objects.filter(pk=integration.pk).update(status=status)

    def stand_still(self) -> None:
        """The minute in which requests are counted does not end, and nobody else counts in it."""
        minute = 60.0 * (30_000_000 + randrange(10**9))
        self.patch.setattr(rate, "time", lambda: minute)

    def deliver(self, outcome: int | Exception) -> Told:
        """A message on its way to a webhook whose endpoint answers with a status, or which meets an exception.

        Nobody waits for this answer: the sender turns the fault into a line of the ledger. It is caught where it is
        made, and shown as an API would show it.
        """
        met: list[SendError] = []
        made = SendError.__init__

        def noted(error: SendError, *args: Any, **named: Any) -> None:
            made(error, *args, **named)
            met.append(error)

        def fake_http(request: Any, policy: Any) -> Answer:
            if isinstance(outcome, Exception):
                raise outcome
            return Answer(outcome, {}, b"", False, 3, "127.0.0.1")

        self.patch.setattr(SendError, "__init__", noted)
        self.patch.setattr(calling, "asend", asking(fake_http))
        do_deliver(self._lane().pk)
        last = met[-1]  # what is kept is a copy without secrets
        error = HubsterError(Fault(last.code, text=last.text))
        return Told(error.status, error.body())

    def type(self, line: str) -> Told:
        """A command of an agent. It is accepted; what is wrong with it is told to the agent as a message."""
        path = "/inbound/business/v1/direct/activity/{conversation_id}"
        body = {"sender": {"integrationId": self.pair.own.agent_id}, "message": {"type": "text", "text": line}}
        assert self.pair.clients["engine"].post(self.fill(path), body, format="json").status_code == 200
        do_run(self.pair.own.conversation_id)
        errors = Activity.objects.get(content__type="command").content["errors"]
        status = codes.TABLE[f"ENG{errors[0]['code']:06d}"].status
        return Told(status, {"status": status, "errors": errors})

    def _lane(self) -> Lane:
        """The way to a webhook that observes the hub, with a message on it."""
        observer = self.acme.add("System", "Observer", webhookUrl="http://127.0.0.1:8099/hook", events=["message"])
        path = "/inbound/customer/v1/direct/activity/{conversation_id}"
        self.pair.clients["engine"].post(self.fill(path), {"message": TEXT}, format="json")
        do_run(Conversation.objects.get(pk=self.pair.own.conversation_id).pk)
        return Lane.objects.get(destination=observer)


Play = Callable[[Scene], Told]
TEXT = {"type": "text", "text": "Hello"}


@dataclass(frozen=True)
class Cause:
    """A request that is answered with exactly this code.

    `how` completes "for example: …". `status` is given, with the reason, where HTTP itself knows a better status
    than the documents' table has for the code.
    """

    code: str
    how: str
    play: Play
    status: int | None = None
    why: str = ""


@dataclass(frozen=True)
class Never:
    """Why no request can cause the code today.

    `unless` names a function that would assemble the code if the engine called it; a test sees that it does not.
    """

    code: str
    why: str
    unless: str = ""


def call(api: str, method: str, path: str, body: Any = None, **extra: Any) -> Play:
    """A single request."""
    return lambda scene: scene.call(api, method, path, body, **extra)


def after(arrange: Callable[[Scene], object], play: Play) -> Play:
    """The request, once something has been arranged."""

    def played(scene: Scene) -> Told:
        arrange(scene)
        return play(scene)

    return played


def twice(play: Play, then: Play | None = None) -> Play:
    """The same request again, or another one after it."""
    return after(play, then or play)


def connected(play: Play) -> Play:
    """The request, with a provider that agrees to everything and always names the same account."""

    def arrange(scene: Scene) -> None:
        body = json.dumps({"ok": True, "result": {"id": 7, "username": "tea_bot", "is_bot": True, "first_name": "Tea"}})
        scene.patch.setattr(providers, "send", lambda *_: Answer(200, {}, body.encode(), False, 1, "127.0.0.1"))

    return after(arrange, play)


def without_slack_app(play: Play) -> Play:
    """The request, where the operator has prepared no Slack app."""
    return after(lambda scene: setattr(scene.settings, "HUBSTER_SLACK_CLIENT_ID", ""), play)


def throttled(play: Play) -> Play:
    """The request, when the caller has used up its rate."""

    def arrange(scene: Scene) -> None:
        scene.stand_still()
        scene.settings.HUBSTER_RATE_CLIENT = 1

    return after(arrange, twice(play))


def broken(target: str, play: Play, fault: type[Exception] = RuntimeError) -> Play:
    """The request, while the product's own function or class at `target` fails."""

    def fail(*args: Any, **named: Any) -> Any:
        raise fault("internals")

    return after(lambda scene: scene.patch.setattr(target, fail), play)


def too_large(api: str, path: str) -> Play:
    """A body over the limit."""
    return lambda scene: scene.call(api, "POST", path, " " * (scene.settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1))


def too_slow(play: Play) -> Play:
    """The request, when it does not arrive in time: the server then hands it on with this refusal."""
    refusal = Refusal(408, "108", "The request did not arrive within 30 seconds.")
    return after(lambda scene: scene.patch.setattr("hubster.lib.middleware.refusal_of", lambda request: refusal), play)


def database_away(target: str, play: Play) -> Play:
    """The request, while the database does not answer."""
    return broken(target, play, OperationalError)
