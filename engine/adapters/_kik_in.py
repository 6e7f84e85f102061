"""Messages of Kik in the common format. Of groups, each member who writes to the bot is a person within the group.

Source: the models of the package kik 1.5.0, in `kik.messages`.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from engine.adapters._inbound import Media, Person, Said, Thing, Unknown

DIRECT = "direct"  # the type of a chat between the bot and one customer
Message = Mapping[str, Any]
Content = dict[str, Any]
Read = tuple[Content, tuple[Media, ...]]


def things_of(body: bytes) -> list[Thing]:
    """Everything that a request says; raises ValueError or KeyError for what Kik never says."""
    return [thing for message in json.loads(body)["messages"] for thing in _things(message)]


def _things(message: Message) -> list[Thing]:
    kind = str(message["type"])
    if kind in _QUIET:
        return []
    if kind in _EVENTS:
        name, payload = _EVENTS[kind](message)
        content = {"type": "payload", "payloadType": f"hubster.{name}", "payload": payload}
        return [_said(message, "event", content, ())]
    read = _MESSAGES.get(kind)
    found = read(message) if read else None
    return [_said(message, "message", *found)] if found else [Unknown(f"message {kind}")]


def _said(message: Message, kind: Any, content: Content, media: tuple[Media, ...]) -> Said:
    key = str(message["id"])
    wants_receipt = key if message.get("readReceiptRequested") else ""
    return Said(_person(message), key, int(message["timestamp"]), kind, content, media, read_token=wants_receipt)


def _person(message: Message) -> Person:
    name = str(message["from"])
    is_direct = str(message.get("chatType") or DIRECT) == DIRECT
    return Person(name, "" if is_direct else str(message["chatId"]), {"username": name})


def _text(message: Message) -> Read:
    """The words; of a suggested response that was pressed, the payload in its metadata."""
    metadata = message.get("metadata")
    payload = metadata.get("payload") if isinstance(metadata, Mapping) else None
    return {"type": "text", "text": payload if isinstance(payload, str) and payload else str(message["body"])}, ()


def _file(kind: str, key: str, mime_type: str) -> Callable[[Message], Read]:
    def read(message: Message) -> Read:
        name = f"{message['type']}.{'jpg' if kind == 'image' else 'mp4'}"
        return {"type": kind}, (Media("url", {"url": str(message[key])}, name, mime_type),)

    return read


def _link(message: Message) -> Read:
    """A link, with the words that stand on it."""
    lines = [str(message.get(name) or "").strip() for name in ("title", "text", "url")]
    return {"type": "text", "text": "\n".join(dict.fromkeys(filter(None, lines)))}, ()


def _sticker(message: Message) -> Read:
    """A picture, which is there for everybody and stays."""
    if message.get("stickerUrl"):
        return {"type": "image", "url": str(message["stickerUrl"])}, ()
    return {"type": "text", "text": _("Sticker %(id)s") % {"id": message["stickerPackId"]}}, ()


def _picked(message: Message) -> Read | None:
    """The friends that the customer chose, by name."""
    names = ", ".join(map(str, message.get("picked") or []))
    return ({"type": "text", "text": names}, ()) if names else None


def _started(message: Message) -> tuple[str, dict[str, Any]]:
    return "started", {}


def _scanned(message: Message) -> tuple[str, dict[str, Any]]:
    """The customer came by a Kik code; its data is what the business put into it."""
    return "referral", {"source": "kik-code", "ref": message.get("data")}


# Receipts name messages by ids that Kik tells nobody, so they are not asked for.
_QUIET = frozenset({"is-typing", "delivery-receipt", "read-receipt"})
_EVENTS: Mapping[str, Callable[[Message], tuple[str, dict[str, Any]]]] = {
    "start-chatting": _started, "scan-data": _scanned,
}  # fmt: skip
_MESSAGES: Mapping[str, Callable[[Message], Read | None]] = {
    "text": _text, "picture": _file("image", "picUrl", "image/jpeg"), "video": _file("video", "videoUrl", "video/mp4"),
    "link": _link, "sticker": _sticker, "friend-picker": _picked,
}  # fmt: skip
