"""Webhook events of LINE: what customers say, alone with the account or in groups and rooms.

Source: developers.line.biz/en/reference/messaging-api/#webhook-event-objects.
"""

import json
import mimetypes
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from engine.adapters._inbound import Blocked, Control, Media, Person, Said, Standby, Thing, Unknown

REPLY_FOR = 55_000  # milliseconds: LINE takes an answer's token for a minute
PRESSED = "hubster:{delivery}:{place}"  # the data of a button whose payload is too long for LINE
STICKER = "https://stickershop.line-scdn.net/stickershop/v1/sticker/{}/android/sticker.png"
_PRESSED = re.compile(r"hubster:([0-9a-f-]{36}):([0-9]{1,4})")
_FILES = {
    "image": ("image.jpg", "image/jpeg"), "video": ("video.mp4", "video/mp4"), "audio": ("audio.m4a", "audio/mp4"),
}  # fmt: skip
_MALFORMED = (KeyError, TypeError, ValueError, AttributeError)
_TOKEN = 400  # characters of the longest token that is kept
Event = Mapping[str, Any]
Content = dict[str, Any]


def things_of(body: bytes) -> list[Thing]:
    """Everything that a request says; raises ValueError or KeyError for what LINE never says."""
    return [thing for event in json.loads(body)["events"] for thing in _readable(event)]


def _readable(event: Event) -> list[Thing]:
    """One event. One that is not as documented is noted, so that it takes no other with it."""
    try:
        return list(_read(event))
    except _MALFORMED:
        kind = event.get("type") if isinstance(event, Mapping) else "event"
        return [Unknown(f"{kind} of an unknown form")]


def _read(event: Event) -> Iterator[Thing]:
    kind, person = str(event["type"]), _person(event.get("source") or {})
    read = _KINDS.get(kind)
    if read is None or person is None:
        yield Unknown(kind)
        return
    for thing in read(event, person):
        yield Standby(thing) if isinstance(thing, Said) and event.get("mode") == "standby" else thing


def _person(source: Event) -> Person | None:
    """The speaker; the group or room itself where its member hides. None: LINE names nobody."""
    scope = str(source.get("groupId") or source.get("roomId") or "")
    value = str(source.get("userId") or scope)
    return Person(value, scope) if value else None


def profile_path(person: Person) -> str:
    """The path to what LINE knows of a person, or of a group whose member hides; empty for a room: it has no name."""
    value, scope = quote(person.value, safe=""), quote(person.scope, safe="")
    is_group, is_whole = person.scope.startswith("C"), person.value == person.scope
    if not scope:
        return f"profile/{value}"
    if is_whole:
        return f"group/{scope}/summary" if is_group else ""
    return f"{'group' if is_group else 'room'}/{scope}/member/{value}"


def profile_of(found: Event) -> dict[str, str]:
    """The facts that LINE tells, by their names in a profile."""
    known = {
        "full name": found.get("displayName") or found.get("groupName"),
        "avatar": found.get("pictureUrl"),
        "language": found.get("language"),
    }
    return {key: str(value) for key, value in known.items() if value}


def _said(event: Event, person: Person, key: str, kind: str, content: Content, **more: Any) -> Said:
    sent, token = int(event["timestamp"]), str(event.get("replyToken") or "")
    given = {"reply_token": token, "reply_until": sent + REPLY_FOR} if 0 < len(token) <= _TOKEN else {}
    return Said(person, key, sent, kind, content, **{**given, **more})  # type: ignore[arg-type]


def _message(event: Event, person: Person) -> Iterator[Thing]:
    message = event["message"]
    known = _MESSAGES.get(str(message["type"]))
    if known is None:
        yield Unknown(f"message {message['type']}")
        return
    content, media = known(message)
    token = str(message.get("markAsReadToken") or "")
    more = {"read_token": token} if len(token) <= _TOKEN else {}
    quoted = str(message.get("quotedMessageId") or "") or None
    yield _said(event, person, str(message["id"]), "message", content, media=media, reply_to=quoted, **more)


def _text(message: Event) -> tuple[Content, tuple[Media, ...]]:
    return {"type": "text", "text": message["text"]}, ()


def _file(message: Event) -> tuple[Content, tuple[Media, ...]]:
    """A file that LINE keeps for a while, or that has an address of its own."""
    kind, provider = str(message["type"]), message.get("contentProvider") or {}
    if provider.get("type") == "external":
        return {"type": kind, "url": provider["originalContentUrl"]}, ()
    name, mime_type = _FILES[kind]
    return {"type": kind}, (Media("url", {"id": str(message["id"])}, name, mime_type),)


def _document(message: Event) -> tuple[Content, tuple[Media, ...]]:
    name, size = str(message["fileName"]), int(message["fileSize"])
    mime_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    content = {"type": "attachment", "label": name, "mimeType": mime_type, "size": size}
    return content, (Media("url", {"id": str(message["id"])}, name, mime_type, size),)


def _place(message: Event) -> tuple[Content, tuple[Media, ...]]:
    address = ", ".join(filter(None, (message.get("title"), message.get("address"))))
    place = {"type": "location", "latitude": message["latitude"], "longitude": message["longitude"]}
    return {**place, **({"address": address} if address else {})}, ()


def _sticker(message: Event) -> tuple[Content, tuple[Media, ...]]:
    words = message.get("text") or ", ".join(message.get("keywords") or [])
    return {"type": "image", "url": STICKER.format(message["stickerId"]), **({"alt": words} if words else {})}, ()


def _postback(event: Event, person: Person) -> Iterator[Thing]:
    """A button, by its payload; one that picks a date adds what was picked."""
    given, key = event["postback"], str(event["webhookEventId"])
    data, params = str(given["data"]), given.get("params") or {}
    pressed = _PRESSED.fullmatch(data)
    text = " ".join(filter(None, (data, *map(str, params.values()))))
    more = {"pressed": (pressed[1], int(pressed[2]))} if pressed else {}
    yield _said(event, person, key, "message", {"type": "text", "text": text}, **more)


def _unsend(event: Event, person: Person) -> Iterator[Thing]:
    payload = {"externalId": str(event["unsend"]["messageId"])}
    yield _changed(event, person, "hubster.deleted", payload)


def _edited(event: Event, person: Person) -> Iterator[Thing]:
    message = event["message"]
    payload = {"externalId": str(message["id"]), "text": str(message.get("text") or "")}
    yield _changed(event, person, "hubster.edited", payload)


def _changed(event: Event, person: Person, kind: str, payload: dict[str, str]) -> Said:
    content = {"type": "payload", "payloadType": kind, "payload": payload}
    return _said(event, person, str(event["webhookEventId"]), "event", content, counts=False)


def _follow(event: Event, person: Person) -> Iterator[Thing]:
    yield Blocked(person, int(event["timestamp"]), on=False)


def _unfollow(event: Event, person: Person) -> Iterator[Thing]:
    yield Blocked(person, int(event["timestamp"]))


def _activated(event: Event, person: Person) -> Iterator[Thing]:
    yield Control(person, int(event["timestamp"]), ours=True)


def _deactivated(event: Event, person: Person) -> Iterator[Thing]:
    yield Control(person, int(event["timestamp"]), ours=False)


_KINDS = {
    "message": _message, "postback": _postback, "unsend": _unsend, "messageEdited": _edited, "follow": _follow,
    "unfollow": _unfollow, "activated": _activated, "deactivated": _deactivated,
}  # fmt: skip
_MESSAGES = {
    "text": _text, "image": _file, "video": _file, "audio": _file, "file": _document, "location": _place,
    "sticker": _sticker,
}  # fmt: skip
