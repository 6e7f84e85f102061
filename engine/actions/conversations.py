"""Writes about conversations: establish, change what is known of the customer, close."""

import base64
import json
import secrets
import uuid
from typing import Any

from coolname import generate
from django.db import IntegrityError, transaction

from engine import access, adapters
from engine.actions import bindings
from engine.actions.append import PLATFORM, NewActivity, do_append_activity
from engine.actions.bindings import Claim
from engine.adapters._start import start_messages
from engine.models import Conversation, VisitorGrant
from engine.work.announcements import announce
from hubster.lib import clock
from hubster.lib.errors import fail
from portal.models import Integration

MAX_BINDING = 400  # characters
MAX_PROPERTIES = 65_536  # bytes of JSON
COLLECTIONS = ("profile", "additional")  # documented; their keys are data


def check_properties(raw: Any) -> dict[str, Any]:
    """The collections of key/value pairs of *establish*; raises ENG000201 or ENG000207. What is null is not given."""
    given = {name: items for name, items in check_changes(raw).items() if items is not None}
    return {name: {key: item for key, item in items.items() if item is not None} for name, items in given.items()}


def check_changes(raw: Any) -> dict[str, Any]:
    """Collections of key/value pairs, the documented ones by their documented names, nulls kept.

    Raises ENG000201 or ENG000207.
    """
    if not isinstance(raw, dict | None) or not all(isinstance(item, dict | None) for item in (raw or {}).values()):
        raise fail("ENG000201", "properties", "must be an object of objects, such as {'profile': {…}}.")
    changes: dict[str, Any] = {}
    for key, items in (raw or {}).items():
        name = key.lower() if key.lower() in COLLECTIONS else key
        if name in changes:
            raise fail("ENG000201", f"properties.{name}", "is given twice.")
        changes[name] = items
    _check_size(changes)
    return changes


def _check_size(properties: dict[str, Any]) -> None:
    if len(json.dumps(properties)) > MAX_PROPERTIES:
        raise fail("ENG000207", "properties", f"is larger than {MAX_PROPERTIES} bytes.")


def complete_properties(given: dict[str, Any], channel: str) -> dict[str, Any]:
    """`profile` and `additional` always exist; a customer without a name gets a friendly one."""
    profile = dict(given.get("profile", {}))
    if profile.get("device") in (None, ""):
        profile["device"] = channel
    if profile.get("full name") in (None, ""):
        profile["full name"] = " ".join(generate(2)).title()
    return {**given, "profile": profile, "additional": given.get("additional", {})}


def merged(old: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Later establishes add and replace keys, collection by collection."""
    return {**old, **{name: {**old.get(name, {}), **items} for name, items in given.items()}}


def changed(old: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The properties after a change, where null takes away a key, or a whole collection."""
    given = {name: items for name, items in changes.items() if items is not None}
    result = merged({name: items for name, items in old.items() if changes.get(name, {}) is not None}, given)
    for name, items in given.items():
        result[name] = {key: item for key, item in result[name].items() if items.get(key, "") is not None}
    return result


def do_establish(
    integration: Integration, claim: Claim | str, properties: dict[str, Any], greets: bool = True
) -> tuple[Conversation, bool]:
    """The open conversation of a binding, made if there is none; (conversation, whether it is new).

    A bare binding is the business's own claim. A new one begins with the start messages if it `greets`.
    Raises ENG000102 for a bad token.
    """
    claim = Claim(claim) if isinstance(claim, str) else claim
    bindings.check(claim, integration)
    access.check_active(integration)
    for last_try in (False, True):
        try:
            with transaction.atomic():
                return _establish(integration, claim, properties, greets)
        except IntegrityError:  # another request made it at the same moment: take that one
            if not Integration.objects.filter(pk=integration.pk).exists():
                raise fail("ENG006000") from None
            if last_try:
                raise
    raise AssertionError("unreachable")


def _establish(
    integration: Integration, claim: Claim, properties: dict[str, Any], greets: bool
) -> tuple[Conversation, bool]:
    rows = bindings.open_conversations(claim, integration).select_for_update(no_key=True)
    found = min(rows, key=lambda row: row.binding != claim.binding, default=None)
    if found is None:
        found, is_new = _do_create(integration, bindings.key_of(claim, integration), properties, greets), True
    else:
        is_new = False
        _do_keep(found, merged(found.properties, properties))
    if claim.visitor:
        VisitorGrant.objects.get_or_create(visitor=claim.visitor.visitor_id, conversation=found)
    found.integration = integration
    return found, is_new


def _do_create(integration: Integration, key: str, properties: dict[str, Any], greets: bool) -> Conversation:
    conversation = Conversation.objects.create(
        integration=integration,
        hub=integration.hub,
        binding=key,
        token_id=base64.b64encode(secrets.token_bytes(16)).decode(),
        properties=complete_properties(properties, integration.channel),
        opened=clock.now(),
        side=access.first_side(access.present_integrations(integration.hub_id)),
    )
    for content in start_messages(integration.configuration) if greets else ():
        new = NewActivity("message", content, flow="AutoReplay")
        do_append_activity(conversation, new, PLATFORM, None, integration)
    return conversation


def do_reopen_as(closed: Conversation) -> Conversation:
    """The open conversation that follows a closed one: the present one of its binding, or a new one, locked."""
    rows = Conversation.objects.select_for_update(of=("self",), no_key=True).select_related(
        "integration", "hub__tenant"
    )
    fresh = rows.filter(integration=closed.integration_id, binding=closed.binding, closed__isnull=True).first()
    fresh = fresh or Conversation.objects.create(
        integration=closed.integration,
        hub=closed.hub,
        binding=closed.binding,
        token_id=closed.token_id,
        properties=closed.properties,
        side=access.first_side(access.present_integrations(closed.hub_id)),
        opened=clock.now(),
    )
    fresh.integration.hub = fresh.hub
    visitors = closed.grants.values_list("visitor", flat=True)
    grants = [VisitorGrant(visitor=visitor, conversation=fresh) for visitor in visitors]
    VisitorGrant.objects.bulk_create(grants, ignore_conflicts=True)
    return fresh


def _do_keep(row: Conversation, properties: dict[str, Any]) -> None:
    """Store what is known of the customer, if it is something new, and show it to who is looking."""
    if properties == row.properties:
        return
    _check_size(properties)
    row.properties = properties
    row.save(update_fields=["properties", "modified"])
    announce(row.hub_id, row.id, [], row.last_event_id)


def do_change_properties(conversation_id: uuid.UUID, changes: dict[str, Any]) -> dict[str, Any]:
    """Merge what the business knows of the customer, see `changed`; the properties after it. Raises ENG000207."""
    with transaction.atomic():
        rows = Conversation.objects.select_for_update(of=("self",), no_key=True).select_related("integration")
        row = rows.get(pk=conversation_id)
        properties = complete_properties(changed(row.properties, changes), row.integration.channel)
        _do_keep(row, properties)
    return properties


@transaction.atomic
def do_introduce(conversation_id: uuid.UUID, friendly: str, told: dict[str, Any]) -> None:
    """Add what a channel tells of the customer, whose name replaces a `friendly` one; what else is known stands.

    Raises ENG000207.
    """
    row = Conversation.objects.select_for_update(no_key=True).get(pk=conversation_id)
    known = dict(row.properties["profile"])
    if "full name" in told and known.get("full name") == friendly:
        del known["full name"]
    _do_keep(row, {**row.properties, "profile": {**told, **known}})


def do_close(conversation_id: uuid.UUID) -> Conversation:
    """Close; closing again changes nothing."""
    with transaction.atomic():
        row = Conversation.objects.select_for_update(no_key=True).get(pk=conversation_id)
        if row.closed is None:
            row.closed = clock.now()
            row.save(update_fields=["closed", "modified"])
            announce(row.hub_id, row.id, [], row.last_event_id)
    return row


def channel_matches(integration: Integration, channel: Any) -> bool:
    """True if a `channelType` by name or number names the integration's channel."""
    adapter = adapters.find(channel)
    return adapter is not None and adapter.name == integration.channel
