"""Writes about integrations: configuration checked by the channel's adapter, keys made and rotated."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from pydantic import ValidationError

from engine import adapters
from engine.activity import PORTAL
from engine.adapters import Adapter
from hubster.lib import clock
from hubster.lib.errors import Fault, HubsterError, fail
from hubster.lib.http import NetworkError, check_url
from hubster.lib.http_policy import Policy
from hubster.lib.ids import random_key_hex
from hubster.lib.typed import faults, get_blind
from portal.models import Hub, Integration, SigningKey

KEY_OVERLAP = timedelta(hours=24)
_SHOWN_KEYS = ("publicsigningkey", "privatesigningkey")  # answers carry them; sent back, they are ignored


@dataclass(frozen=True)
class Checked:
    """A configuration that may be stored."""

    values: dict[str, Any]
    regenerate: bool


def network_policy() -> Policy:
    """Where webhooks may go: public addresses, and this machine where a setting allows it."""
    return Policy(allow_loopback=settings.HUBSTER_ALLOW_LOOPBACK, deadline=settings.HUBSTER_ATTEMPT_DEADLINE)


def find_adapter(channel: object) -> Adapter:
    """The adapter for `channelId`; PRT000206 when unknown, PRT000103 when its adapter is not here yet."""
    adapter = adapters.find(channel)
    if adapter:
        return adapter
    planned = adapters.known_name(channel)
    if planned:
        raise fail("PRT000103", f"Property 'channelId': {planned} cannot be connected yet.")
    names = ", ".join(found.name for found in adapters.all_adapters())
    raise fail("PRT000206", f"Property 'channelId': '{str(channel)[:40]}' is not supported; use one of {names}.")


def check_configuration(adapter: Adapter, raw: Any) -> Checked:
    """The configuration in stored form; raises every fault found."""
    if not isinstance(raw, dict):
        raise fail("PRT000302", "Property 'configuration' must be an object.")
    given = {key: value for key, value in raw.items() if key.lower() not in _SHOWN_KEYS}
    try:
        parsed = adapter.config.model_validate(given)
    except ValidationError as error:
        raise HubsterError(*faults(error, PORTAL, "configuration")) from None
    values = parsed.dump()
    if values.get("webhookUrl"):
        _check_webhook(values["webhookUrl"])
    return Checked(values, bool(getattr(parsed, "regenerate_keys", False)))


def configuration_faults(channel: object, raw: Any) -> list[Fault]:
    """What is wrong with a configuration, as far as it can be told: nothing of an absent one or an unknown channel."""
    adapter = adapters.find(channel)
    if adapter is None or raw is None:
        return []
    try:
        check_configuration(adapter, raw)
    except HubsterError as error:
        return list(error.faults)
    return []


def _check_webhook(url: str) -> None:
    try:
        check_url(url, network_policy())
    except NetworkError as refusal:
        raise fail("PRT000202", f"Property 'configuration.webhookUrl': {refusal.text}") from None


def check_name(hub: Hub, name: str, except_id: Any = None) -> None:
    """Names are unique in a hub; raises PRT000700."""
    if Integration.objects.filter(hub=hub, name=name).exclude(pk=except_id).exists():
        raise fail("PRT000700", f"Property 'name': an integration named '{name}' already exists in this hub.")


def do_create_integration(hub: Hub, values: dict[str, Any], fixed_id: Any = None) -> Integration:
    """A new integration from `channel`, `name`, `status` and `configuration`. `fixed_id` is for demo data."""
    adapter = find_adapter(values["channel"])
    check_name(hub, values["name"])
    checked = check_configuration(adapter, values["configuration"])
    row = Integration(
        hub=hub,
        type=adapter.integration_type(checked.values),
        channel=adapter.name,
        name=values["name"],
        status=values.get("status", Integration.Status.ACTIVE),
        configuration=checked.values,  # type: ignore[misc]
    )
    if fixed_id:
        row.id = fixed_id
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            if adapter.signs:
                do_rotate_keys(row)
    except IntegrityError:
        raise fail("PRT000700") from None
    return row


def do_update_integration(row: Integration, values: dict[str, Any]) -> Integration:
    """Change what is given; a given configuration replaces the old one whole."""
    adapter = adapters.get(row.channel)
    fields: list[str] = [name for name in ("name", "status") if name in values]
    if "name" in values:
        check_name(row.hub, values["name"], except_id=row.id)
    checked = None
    if "configuration" in values and adapter.configurable:
        checked = check_configuration(adapter, _with_lasting(row, adapter, values["configuration"]))
        _check_same_type(row, adapter, checked)
        row.configuration = checked.values
        fields.append("configuration")
    for name in ("name", "status"):
        if name in values:
            setattr(row, name, values[name])
    try:
        with transaction.atomic():
            row.save(update_fields=[*fields, "modified"])
            if checked and checked.regenerate and adapter.signs:
                do_rotate_keys(row)
    except IntegrityError:
        raise fail("PRT000700") from None
    return row


def _with_lasting(row: Integration, adapter: Adapter, raw: Any) -> Any:
    """What an integration keeps for life may be left out of an update, as the documents' example does."""
    if not isinstance(raw, dict):
        return raw
    absent = [key for key in adapter.lasting if get_blind(raw, key) is None]
    return {**raw, **{key: row.configuration[key] for key in absent}}


def _check_same_type(row: Integration, adapter: Adapter, checked: Checked) -> None:
    wanted = adapter.integration_type(checked.values)
    if wanted != row.type:
        text = (
            f"Property 'configuration.integrationType' is {row.type} for life; create another integration for {wanted}."
        )
        raise HubsterError(Fault("PRT000207", text))


def do_delete_integration(row: Integration) -> None:
    """Delete an integration with its conversations and deliveries."""
    row.delete()


def do_rotate_keys(row: Integration) -> SigningKey:
    """A new signing pair; the old one stays valid beside it for `KEY_OVERLAP`."""
    now = clock.now()
    SigningKey.objects.filter(integration=row, expires__isnull=True).update(expires=now + KEY_OVERLAP)
    SigningKey.objects.filter(integration=row, expires__lt=now).delete()
    return SigningKey.objects.create(
        integration=row, public_key=random_key_hex(), private_key=random_key_hex(), created=now
    )
