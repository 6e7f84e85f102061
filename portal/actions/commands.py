"""Writes about commands of all three kinds."""

import uuid
from typing import Any, TypeVar

from django.db import IntegrityError, transaction

from engine.activity import PORTAL, parse_event, parse_message
from hubster.lib.errors import Fault, HubsterError, fail
from hubster.lib.http import NetworkError, check_url
from hubster.lib.ids import random_key_hex
from portal.actions.integrations import network_policy
from portal.models import DynamicCommand, Hub, ResponseCommand, TransferCommand

Command = TransferCommand | ResponseCommand | DynamicCommand
Kind = TypeVar("Kind", TransferCommand, ResponseCommand, DynamicCommand)
MAX_RESPONSES = 50


def _taken(name: str) -> HubsterError:
    return fail("PRT000600", f"Property 'name': a command named '{name[:80]}' already exists in this hub.")


def check_name(model: type[Command], hub_id: uuid.UUID, name: str, except_id: uuid.UUID | None = None) -> None:
    """Names are unique in a hub and kind, without regard to case; raises PRT000600."""
    others = model._default_manager.filter(hub_id=hub_id, name__iexact=name)
    if (others.exclude(pk=except_id) if except_id else others).exists():
        raise _taken(name)


def check_responses(kind: str, raw: Any) -> list[dict[str, Any]]:
    """The responses in stored form: messages or events of the common format; raises every fault found."""
    if not isinstance(raw, list):
        raise fail("PRT000302", "Property 'responses' must be a list.")
    if not 1 <= len(raw) <= MAX_RESPONSES:
        raise fail("PRT000306", f"Property 'responses' must have 1 to {MAX_RESPONSES} elements.")
    parser = parse_message if kind == ResponseCommand.Kind.MESSAGE else parse_event
    found: list[dict[str, Any]] = []
    faults: list[Fault] = []
    for position, item in enumerate(raw):
        try:
            found.append(parser(item, PORTAL, f"responses[{position}]"))
        except HubsterError as error:
            faults.extend(error.faults)
    if faults:
        raise HubsterError(*faults)
    return found


def check_service(url: str) -> None:
    """The address of a dynamic command is called by us, so it must be one that we may call; raises PRT000202."""
    try:
        check_url(url, network_policy())
    except NetworkError as refusal:
        raise fail("PRT000202", f"Property 'url': {refusal.text}") from None


def _check_values(row: Command, values: dict[str, Any]) -> None:
    if isinstance(row, ResponseCommand) and {"responses", "kind"} & values.keys():
        values["responses"] = check_responses(values.get("kind", row.kind), values.get("responses", row.responses))
    if isinstance(row, DynamicCommand) and "url" in values:
        check_service(values["url"])


def do_create_command(model: type[Kind], hub: Hub, values: dict[str, Any]) -> Kind:
    """A new command from validated values."""
    check_name(model, hub.id, values["name"])
    row = model(hub=hub)
    _check_values(row, values)
    if isinstance(row, DynamicCommand):
        values = {**values, "public_key": random_key_hex(), "private_key": random_key_hex()}
    return _do_save(row, values, force_insert=True)


def do_update_command(row: Kind, values: dict[str, Any]) -> Kind:
    """Change only what is given. `regenerate` makes a new signing pair for a dynamic command."""
    if "name" in values:
        check_name(type(row), row.hub_id, values["name"], except_id=row.id)
    _check_values(row, values)
    if values.pop("regenerate", False):
        values.update(public_key=random_key_hex(), private_key=random_key_hex())
    return _do_save(row, values, update_fields=[*values, "modified"])


def _do_save(row: Kind, values: dict[str, Any], **how: Any) -> Kind:
    for name, value in values.items():
        setattr(row, name, value)
    try:
        with transaction.atomic():
            row.save(**how)
    except IntegrityError:
        raise _taken(row.name) from None
    return row


def do_delete_command(row: Command) -> None:
    """Delete; what it said before stays said."""
    row.delete()
