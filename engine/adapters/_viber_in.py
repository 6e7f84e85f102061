"""Callbacks of Viber: what customers say, who comes and goes, and what became of messages.

Source: creators.viber.com/docs/bots-api/callbacks and developers.viber.com/docs/api/rest-bot-api/#callbacks.
"""

import json
import mimetypes
import re
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from engine.adapters._inbound import Blocked, Media, Person, Receipt, Said, Thing, Unknown
from engine.adapters._viber_errors import failure

PRESSED = "hubster:{delivery}:{place}"  # the action of a button whose payload is too long for Viber
TEST = "webhook"  # the event by which Viber tests an address while it is registered
_PRESSED = re.compile(r"hubster:([0-9a-f-]{36}):([0-9]{1,4})")
_LONGEST_NAME, _TEST_BYTES = 200, 2_000
Event = Mapping[str, Any]
Content = dict[str, Any]
Read = tuple[Content, tuple[Media, ...]]


def things_of(body: bytes) -> list[Thing]:
    """Everything that a request says; raises ValueError or KeyError for what Viber never says."""
    event = json.loads(body)
    kind = str(event["event"])
    read = _KINDS.get(kind)
    return read(event) if read else [Unknown(kind)]


def is_test(body: bytes) -> bool:
    """True for the request by which Viber tests an address, which is a short one."""
    try:
        return len(body) <= _TEST_BYTES and bool(json.loads(body)["event"] == TEST)
    except (ValueError, KeyError, TypeError):
        return False


def _nothing(event: Event) -> list[Thing]:
    """A test of the address; and somebody who looks at the bot, whom one may not write to before they do."""
    return []


def _person(user: Event) -> Person:
    found = {"full name": user.get("name"), "avatar": user.get("avatar"), "language": user.get("language")}
    return Person(str(user["id"]), profile={name: str(value) for name, value in found.items() if value})


def _message(event: Event) -> list[Thing]:
    message, person = event["message"], _person(event["sender"])
    kind = str(message["type"])
    read = _MESSAGES.get(kind)
    if read is None:
        return [Unknown(f"message {kind}")]
    content, media = read(message)
    found = _PRESSED.fullmatch(str(content.get("text") or ""))
    pressed = (found[1], int(found[2])) if found else None
    key, sent = str(event["message_token"]), int(event["timestamp"])
    return [Said(person, key, sent, "message", content, media=media, pressed=pressed)]


def _text(message: Event) -> Read:
    return {"type": "text", "text": message["text"]}, ()


def _file(kind: str, name: str) -> Callable[[Event], Read]:
    """A file that Viber keeps for an hour. Its caption makes it the item of a text."""

    def read(message: Event) -> Read:
        label = str(message.get("file_name") or name)[:_LONGEST_NAME]
        mime_type = mimetypes.guess_type(label)[0] or "application/octet-stream"
        size = int(message["size"]) if message.get("size") else None
        item: Content = {"type": kind}
        if kind == "attachment":
            item |= {"label": label, "mimeType": mime_type, **({"size": size} if size else {})}
        caption = str(message.get("text") or "")
        at = "items.0.url" if caption.strip() else "url"
        media = Media(at, {"url": str(message["media"])}, label, mime_type, size)
        return ({"type": "text", "text": caption, "items": [item]} if caption.strip() else item), (media,)

    return read


def _url(message: Event) -> Read:
    """A link, with the words that were written around it."""
    url, words = str(message["media"]), str(message.get("text") or "")
    return {"type": "text", "text": words if url in words else f"{words}\n{url}".strip()}, ()


def _sticker(message: Event) -> Read:
    """A picture where Viber names one, which is there for everybody and stays."""
    if message.get("media"):
        return {"type": "image", "url": str(message["media"])}, ()
    return {"type": "text", "text": _("Sticker %(id)s") % {"id": message["sticker_id"]}}, ()


def _place(message: Event) -> Read:
    where = message["location"]
    address = str(where.get("address") or "")
    place = {"type": "location", "latitude": float(where["lat"]), "longitude": float(where["lon"])}
    return {**place, **({"address": address} if address else {})}, ()


def _contact(message: Event) -> Read:
    known = message["contact"]
    number = str(known.get("phone_number") or "")
    properties = [{"key": _("Phone"), "value": number, "type": "phone;cell"}] if number else []
    avatar = str(known.get("avatar") or "")
    content = {"type": "contact", "title": str(known.get("name") or number or _("Contact"))}
    return {
        **content, **({"imageUrl": avatar} if avatar else {}), **({"properties": properties} if properties else {})
    }, ()  # fmt: skip


def _subscribed(event: Event) -> list[Thing]:
    return [Blocked(_person(event["user"]), int(event["timestamp"]), on=False)]


def _unsubscribed(event: Event) -> list[Thing]:
    return [Blocked(Person(str(event["user_id"])), int(event["timestamp"]))]


def _delivered(event: Event) -> list[Thing]:
    return [Receipt("delivered", int(event["timestamp"]), (str(event["message_token"]),))]


def _seen(event: Event) -> list[Thing]:
    return [Receipt("read", int(event["timestamp"]), (str(event["message_token"]),))]


def _failed(event: Event) -> list[Thing]:
    error = failure(str(event.get("desc") or ""))
    return [Receipt("failed", int(event["timestamp"]), (str(event["message_token"]),), error=error)]


_KINDS: Mapping[str, Callable[[Event], list[Thing]]] = {
    TEST: _nothing, "conversation_started": _nothing, "message": _message, "subscribed": _subscribed,
    "unsubscribed": _unsubscribed, "delivered": _delivered, "seen": _seen, "failed": _failed,
}  # fmt: skip
_MESSAGES: Mapping[str, Callable[[Event], Read]] = {
    "text": _text, "picture": _file("image", "picture.jpg"), "video": _file("video", "video.mp4"),
    "file": _file("attachment", "File"), "url": _url, "sticker": _sticker, "location": _place, "contact": _contact,
}  # fmt: skip
