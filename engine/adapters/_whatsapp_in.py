"""Webhooks of WhatsApp: `entry[].changes[].value` has messages of customers and statuses of ours, for one number.

The surprise: a customer may hide the phone number. Then a business-scoped user id, such as `US.1349…`, is their only
address; with both, the number comes first. Ids and numbers are unique within an integration, so their scope is empty.
See developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages, and
…/business-scoped-user-ids.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.adapters._inbound import Person, Receipt, Said, Standby, Thing, Unknown
from engine.adapters._whatsapp_content import content_of, form_as_text, form_of
from engine.adapters._whatsapp_errors import error_of_status
from engine.adapters._whatsapp_people import moved_of, person_of, text_of
from engine.adapters._whatsapp_standby import control_of, echo_of

CHANNEL = "WhatsApp"
PLACE = re.compile(r"#([0-9]{1,3})")  # what a button says whose own payload it cannot hold

_STATUSES = {"sent": "sent", "delivered": "delivered", "read": "read", "played": "read", "failed": "failed"}
_TOKEN = 400  # characters that the engine keeps
_MALFORMED = (KeyError, TypeError, ValueError, AttributeError, IndexError)

Node = Mapping[str, Any]


@dataclass(frozen=True)
class _Heard:
    """One message: who sent it, when (ms), and all that it has."""

    person: Person
    sent: int
    message: Node

    @property
    def id(self) -> str:
        return str(self.message["id"])

    @property
    def quoted(self) -> str | None:
        """The message to which it answers."""
        found = (self.message.get("context") or {}).get("id")
        return str(found) if found else None

    def says(self, content: Mapping[str, Any], *media: Any, pressed: tuple[str, int] | None = None) -> Said:
        known = {"reply_to": self.quoted, "read_token": self.id if len(self.id) <= _TOKEN else ""}
        return Said(self.person, self.id, self.sent, "message", content, media, pressed, **known)  # type: ignore[arg-type]

    def event(self, key: str, kind: str, payload: Mapping[str, Any], counts: bool = True) -> Said:
        """A thing that happened, as an event named `hubster.<kind>`."""
        content = {"type": "payload", "payloadType": f"hubster.{kind}", "payload": dict(payload)}
        return Said(self.person, key, self.sent, "event", content, counts=counts)


def number_of_change(change: Node) -> str:
    """The id of the phone number that a change is about; empty for one about a whole business account."""
    value = change.get("value")
    metadata = (value.get("metadata") or value.get("recipient")) if isinstance(value, Mapping) else None
    return str(metadata.get("phone_number_id") or "") if isinstance(metadata, Mapping) else ""


def things_of(body: bytes, account: str) -> list[Thing]:
    """Everything that a webhook's body says of a phone number, in its order; an empty `account` is any.

    Raises ValueError or KeyError when the body is none of Meta's.
    """
    entries = json.loads(body)["entry"]
    return [thing for entry in entries for change in entry.get("changes") or [] for thing in _changed(change, account)]


def _changed(change: Node, account: str) -> Iterator[Thing]:
    value, kind = change.get("value"), str(change.get("field"))
    if kind not in ("messages", "standby", "messaging_handovers") or not isinstance(value, Mapping):
        yield Unknown(kind)
        return
    if account and number_of_change(change) != account:
        yield Unknown("change of another number")
        return
    if kind == "messaging_handovers":
        yield control_of(value)
        return
    for message in value.get("messages") or []:
        for thing in _read(message, value.get("contacts") or []):
            yield Standby(thing) if kind == "standby" and isinstance(thing, Said) else thing
    for status in value.get("statuses") or []:
        yield _status(status)
    for echo in value.get("message_echoes") or []:
        yield echo_of(echo) if kind == "standby" else Unknown("message_echo")
    for error in value.get("errors") or []:
        yield Unknown(f"error {error.get('code')}" if isinstance(error, Mapping) else "error")


def _read(message: Node, contacts: Sequence[Node]) -> list[Thing]:
    """One message. One that is not as documented is noted, so that it takes no other with it."""
    kind = str(message.get("type")) if isinstance(message, Mapping) else "no object"
    try:
        if kind == "system":
            return [moved_of(message)]
        if message.get("group_id"):
            return [Unknown("message in a group")]
        heard = _Heard(person_of(message, contacts), int(message["timestamp"]) * 1_000, message)
        return list(_READERS.get(kind, _message)(heard)) + list(_referred(heard))
    except _MALFORMED:
        return [Unknown(f"message {kind} of an unknown form")]


def _message(heard: _Heard) -> Iterator[Thing]:
    found = content_of(heard.message)
    if found is None:
        yield Unknown(f"message {heard.message['type']}")
        return
    content, media = found
    yield heard.says(content, *media)
    if heard.message["type"] == "order":
        yield heard.event(f"order:{heard.id}", "order", {"externalId": heard.id, **heard.message["order"]})


def _button(heard: _Heard) -> Iterator[Thing]:
    node = heard.message["button"]
    yield _pressed(heard, text_of(node.get("payload")), str(node["text"]))


def _interactive(heard: _Heard) -> Iterator[Thing]:
    node = heard.message["interactive"]
    kind = str(node["type"])
    if kind in ("button_reply", "list_reply"):
        yield _pressed(heard, str(node[kind]["id"]), str(node[kind]["title"]))
    elif kind == "nfm_reply":
        yield heard.says({"type": "text", "text": form_as_text(node[kind])})
        payload = {"externalId": heard.id, "name": str(node[kind].get("name") or ""), "answers": form_of(node[kind])}
        yield heard.event(f"form:{heard.id}", "form", payload)
    else:
        yield Unknown(f"interactive {kind}")


def _pressed(heard: _Heard, said: str, title: str) -> Said:
    """A choice by what it says, or by its place in the message that offered it."""
    place = PLACE.fullmatch(said)
    if place and heard.quoted:
        return heard.says({"type": "text", "text": title}, pressed=(heard.quoted, int(place[1])))
    return heard.says({"type": "text", "text": said if said.strip() else title})


def _reaction(heard: _Heard) -> Iterator[Thing]:
    """A reaction, or without `emoji` that one is taken back."""
    node = heard.message["reaction"]
    emoji = text_of(node.get("emoji"))
    payload = {"externalId": str(node["message_id"]), **({"emoji": emoji} if emoji else {})}
    yield heard.event(heard.id, "reaction", payload, counts=bool(emoji))


def _edited(heard: _Heard) -> Iterator[Thing]:
    node = heard.message["edit"]
    new = node.get("message") or {}
    part = new.get(str(new.get("type"))) or {}
    payload = {"externalId": str(node["original_message_id"]), "text": text_of(part.get("body") or part.get("caption"))}
    yield heard.event(heard.id, "edited", payload, counts=False)


def _revoked(heard: _Heard) -> Iterator[Thing]:
    payload = {"externalId": str(heard.message["revoke"]["original_message_id"])}
    yield heard.event(heard.id, "deleted", payload, counts=False)


def _unsupported(heard: _Heard) -> Iterator[Thing]:
    """Something that the Cloud API does not bring, such as a poll."""
    kind = text_of((heard.message.get("unsupported") or {}).get("type"))
    yield heard.event(heard.id, "unsupported", {"externalId": heard.id, **({"kind": kind} if kind else {})})


def _referred(heard: _Heard) -> Iterator[Thing]:
    """The ad or post by which the customer came, if the message tells of one."""
    if isinstance(found := heard.message.get("referral"), Mapping):
        yield heard.event(f"referral:{heard.id}", "referral", found)


def _status(status: Any) -> Thing:
    try:
        known = _STATUSES.get(str(status["status"]))
        if known is None:
            return Unknown(f"status {status['status']}")
        error = error_of_status(status.get("errors"), CHANNEL) if known == "failed" else None
        at, price = int(status["timestamp"]) * 1_000, status.get("pricing")
        return Receipt(known, at, (str(status["id"]),), error=error, price=price)  # type: ignore[arg-type]
    except _MALFORMED:
        return Unknown("status of an unknown form")


_READERS: Mapping[str, Callable[[_Heard], Iterator[Thing]]] = {
    "button": _button,
    "interactive": _interactive,
    "reaction": _reaction,
    "edit": _edited,
    "revoke": _revoked,
    "unsupported": _unsupported,
}
