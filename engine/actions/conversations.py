"""Writes about conversations: establish, close."""

import base64
import json
import secrets
import uuid
from typing import Any

from coolname import generate
from django.db import IntegrityError, transaction

from engine import access, adapters
from engine.actions.receive import PLATFORM, Said, do_append, first_side
from engine.adapters._start import start_messages
from engine.models import Conversation, VisitorGrant
from hubster.lib import clock
from hubster.lib.errors import fail
from portal.identity.tokens import Visitor
from portal.models import Integration

MAX_BINDING = 400  # characters
MAX_PROPERTIES = 65_536  # bytes of JSON
SECRET_BINDING = 40  # characters; a shorter binding could be guessed, so it holds only in its own browser


def effective_binding(binding: str, visitor: Visitor | None) -> str:
    """What finds a conversation again. From a browser, a binding that could be guessed counts only there."""
    if visitor is None or len(binding) >= SECRET_BINDING:
        return binding
    return f"{visitor.visitor_id}:{binding}"


def check_properties(properties: Any) -> None:
    """Collections of key/value pairs, in reasonable size; raises ENG000201 or ENG000207."""
    if not isinstance(properties, dict) or not all(isinstance(item, dict) for item in properties.values()):
        raise fail("ENG000201", "Property 'properties' must be an object of objects, such as {'profile': {…}}.")
    if len(json.dumps(properties)) > MAX_PROPERTIES:
        raise fail("ENG000207", f"Property 'properties' is larger than {MAX_PROPERTIES} bytes.")


def complete_properties(given: dict[str, Any], channel: str) -> dict[str, Any]:
    """`profile` and `additional` always exist; a visitor without a name gets a friendly one."""
    profile = {"device": channel, "full name": " ".join(generate(2)).title(), **given.get("profile", {})}
    return {**given, "profile": profile, "additional": given.get("additional", {})}


def merged(old: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Later establishes add and replace keys, collection by collection."""
    return {**old, **{name: {**old.get(name, {}), **items} for name, items in given.items()}}


def do_establish(
    integration: Integration, binding: str, properties: dict[str, Any], visitor: Visitor | None = None
) -> tuple[Conversation, bool]:
    """The open conversation of a binding, made if there is none; (conversation, whether it is new)."""
    access.check_active(integration)
    key = effective_binding(binding, visitor)
    for last_try in (False, True):
        try:
            with transaction.atomic():
                return _establish(integration, key, properties, visitor)
        except IntegrityError:  # another request made it at the same moment: take that one
            if last_try:
                raise
    raise AssertionError("unreachable")


def _establish(
    integration: Integration, key: str, properties: dict[str, Any], visitor: Visitor | None
) -> tuple[Conversation, bool]:
    rows = Conversation.objects.select_for_update().filter(integration=integration, binding=key, closed__isnull=True)
    found = rows.first()
    if found is None:
        found, is_new = _do_create(integration, key, properties), True
    else:
        is_new = False
        changed = merged(found.properties, properties)
        if changed != found.properties:
            found.properties = changed
            found.save(update_fields=["properties", "modified"])
    if visitor:
        VisitorGrant.objects.get_or_create(visitor=visitor.visitor_id, conversation=found)
    found.integration = integration
    return found, is_new


def _do_create(integration: Integration, key: str, properties: dict[str, Any]) -> Conversation:
    conversation = Conversation.objects.create(
        integration=integration,
        hub=integration.hub,
        binding=key,
        token_id=base64.b64encode(secrets.token_bytes(16)).decode(),
        properties=complete_properties(properties, integration.channel),
        opened=clock.now(),
        side=first_side(access.active_ends(integration.hub_id)),
    )
    for content in start_messages(integration.configuration):
        said = Said("message", content, flow="AutoReplay")
        do_append(conversation, said, PLATFORM, None, integration)
    return conversation


def do_close(conversation_id: uuid.UUID) -> Conversation:
    """Close; closing again changes nothing."""
    with transaction.atomic():
        row = Conversation.objects.select_for_update().get(pk=conversation_id)
        if row.closed is None:
            row.closed = clock.now()
            row.save(update_fields=["closed", "modified"])
    return row


def channel_matches(integration: Integration, channel: Any) -> bool:
    """Whether a `channelType` by name or number names the integration's channel."""
    adapter = adapters.find(channel)
    return adapter is not None and adapter.name == integration.channel
