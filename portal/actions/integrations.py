"""Writes about integrations: configuration checked by the channel's adapter, keys made and rotated."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from pydantic import ValidationError

from engine import adapters
from engine.activity import PORTAL
from engine.adapters import Adapter, Channel
from hubster.lib import clock
from hubster.lib.errors import Fault, HubsterError, fail, not_valid
from hubster.lib.http import NetworkError, check_url
from hubster.lib.http_address import MAX_URL
from hubster.lib.ids import random_key_hex
from hubster.lib.payloads import faults, get_blind
from portal.actions import audit
from portal.actions.cancellation import check_status
from portal.actions.deletion import Reach, do_delete
from portal.actions.providers import connect, disconnect, network_policy, undo_connect
from portal.actions.snapshots import Snapshot, key_pair, snapshot
from portal.models import Hub, Integration, SigningKey

KEY_OVERLAP = timedelta(hours=24)
_SHOWN_KEYS = ("publicsigningkey", "privatesigningkey")  # answers carry them; sent back, they are ignored


@dataclass(frozen=True)
class Checked:
    """A configuration that may be stored."""

    values: dict[str, Any]
    regenerate: bool


def find_channel(channel: object) -> Channel:
    """The documented channel for `channelId`, whether or not it can be connected yet; PRT000206 when unknown."""
    found = adapters.find_channel(channel)
    if found is None:
        raise HubsterError(not_valid("PRT000206", channel))
    return found


def find_adapter(channel: object) -> Adapter:
    """The adapter for `channelId`; PRT000206 when unknown, PRT000103 when its adapter is not here yet."""
    found = find_channel(channel)
    if not isinstance(found, Adapter):
        raise fail("PRT000103", "channelId", f"{found.name} cannot be connected yet. Nothing was stored.")
    return found


def check_new(hub: Hub, values: dict[str, Any]) -> tuple[Adapter, Checked]:
    """The adapter and configuration of a new integration; raises every fault found.

    A channel that cannot be connected yet is told (PRT000103) only when all else is right.
    """
    channel = find_channel(values["channel"])
    checked, found = _read(channel, values["configuration"])
    found = name_faults(hub, values["name"]) + found
    if checked:
        found += _type_faults(values, channel.integration_type(checked.values))
    if found or checked is None:
        raise HubsterError(*found)
    return find_adapter(values["channel"]), checked


def check_change(row: Integration, values: dict[str, Any]) -> Checked | None:
    """The next configuration of an integration, None when it stays as it is; raises every fault found."""
    found = name_faults(row.hub, values["name"], except_id=row.id) if "name" in values else []
    found += _type_faults(values, row.type)
    checked = None
    if "configuration" in values and adapters.get(row.channel).configurable:
        checked, more = _read_next(row, values["configuration"])
        found += more
    if found:
        raise HubsterError(*found)
    return checked


def check_configuration(channel: Channel, raw: Any) -> Checked:
    """The configuration in stored form; raises every fault found."""
    checked, found = _read(channel, raw)
    if checked is None:
        raise HubsterError(*found)
    return checked


def configuration_faults(channel: object, raw: Any, row: Integration | None = None) -> list[Fault]:
    """The faults of a new configuration, or of the next one of `row`.

    Nothing, as far as it can be told, of an absent one, of an unknown channel, and where an update ignores it.
    """
    known = adapters.find_channel(row.channel if row else channel)
    if known is None or raw is None or (row and not known.configurable):
        return []
    return (_read_next(row, raw) if row else _read(known, raw))[1]


def _read(channel: Channel, raw: Any) -> tuple[Checked | None, list[Fault]]:
    """(the configuration in stored form, no faults) or (None, every fault)."""
    if not isinstance(raw, dict):
        return None, [Fault("PRT000302", "configuration", "must be an object.")]
    given = {key: value for key, value in raw.items() if key.lower() not in _SHOWN_KEYS}
    known = {info.alias or name for name, info in channel.config.model_fields.items()}
    addresses = [name for name in channel.addresses if name in known]
    found = [fault for name in addresses for fault in _address_faults(name, get_blind(given, name))]
    try:
        parsed = channel.config.model_validate(given)
    except ValidationError as error:
        return None, faults(error, PORTAL, "configuration") + found
    checked = Checked(parsed.dump(), bool(getattr(parsed, "regenerate_keys", False)))
    return (None, found) if found else (checked, [])


def _read_next(row: Integration, raw: Any) -> tuple[Checked | None, list[Fault]]:
    """Read the configuration that replaces an integration's; see `_read`."""
    adapter = adapters.get(row.channel)
    checked, found = _read(adapter, _with_lasting(row, adapter, raw))
    wanted = adapter.integration_type(checked.values) if checked else row.type
    if wanted == row.type:
        return checked, found
    text = f"is {row.type} and can't be changed. Create another integration for {wanted}."
    return None, [Fault("PRT000207", "configuration.integrationType", text)]


def _with_lasting(row: Integration, adapter: Adapter, raw: Any) -> Any:
    """The raw configuration with what is fixed for life, which an update may leave out as in the documents' example."""
    if not isinstance(raw, dict):
        return raw
    absent = [key for key in adapter.lasting if get_blind(raw, key) is None]
    return {**raw, **{key: row.configuration[key] for key in absent}}


def _address_faults(name: str, url: Any) -> list[Fault]:
    """The faults of an address that we shall call; its type and length are the schema's to judge."""
    if not isinstance(url, str) or not 0 < len(url) <= MAX_URL:
        return []
    try:
        check_url(url, network_policy())
    except NetworkError as refusal:
        return [Fault("PRT000202", f"configuration.{name}", refusal.text, quoted=True)]
    return []


def _type_faults(values: dict[str, Any], type: str) -> list[Fault]:
    """The faults of a type that is sent along; it must agree with the channel and the configuration."""
    if values.get("type", type) == type:
        return []
    return [Fault("PRT000206", "integrationTypeId", f"must be {type} for this channel. You can leave it out.")]


def name_faults(hub: Hub, name: str, except_id: Any = None) -> list[Fault]:
    """PRT000700 when another integration of the hub has the name."""
    if not Integration.objects.filter(hub=hub, name=name).exclude(pk=except_id).exists():
        return []
    return [Fault("PRT000700", "name", f"an integration named '{name}' already exists in this hub.")]


def check_name(hub: Hub, name: str, except_id: Any = None) -> None:
    """Names are unique in a hub; raises PRT000700."""
    found = name_faults(hub, name, except_id)
    if found:
        raise HubsterError(*found)


def do_create_integration(hub: Hub, values: dict[str, Any], fixed_id: Any = None) -> Integration:
    """A new integration from `channel`, `name`, `status` and `configuration`. `fixed_id` is for demo data."""
    adapter, checked = check_new(hub, values)
    row = Integration(
        hub=hub,
        type=adapter.integration_type(checked.values),
        channel=adapter.name,
        name=values["name"],
        status=values.get("status", Integration.Status.ACTIVE),
    )
    if fixed_id:
        row.id = fixed_id
    row.configuration = connect(adapter, row, checked.values)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            key = _new_key(row)[1] if adapter.signs else None
            audit.do_record("created", after=snapshot(row).also(**key_pair(key)))
    except IntegrityError:
        undo_connect(row)
        raise fail("PRT000700") from None
    return row


def do_update_integration(row: Integration, values: dict[str, Any], by_operator: bool = False) -> Integration:
    """Change what is given; a given configuration replaces the old one whole. An operator may cancel."""
    check_status(row, values, by_operator)
    adapter, before, account = adapters.get(row.channel), snapshot(row), row.inbound_id
    fields: list[str] = [name for name in ("name", "status") if name in values]
    checked = check_change(row, values)
    if checked:
        row.configuration = connect(adapter, row, checked.values)
        fields += ["configuration", "inbound_id", "connected", "said"]
    for name in ("name", "status"):
        if name in values:
            setattr(row, name, values[name])
    try:
        with transaction.atomic():
            row.save(update_fields=[*fields, "modified"])
            if checked and checked.regenerate and adapter.signs:
                _do_change_key(row, before)
            else:
                audit.do_record("updated", before, snapshot(row))
    except IntegrityError:
        undo_connect(row, account)
        raise fail("PRT000700") from None
    return row


def do_delete_integration(row: Integration) -> None:
    """Delete an integration with the deliveries to it; one of customers with its conversations, too."""
    disconnect(row)
    customers = row.type == Integration.Type.CUSTOMER
    conversations = row.conversations.all() if customers else row.hub.conversations.all()
    reach = Reach(Integration.objects.filter(pk=row.pk), conversations, conversations_go=customers)
    do_delete(row, {"status": Integration.Status.CANCELED}, reach)


@transaction.atomic
def do_rotate_keys(row: Integration) -> SigningKey:
    """A new signing pair; the old one stays valid beside it for `KEY_OVERLAP`."""
    return _do_change_key(row, snapshot(row))


def _do_change_key(row: Integration, before: Snapshot) -> SigningKey:
    """Rotate, and record it together with what else differs from `before`."""
    old, new = _new_key(row)
    audit.do_record("keys_rotated", before.also(**key_pair(old)), snapshot(row).also(**key_pair(new)))
    return new


def _new_key(row: Integration) -> tuple[SigningKey | None, SigningKey]:
    """The pair that signed until now, if any, and the new one."""
    now = clock.now()
    keys = SigningKey.objects.filter(integration=row)
    old = keys.filter(expires__isnull=True).first()
    keys.filter(expires__isnull=True).update(expires=now + KEY_OVERLAP)
    keys.filter(expires__lt=now).delete()
    new = SigningKey.objects.create(
        integration=row, public_key=random_key_hex(), private_key=random_key_hex(), created=now
    )
    return old, new
