"""Parsed webhooks of providers: what a request says, as things that the inbox knows how to store.

Adapters make these out of a verified request; nothing in here is of one provider.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, Literal

from engine.adapters._outcomes import SendError

_UNFIT = re.compile(r"[\x00\ud800-\udfff]")


@dataclass(frozen=True)
class Incoming:
    """A provider's request. Header names are lower-case; `url` is the one that the provider called, as it knows it."""

    method: str
    url: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes = field(repr=False)
    at: int = 0  # seconds since the epoch, when it came in


@dataclass(frozen=True)
class Reply:
    """The answer that a provider wants to its request."""

    body: str = ""
    content_type: str = "text/plain"
    status: int = 200


class Unverified(Exception):
    """The request does not prove that it comes from the provider. Its text is for the log, not for the caller."""


@dataclass(frozen=True)
class Person:
    """A customer by an address: `value` within `scope`, such as a chat within a business connection.

    `others` are more addresses of the same person which the same request proves. `profile` holds what the provider says
    of them: `full name`, `avatar`, `language`, `username`, `phone`, `email`, each only if it is known.
    """

    value: str
    scope: str = ""
    profile: Mapping[str, str] = field(default_factory=dict)
    others: tuple[tuple[str, str], ...] = ()  # (scope, value) each


@dataclass(frozen=True)
class Media:
    """A file that the provider keeps for a while: `ref` is what its adapter's `fetch` takes.

    `at` names where in the content its address goes, such as `url` or `items.0.url`.
    """

    at: str
    ref: Mapping[str, Any]
    name: str = ""
    mime_type: str = ""
    size: int | None = None


@dataclass(frozen=True)
class Said:
    """A message or an event of a customer. `key` is the provider's id of it, `sent` its time in milliseconds.

    `pressed` is a choice: the external id of the message that offered it, or our delivery's id, and its place in there.
    `reply_token` lets an answer go out at the provider's better terms until `reply_until` (milliseconds).
    """

    person: Person
    key: str
    sent: int
    kind: Literal["message", "event"]
    content: Mapping[str, Any]
    media: tuple[Media, ...] = ()
    pressed: tuple[str, int] | None = None
    reply_to: str | None = None  # external id of the message that is quoted
    reply_token: str = ""
    reply_until: int = 0
    read_token: str = ""  # by which the provider is told that it was read
    counts: bool = True  # opens the provider's window for answers, as what the customer does of themselves


@dataclass(frozen=True)
class Receipt:
    """News of messages that went out: those with these external ids, or all to `person` sent up to `until` (ms)."""

    status: Literal["sent", "delivered", "read", "failed"]
    at: int
    keys: tuple[str, ...] = ()
    person: Person | None = None
    until: int = 0
    error: SendError | None = None  # of a failure
    price: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Moved:
    """A person has a new address since `at` (milliseconds), and leaves the old one, which others may get."""

    old: Person
    new: Person
    at: int


@dataclass(frozen=True)
class Blocked:
    """A person wants to hear nothing more (`on`), or takes that back."""

    person: Person
    at: int
    on: bool = True


@dataclass(frozen=True)
class Standby:
    """Something that was said while another app holds the thread: it is shown, and nobody of ours answers.

    `by_holder`: that app said it, to `said.person`. `holder` is its name; empty: not known.
    """

    said: Said
    holder: str = ""
    by_holder: bool = False


@dataclass(frozen=True)
class Control:
    """The thread of a person was given to us (`ours`), or to another app, whose name is `holder` where it is known."""

    person: Person
    at: int
    ours: bool
    holder: str = ""


@dataclass(frozen=True)
class Unknown:
    """A kind of event that the adapter does not know; it is acknowledged and counted."""

    kind: str


@dataclass(frozen=True)
class Author:
    """A person in the business's workspace. The name is empty where the provider did not tell it along."""

    id: str
    name: str = ""


@dataclass(frozen=True)
class Answered:
    """A message or an event of an agent, in the thread of a conversation: its place, and its key there.

    `key` is the provider's id of it. `about` is the external id of an earlier message that was edited or deleted.
    `pressed` is a choice, as of `Said`.
    """

    thread: tuple[str, str]
    author: Author
    key: str
    kind: Literal["message", "event"]
    content: Mapping[str, Any]
    media: tuple[Media, ...] = ()
    pressed: tuple[str, int] | None = None
    about: str = ""


@dataclass(frozen=True)
class Opened:
    """A thread of ours was begun for a conversation; the answer to our own request may never have arrived."""

    thread: tuple[str, str]
    conversation_id: str


@dataclass(frozen=True)
class Ended:
    """The account may not be used any more, until somebody connects it again; `text` says why, for its owner."""

    text: str
    at: int  # milliseconds


Thing = Said | Receipt | Moved | Blocked | Standby | Control | Unknown | Answered | Opened | Ended


def fitted(value: Any) -> Any:
    """A thing, or a part of one, with a replacement character for each that no database can hold.

    These are NUL, and halves of surrogate pairs, which providers leave where they cut a name within an emoji.
    """
    if isinstance(value, str):
        return _UNFIT.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {fitted(key): fitted(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(fitted(item) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{part.name: fitted(getattr(value, part.name)) for part in fields(value)})
    return value


def dated(thing: Thing, received: int) -> Thing:
    """The thing with the time at which it came in (milliseconds), where its provider names none, which is 0."""
    if isinstance(thing, Standby):
        said = dated(thing.said, received)
        return replace(thing, said=said) if isinstance(said, Said) else thing
    if isinstance(thing, Said):
        return thing if thing.sent else replace(thing, sent=received)
    if isinstance(thing, Receipt | Blocked | Moved | Control | Ended):
        return thing if thing.at else replace(thing, at=received)
    return thing
