"""Parses an inbound activity: the header and its one node. Every fault is listed at once."""

import uuid
from dataclasses import dataclass
from typing import Any

from engine.actions.append import NewActivity, key_within
from engine.activity import (
    AUTHOR_TYPES,
    BUSINESS_ONLY,
    MOST_OF_CUSTOMER,
    is_of_platform,
    parse_event,
    parse_message,
    too_long,
)
from hubster.lib.errors import Fault, HubsterError, fail
from hubster.lib.ids import parse_guid
from hubster.lib.payloads import get_blind
from portal.idempotency import check_key

MAX_EXTERNAL_ID = 512
_KINDS = {"message": "message", "event": "event", "1": "message", "2": "event"}


@dataclass(frozen=True)
class InboundActivity:
    """A well-formed inbound activity; `sender_id` None means the conversation's customer."""

    new: NewActivity
    sender_id: uuid.UUID | None


def parse_inbound(data: Any, sender_required: bool) -> InboundActivity:
    """The activity in a body; raises every fault found."""
    if not isinstance(data, dict):
        raise fail("ENG005000" if data is None else "ENG005023", text="The body must be a JSON object with content.")
    faults: list[Fault] = []
    sender_id = _sender(data, sender_required, faults)
    author = _author(data, faults)
    external_id = _external_id(data, faults)
    kind, content = _content(data, faults)
    if faults:
        raise HubsterError(*faults)
    return InboundActivity(NewActivity(kind, content, external_id, author_type=author), sender_id)


def check_allowed_to_customers(new: NewActivity) -> None:
    """Lists, carousels, the platform's events and what is very long are for agents and bots.

    Raises ENG005002 or ENG000207.
    """
    if new.kind == "message" and new.content["type"] in BUSINESS_ONLY:
        raise fail("ENG005002", "message.type", f"customers cannot send a {new.content['type']}.")
    if is_of_platform(new.kind, new.content):
        text = "customers cannot send events whose name starts with 'hubster.'. Choose another name."
        raise fail("ENG005002", "event.payloadType", text, quoted=True)
    if fault := too_long(new.content, MOST_OF_CUSTOMER, "of a customer "):
        raise fail("ENG000207", new.kind, fault)


def _sender(data: dict[str, Any], required: bool, faults: list[Fault]) -> uuid.UUID | None:
    sender = get_blind(data, "sender")
    raw = get_blind(sender, "integrationId")
    if sender is not None and not isinstance(sender, dict):
        faults.append(Fault("ENG000201", "sender", "must be an object."))
    elif raw in (None, ""):
        if required:
            faults.append(Fault("ENG005001", "sender.integrationId", "is required."))
    elif parse_guid(raw) is None:
        faults.append(Fault("ENG005020", "sender.integrationId", "is not a GUID."))
    return parse_guid(raw)


def _author(data: dict[str, Any], faults: list[Fault]) -> str | None:
    value = get_blind(get_blind(data, "sender"), "authorType")
    if value in (None, ""):
        return None
    name = value.lower() if isinstance(value, str) else value
    if name in AUTHOR_TYPES:
        return str(name)
    text = f"must be one of {', '.join(AUTHOR_TYPES)}: '{str(value)[:40]}'."
    faults.append(Fault("ENG000206", "sender.authorType", text))
    return None


def _external_id(data: dict[str, Any], faults: list[Fault]) -> str | None:
    value = get_blind(data, "externalId")
    if value is not None and (not isinstance(value, str) or len(value) > MAX_EXTERNAL_ID):
        code = "ENG000207" if isinstance(value, str) else "ENG000201"
        faults.append(Fault(code, "externalId", f"must be text of at most {MAX_EXTERNAL_ID} characters."))
        return None
    return value


def idempotency_key(header: str | None, conversation_id: uuid.UUID) -> str | None:
    """The key that identifies a repeat, valid within one conversation; None without the header."""
    if header is None:
        return None
    return key_within(conversation_id, check_key(header, "ENG"))


def _content(data: dict[str, Any], faults: list[Fault]) -> tuple[str, dict[str, Any]]:
    nodes = {name: get_blind(data, name) for name in ("message", "event")}
    present = [name for name, node in nodes.items() if node is not None]
    wanted = get_blind(data, "type")
    kind = _KINDS.get(str(wanted).lower()) if wanted is not None else None
    if wanted is not None and kind is None:
        faults.append(Fault("ENG005002", "type", f"must be message or event: '{str(wanted)[:40]}'."))
    if len(present) == 2:
        faults.append(Fault("ENG005004"))
    elif not present:
        faults.append(Fault("ENG005003"))
    elif kind and kind != present[0]:
        faults.append(Fault("ENG005001", f"{kind}", f"is required because 'type' is {kind}."))
    found: tuple[str, dict[str, Any]] = ("", {})
    for name in present:
        try:
            found = name, (parse_message if name == "message" else parse_event)(nodes[name])
        except HubsterError as error:
            faults.extend(error.faults)
    return found
