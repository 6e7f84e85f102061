"""The Activity protocol: bots of the Microsoft 365 Agents SDK and of the Bot Framework, plugged in as they are.

We are the channel and its connector. A bot answers in the response where it is asked to (`expectReplies`), or by calls
of our `serviceUrl`, which `engine/inbound/bots.py` takes.
"""

import json
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_noop

from engine.adapters import _blocks, _bot_cards
from engine.adapters._base import Envelope
from engine.adapters._bots import BotAnswer, Dialect, body_of, listed
from hubster.lib.http import Answer, Outgoing
from hubster.lib.payloads import get_blind

CHANNEL = "hubster"
_FILE = "application/octet-stream"


class ActivityDialect(Dialect):
    """`POST {url}` with an Activity."""

    name = "activity"
    title = gettext_noop("Activity protocol: Microsoft 365 Agents, Bot Framework")
    needs = ("url",)
    takes = ("secret", "appId", "expectReplies", "dropSuperseded")
    deadline = 15.0

    def ask(self, config: dict[str, Any], envelope: Envelope) -> Outgoing | None:
        """A message, typing, or an event under its own name."""
        own = _activity(envelope.activity)
        if own is None:
            return None
        asked = {**_surroundings(config, envelope), **own}
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if secret := config.get("secret"):
            headers["Authorization"] = f"Bearer {secret}"
        return Outgoing("POST", config["url"], headers, json.dumps(asked, ensure_ascii=False).encode())

    def read(self, config: dict[str, Any], answer: Answer) -> BotAnswer:
        """`{"activities": […]}`; any other body says that the answer comes by call, or not at all."""
        if not answer.body.lstrip().startswith(b"{"):
            return BotAnswer()
        found = get_blind(body_of(answer), "activities")
        if found is None:
            return BotAnswer()
        notes: list[str] = []
        return BotAnswer(
            listed(found, "activities", lambda one, root: _bot_cards.sayings(one, root, notes)), tuple(notes)
        )


def service_url(integration_id: str) -> str:
    """The address at which a bot of the integration calls us."""
    return f"{settings.PUBLIC_URL}/bots/{integration_id}"


def _surroundings(config: dict[str, Any], envelope: Envelope) -> dict[str, Any]:
    """Sender, recipient and conversation, and where the answer goes."""
    at = datetime.fromtimestamp(envelope.timestamp, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    profile = envelope.conversation_properties.get("profile")
    person = profile if isinstance(profile, dict) else {}
    sender = envelope.activity.get("sender") or {}
    named = {"name": str(person["full name"])} if person.get("full name") else {}
    found: dict[str, Any] = {
        "id": envelope.delivery_id,
        "timestamp": at,
        "channelId": CHANNEL,
        "serviceUrl": service_url(envelope.integration_id),
        "from": {"id": str(sender.get("tokenId") or envelope.conversation_id), **named, "role": "user"},
        "recipient": {"id": config.get("appId") or envelope.integration_id, "name": "bot", "role": "bot"},
        "conversation": {"id": envelope.conversation_id},
        "channelData": {"hubId": envelope.hub_id, "conversationProperties": envelope.conversation_properties,
                        "activity": envelope.activity},
    }  # fmt: skip
    if config.get("expectReplies"):
        found["deliveryMode"] = "expectReplies"
    if person.get("language"):
        found["locale"] = str(person["language"])
    return found


def _activity(activity: dict[str, Any]) -> dict[str, Any] | None:
    """The part that is the activity's own; None for what the protocol has no word for."""
    if said := activity.get("message"):
        return None if said["type"] == "command" else _message(said)
    told = activity.get("event") or {}
    if told.get("type") == "typing_on":
        return {"type": "typing"}
    if told.get("type") == "payload":
        return {"type": "event", "name": told["payloadType"], "value": told["payload"]}
    if activity.get("type") == "test":
        return {"type": "event", "name": "hubster.test", "value": activity["test"]}
    return None


def _message(said: dict[str, Any]) -> dict[str, Any]:
    """The words as text; files and pictures as attachments, a place as an entity, too."""
    words, attachments, entities = [], [], []
    for block in _blocks.blocks_of(said, "Bot"):
        if isinstance(block, _blocks.Picture | _blocks.Video | _blocks.Audio | _blocks.File):
            attachments.append(_attachment(block))
        elif isinstance(block, _blocks.Place):
            words.append(_blocks.as_text(block))
            if block.latitude is not None:
                point = {"latitude": block.latitude, "longitude": block.longitude}
                entities.append({"type": "GeoCoordinates", **point, "name": block.address})
        else:
            words.append(_blocks.as_text(block))
    found: dict[str, Any] = {"type": "message", "text": "\n".join(filter(None, words)), "textFormat": "plain"}
    return {
        **found,
        **({"attachments": attachments} if attachments else {}),
        **({"entities": entities} if entities else {}),
    }


def _attachment(block: Any) -> dict[str, Any]:
    kinds = {_blocks.Picture: "image/*", _blocks.Video: "video/*", _blocks.Audio: "audio/*"}
    kind = getattr(block, "mime_type", "") or kinds.get(type(block), _FILE)
    name = getattr(block, "label", "") or getattr(block, "title", "")
    return {"contentType": kind, "contentUrl": block.url, **({"name": name} if name else {})}


DIALECT = ActivityDialect()
