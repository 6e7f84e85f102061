"""Webhooks of Messenger and Instagram, which have one form: `entry[].messaging[]`, by a customer or of our messages.

See developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events, and
…/instagram-messaging/webhooks for what only Instagram says.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.adapters._inbound import Control, Person, Receipt, Said, Standby, Thing, Unknown
from engine.adapters._meta_media import content_of

_LEAST_MILLISECONDS = 10**11  # a smaller time is in seconds, as some examples have it
_ADDRESSED = {"sender", "recipient", "timestamp"}
_MALFORMED = (KeyError, TypeError, ValueError, AttributeError)
_INBOXES = {"263902037430900": "Meta Business Suite", "1217981644879628": "Instagram"}  # Meta's own, by their apps


@dataclass(frozen=True)
class _Heard:
    """One event: who told it, when (ms), and the node of its kind. `app` is the id of our app; empty: not known."""

    person: Person
    sent: int
    node: Mapping[str, Any]
    app: str

    def event(self, key: str, kind: str, payload: Mapping[str, Any], counts: bool = True) -> Said:
        """A thing that happened, as an event named `hubster.<kind>`."""
        content = {"type": "payload", "payloadType": f"hubster.{kind}", "payload": dict(payload)}
        return Said(self.person, key, self.sent, "event", content, counts=counts)

    @property
    def own_key(self) -> str:
        """A name for what Meta gives none."""
        return f"{self.person.value}:{self.sent}"


def things_of(body: bytes, account: str, app: str) -> list[Thing]:
    """Everything that a webhook's body says of an account, in its order; an empty `account` is any.

    Raises ValueError or KeyError when the body is none of Meta's.
    """
    return [thing for entry in json.loads(body)["entry"] for thing in _of_entry(entry, account, app)]


def _of_entry(entry: Mapping[str, Any], account: str, app: str) -> Iterator[Thing]:
    if account and str(entry["id"]) != account:
        yield Unknown("entry of another account")
        return
    for event in entry.get("messaging") or []:
        yield from _read(event, app)
    for event in entry.get("standby") or []:
        yield from _overheard(event, app)
    for change in entry.get("changes") or []:
        value = change.get("value") if isinstance(change, Mapping) else None
        if isinstance(value, Mapping) and value.keys() > _ADDRESSED:
            yield from _read(value, app)
        else:
            yield Unknown(str(change.get("field")) if isinstance(change, Mapping) else "no object")


def _overheard(event: Mapping[str, Any], app: str) -> Iterator[Thing]:
    """One event of a thread that another app holds. An echo is of that app, whose page is the sender then."""
    node = event.get("message") if isinstance(event, Mapping) else None
    if not isinstance(node, Mapping) or not node.get("is_echo"):
        for thing in _read(event, app):
            yield Standby(thing) if isinstance(thing, Said) else thing
        return
    author = str(node.get("app_id") or "")
    if app and author == app:
        return
    said = {name: part for name, part in node.items() if name != "is_echo"}
    for thing in _read({**event, "sender": event.get("recipient"), "message": said}, app):
        known = _INBOXES.get(author, "")
        yield Standby(thing, known, by_holder=True) if isinstance(thing, Said) else thing


def _read(event: Mapping[str, Any], app: str) -> list[Thing]:
    """One event. One that is not as documented is noted, so that it takes no other with it."""
    if not isinstance(event, Mapping):
        return [Unknown("no object")]
    kind = next((name for name in _READERS if name in event), None)
    if kind is None:
        return [Unknown(", ".join(sorted(event.keys() - _ADDRESSED)))]
    try:
        heard = _Heard(Person(str(event["sender"]["id"])), _milliseconds(event["timestamp"]), event[kind], app)
        return list(_READERS[kind](heard))
    except _MALFORMED:
        return [Unknown(f"{kind} of an unknown form")]


def _message(heard: _Heard) -> Iterator[Thing]:
    node, mid = heard.node, str(heard.node["mid"])
    if node.get("is_echo"):
        if heard.app and str(node.get("app_id")) == heard.app:
            yield Receipt("sent", heard.sent, (mid,))
        else:
            yield Unknown("message_echo")  # of another app, or of a person at the page's own inbox
        return
    if node.get("is_deleted"):
        yield heard.event(f"deleted:{mid}", "deleted", {"externalId": mid}, counts=False)
        return
    content, media, unknown = content_of(node)
    if content:
        quoted = (node.get("reply_to") or {}).get("mid")
        yield Said(heard.person, mid, heard.sent, "message", content, tuple(media), reply_to=quoted and str(quoted))
    for kind in unknown:
        yield Unknown(kind)
    yield from _referred(heard, mid)
    if not content and not unknown:
        yield Unknown("message that is not supported" if node.get("is_unsupported") else "message without content")


def _postback(heard: _Heard) -> Iterator[Thing]:
    node = heard.node
    key = str(node.get("mid") or f"postback:{heard.own_key}")
    text = str(node.get("payload") or node["title"])
    yield Said(heard.person, key, heard.sent, "message", {"type": "text", "text": text})
    yield from _referred(heard, key)


def _referred(heard: _Heard, key: str) -> Iterator[Thing]:
    """The ad, link or plugin by which the customer came, if the event tells of one."""
    if isinstance(found := heard.node.get("referral"), Mapping):
        yield heard.event(f"referral:{key}", "referral", found)


def _referral(heard: _Heard) -> Iterator[Thing]:
    yield heard.event(f"referral:{heard.own_key}", "referral", heard.node)


def _optin(heard: _Heard) -> Iterator[Thing]:
    counts = heard.node.get("type") != "notification_messages"  # these allow marketing messages only
    yield heard.event(f"optin:{heard.own_key}", "optin", heard.node, counts)


def _reaction(heard: _Heard) -> Iterator[Thing]:
    """A reaction, or without `emoji` that one is taken back."""
    mid, node = str(heard.node["mid"]), heard.node
    payload = {"externalId": mid}
    if node.get("action") != "unreact":
        payload["emoji"] = str(node.get("emoji") or node.get("reaction") or "")
    yield heard.event(f"reaction:{heard.sent}:{mid}", "reaction", payload, counts="emoji" in payload)


def _edit(heard: _Heard) -> Iterator[Thing]:
    mid, node = str(heard.node["mid"]), heard.node
    payload = {"externalId": mid, "text": str(node["text"])}
    yield heard.event(f"edit:{node.get('num_edit', heard.sent)}:{mid}", "edited", payload, counts=False)


def _delivery(heard: _Heard) -> Iterator[Thing]:
    yield _receipt(heard, "delivered", heard.node.get("mids") or ())


def _seen(heard: _Heard) -> Iterator[Thing]:
    """Messenger says up to when, Instagram which message."""
    yield _receipt(heard, "read", [heard.node["mid"]] if heard.node.get("mid") else ())


def _passed(heard: _Heard) -> Iterator[Thing]:
    yield _control(heard, ours=True)


def _taken(heard: _Heard) -> Iterator[Thing]:
    yield _control(heard, ours=False)


def _control(heard: _Heard, ours: bool) -> Control:
    """The new owner of the thread. Where it is not told, who hears of it: the new owner of one that was passed, and the
    old owner of one that was taken.
    """
    owner = str(heard.node.get("new_owner_app_id") or "")
    ours = owner == heard.app if owner and heard.app else ours
    return Control(heard.person, heard.sent, ours, "" if ours else _INBOXES.get(owner, ""))


def _receipt(heard: _Heard, status: Any, keys: Any) -> Receipt:
    until = _milliseconds(heard.node.get("watermark") or 0)
    if not until and not keys:
        raise KeyError("watermark")
    person = heard.person if until else None
    return Receipt(status, heard.sent, tuple(str(key) for key in keys), person, until)


def _milliseconds(value: Any) -> int:
    found = int(value)
    return found * 1_000 if 0 < found < _LEAST_MILLISECONDS else found


_READERS: Mapping[str, Callable[[_Heard], Iterator[Thing]]] = {
    "message": _message,
    "postback": _postback,
    "reaction": _reaction,
    "message_edit": _edit,
    "delivery": _delivery,
    "read": _seen,
    "optin": _optin,
    "referral": _referral,
    "pass_thread_control": _passed,
    "take_thread_control": _taken,
}
