"""Writes about commands of all three kinds."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from pydantic import TypeAdapter, ValidationError

from engine.activity import PLATFORM_COMMANDS, PORTAL, WebUrl, parse_event, parse_message
from hubster.lib import clock
from hubster.lib.errors import Fault, HubsterError, fail, faults_of
from hubster.lib.http import NetworkError, check_url
from hubster.lib.ids import random_key_hex
from portal.actions import audit
from portal.actions.integrations import KEY_OVERLAP
from portal.actions.providers import network_policy
from portal.actions.snapshots import snapshot
from portal.models import DynamicCommand, Hub, ResponseCommand, TransferCommand

Command = TransferCommand | ResponseCommand | DynamicCommand
Kind = TypeVar("Kind", TransferCommand, ResponseCommand, DynamicCommand)
MAX_RESPONSES = 50
MAX_DELAY = 86_400_000  # milliseconds
_WEB_URL: TypeAdapter[str] = TypeAdapter(WebUrl)


def _taken(name: str) -> HubsterError:
    return fail("PRT000600", "name", f"a command named '{name[:80]}' already exists in this hub.")


def check_responses(kind: str, raw: Any) -> list[dict[str, Any]]:
    """The responses in stored form: messages or events of the common format; raises every fault found.

    While it is not known which of the two they are, `kind` is empty and only the list itself is judged.
    """
    if not isinstance(raw, list):
        raise fail("PRT000302", "responses", "must be a list.")
    if not 1 <= len(raw) <= MAX_RESPONSES:
        code = "PRT000207" if raw else "PRT000306"
        raise fail(code, "responses", f"must have 1 to {MAX_RESPONSES} elements.")
    if not kind:
        return raw
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
        raise fail("PRT000202", "url", refusal.text, quoted=True) from None


def check_link(url: str) -> None:
    """The address of a transfer is opened by visitors, so it must be one of the web; raises PRT000202."""
    try:
        _WEB_URL.validate_python(url)
    except ValidationError:
        text = "must be a URL that starts with https:// or http://."
        raise fail("PRT000202", "url", text) from None


def check_command(row: Command, values: dict[str, Any]) -> None:
    """The values for a new or present row of a hub; raises every fault found.

    Responses are put into stored form, in `values`.
    """
    found = [fault for faults in command_faults(row, values).values() for fault in faults]
    if found:
        raise HubsterError(*found)


def command_faults(row: Command, values: dict[str, Any]) -> dict[str, list[Fault]]:
    """The faults of those values that are given, by property."""
    checks = {"name": _check_name, "url": _check_url, "responses": _check_responses}
    return {name: faults_of(check, row, values) for name, check in checks.items()}


def _check_name(row: Command, values: dict[str, Any]) -> None:
    """Names are unique in a hub and kind, without regard to case, which SQLite knows of ASCII only."""
    if "name" not in values:
        return
    name = values["name"].casefold()
    others = type(row)._default_manager.filter(hub_id=row.hub_id).exclude(pk=row.pk).values_list("name", flat=True)
    if any(other.casefold() == name for other in others):
        raise _taken(values["name"])
    if isinstance(row, DynamicCommand) and name in PLATFORM_COMMANDS:
        raise fail("PRT000600", "name", f"::{name} is a built-in command. Choose another name.")


def _check_url(row: Command, values: dict[str, Any]) -> None:
    if "url" in values:
        (check_link if isinstance(row, TransferCommand) else check_service)(values["url"])


def _check_responses(row: Command, values: dict[str, Any]) -> None:
    if isinstance(row, ResponseCommand) and {"responses", "kind"} & values.keys():
        values["responses"] = check_responses(values.get("kind", row.kind), values.get("responses", row.responses))


def do_create_command(model: type[Kind], hub: Hub, values: dict[str, Any]) -> Kind:
    """A new command from validated values."""
    row = model(hub=hub)
    check_command(row, values)
    if isinstance(row, DynamicCommand):
        values = {**values, **_new_keys()}
    _set(row, values)
    with _names_once(row):
        row.save(force_insert=True)
        audit.do_record("created", after=snapshot(row))
    return row


def do_update_command(row: Kind, values: dict[str, Any]) -> Kind:
    """Change only what is given. `regenerate` makes a new signing pair for a dynamic command; the old one signs on
    beside it for `KEY_OVERLAP`."""
    check_command(row, values)
    before, verb = snapshot(row), "updated"
    if values.pop("regenerate", False) and isinstance(row, DynamicCommand):
        old = {"previous_key": row.private_key, "previous_until": clock.now() + KEY_OVERLAP}
        values, verb = {**values, **_new_keys(), **old}, "keys_rotated"
    _set(row, values)
    with _names_once(row):
        row.save(update_fields=[*values, "modified"])
        audit.do_record(verb, before, snapshot(row))
    return row


def _new_keys() -> dict[str, str]:
    return {"public_key": random_key_hex(), "private_key": random_key_hex()}


def _set(row: Command, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)


@contextmanager
def _names_once(row: Command) -> Iterator[None]:
    """A transaction in which a name that somebody took meanwhile is the documented fault."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise _taken(row.name) from None


def do_delete_command(row: Command) -> None:
    """Delete; what it said before stays said."""
    audit.do_delete(row)
