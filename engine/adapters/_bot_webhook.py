"""Bots of the business's own: the signed POST of Direct. They answer in the body, or later by a call of the API."""

import json
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from engine.adapters import _errors, _webhook
from engine.adapters._base import Envelope
from engine.adapters._bots import BotAnswer, Dialect, Saying, activity_of, body_of, listed, text, unreadable
from engine.adapters._outcomes import SendError
from hubster.lib.http import Answer, Outgoing
from hubster.lib.parsing import UnreadableBody, parse_strictly
from hubster.lib.payloads import get_blind

_STREAM = "text/event-stream"


class WebhookDialect(Dialect):
    """`{"activities": [{"message": …}, {"event": …}]}`, as JSON or as a stream of events."""

    name = "webhook"
    title = gettext_noop("Webhook: a bot of your own")
    needs = ("webhookUrl",)
    takes = ("echo", "dropSuperseded")
    shows_typing = False

    def ask(self, config: dict[str, Any], envelope: Envelope) -> Outgoing:
        """One activity, signed."""
        content = _webhook.body(envelope, "activity", envelope.activity)
        return _webhook.signed(config["webhookUrl"], envelope, content)

    def refusal(self, answer: Answer) -> SendError:
        """Every such answer is tried again, as documented."""
        return _errors.refused(answer)

    def read(self, config: dict[str, Any], answer: Answer) -> BotAnswer:
        """Any body that is no JSON object says no more than that the message arrived."""
        if _STREAM in answer.headers.get("content-type", "").lower():
            return BotAnswer(tuple(_streamed(answer)))
        if not answer.body.lstrip().startswith(b"{"):
            return BotAnswer()
        found = get_blind(body_of(answer), "activities")
        return BotAnswer() if found is None else BotAnswer(listed(found, "activities", _each))


def _each(node: Any, root: str) -> list[Saying]:
    return [activity_of(node, root)]


def _streamed(answer: Answer) -> Iterator[Saying]:
    """Whole activities as they are, and the pieces of a text as one text, each where it ended."""
    words = ""
    for name, data in events_of(answer):
        if name == "delta":
            words += _delta(data)
            continue
        if words.strip() and name in ("activity", "done"):
            yield text(words)
            words = ""
        if name == "activity":
            yield activity_of(_parsed(data), "activity")
    if words.strip():
        raise unreadable(_("The stream ended without 'done'."))


def _delta(data: str) -> str:
    """The piece of a text: bare, as a JSON text, or as `{"text": …}`."""
    try:
        found = json.loads(data)
    except ValueError:
        return data
    piece = get_blind(found, "text") if isinstance(found, dict) else found
    return piece if isinstance(piece, str) else ""


def _parsed(data: str) -> Any:
    try:
        return parse_strictly(data.encode())
    except UnreadableBody as fault:
        raise unreadable(fault) from None


def events_of(answer: Answer) -> Iterator[tuple[str, str]]:
    """(name, data) of each server-sent event of an answer that came as a whole."""
    if answer.truncated:
        body_of(answer)
    for block in answer.body.decode("utf-8", "replace").replace("\r\n", "\n").split("\n\n"):
        name, data = "message", []
        for line in block.split("\n"):
            field, _colon, value = line.partition(":")
            if field == "event":
                name = value.strip()
            elif field == "data":
                data.append(value.removeprefix(" "))
        if data:
            yield name, "\n".join(data)


DIALECT = WebhookDialect()
