"""The people in webhooks of WhatsApp: by phone number, by business-scoped user id, or by both."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.adapters._inbound import Moved, Person, Thing, Unknown

_MOVES = ("user_changed_number", "user_changed_user_id", "customer_changed_number")
Node = Mapping[str, Any]


def person_of(message: Node, contacts: Sequence[Node]) -> Person:
    """The sender, by the number where it is told, and by the user id."""
    number, user = text_of(message.get("from")), text_of(message.get("from_user_id"))
    named = {number, user} - {""}
    own = [one for one in contacts if named & {text_of(one.get("wa_id")), text_of(one.get("user_id"))}]
    contact = (own or (contacts if len(contacts) == 1 else [{}]))[0]
    found = addressed(text_of(contact.get("wa_id")) or number, user or text_of(contact.get("user_id")))
    profile = contact.get("profile") or {}
    known = {"full name": text_of(profile.get("name")), "username": text_of(profile.get("username"))}
    phone = f"+{found.value}" if found.value.isdigit() else _shared(message)
    facts = {**known, "phone": phone}
    return Person(found.value, profile={key: text for key, text in facts.items() if text}, others=found.others)


def _shared(message: Node) -> str:
    """The number that a customer sent when asked for their own; empty for other contacts that they send."""
    if message.get("origin") != "contact_request":
        return ""
    phones = [phone for card in message.get("contacts") or [] for phone in card.get("phones") or []]
    return text_of(phones[0].get("phone")) if phones else ""


def addressed(*values: str) -> Person:
    """A person with these addresses, the first of them before the others; raises KeyError when there are none."""
    known = list(dict.fromkeys(filter(None, values)))
    if not known:
        raise KeyError("from")
    return Person(known[0], others=tuple(("", value) for value in known[1:]))


def moved_of(message: Node) -> Thing:
    """A new number or user id. Only fields tell of the old ones: the words hold a name of the person's choice."""
    system = message["system"]
    if system.get("type") not in _MOVES:
        return Unknown(f"system {system.get('type')}")
    new = [text_of(system.get("wa_id") or system.get("new_wa_id")), text_of(system.get("user_id"))]
    old = [
        text_of(system.get("previous_wa_id") or system.get("customer") or message.get("from")),
        text_of(system.get("previous_user_id") or message.get("from_user_id")),
    ]
    gone = [value for value in old if value not in new]
    return Moved(addressed(*(gone if any(gone) else old)), addressed(*new), int(message["timestamp"]) * 1_000)


def text_of(value: Any) -> str:
    """The value as text; empty for one that is missing."""
    return str(value) if value else ""
