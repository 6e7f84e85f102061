"""Rasa over its REST channel: a text goes in, a list of texts, buttons and pictures comes out."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext_noop

from engine.adapters import _blocks
from engine.adapters._base import Envelope
from engine.adapters._bots import (
    HANDOVER,
    BotAnswer,
    Dialect,
    Saying,
    asked_message,
    body_of,
    event,
    listed,
    message,
    text,
)
from hubster.lib.http import Answer, Outgoing


class RasaDialect(Dialect):
    """`POST {url}/webhooks/rest/webhook`. Rasa keeps the conversation, so nobody may ask it twice."""

    name = "rasa"
    title = gettext_noop("Rasa")
    needs = ("url",)
    takes = ("token", "dropSuperseded")
    deadline = 30.0

    def ask(self, config: dict[str, Any], envelope: Envelope) -> Outgoing | None:
        """The words of a message; of others than texts, the nearest text, with the whole in `metadata`."""
        said = asked_message(envelope)
        if said is None:
            return None
        words = "\n".join(filter(None, map(_blocks.as_text, _blocks.blocks_of(said, "Bot"))))
        about = {"hubId": envelope.hub_id, "conversationProperties": envelope.conversation_properties, "message": said}
        asked = {"sender": envelope.conversation_id, "message": words, "metadata": about}
        url = config["url"].rstrip("/") + "/webhooks/rest/webhook"
        headers = {"Content-Type": "application/json"}
        if token := config.get("token"):
            headers["Authorization"] = f"Bearer {token}"
        return Outgoing("POST", url, headers, json.dumps(asked).encode(), repeatable=False)

    def read(self, config: dict[str, Any], answer: Answer) -> BotAnswer:
        """An empty list is no answer: Rasa answers so when something in it failed, too."""
        found = body_of(answer)
        return BotAnswer(() if found is None else listed(found, "responses", _sayings))


def _sayings(entry: Any, root: str) -> Iterator[Saying]:
    given = entry if isinstance(entry, Mapping) else {}
    actions = [_action(button) for button in given.get("buttons") or [] if isinstance(button, Mapping)]
    if given.get("text") or actions:
        yield text(str(given.get("text") or ""), actions)
    if given.get("image"):
        yield message({"type": "image", "url": given["image"]}, f"{root}.image")
    if isinstance(given.get("attachment"), str):
        name = given["attachment"].rstrip("/").rpartition("/")[2] or "file"
        mime_type = "application/octet-stream"
        found = {"type": "attachment", "label": name[:200], "mimeType": mime_type, "url": given["attachment"]}
        yield message(found, f"{root}.attachment")
    custom = given.get("custom")
    if isinstance(custom, Mapping):
        yield _custom(custom, root)


def _action(button: Mapping[str, Any]) -> dict[str, Any]:
    title = str(button.get("title") or button.get("payload") or "…")
    if button.get("type") == "web_url" and button.get("url"):
        return {"type": "link", "title": title, "url": button["url"]}
    return {"type": "postback", "title": title, "payload": str(button.get("payload") or title)}


def _custom(custom: Mapping[str, Any], root: str) -> Saying:
    """A message of ours, a handover, or an event under the name in `type`."""
    if isinstance(custom.get("message"), Mapping):
        return message(custom["message"], f"{root}.custom.message")
    name = str(custom.get("payloadType") or custom.get("type") or "rasa.custom")
    payload = {key: value for key, value in custom.items() if key not in ("payloadType", "type")}
    return event(HANDOVER if name in ("handover", HANDOVER) else name, payload, f"{root}.custom")


DIALECT = RasaDialect()
