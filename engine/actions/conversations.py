"""Writes about conversations: establish, close."""

import base64
import json
import re
import secrets
import uuid
from typing import Any

from coolname import generate
from django.db import IntegrityError, transaction

from engine import access, adapters
from engine.actions.receive import PLATFORM, Said, do_append, first_side
from engine.adapters._start import start_messages
from engine.models import Conversation, VisitorGrant
from engine.sockets.hints import announce
from hubster.lib import clock
from hubster.lib.errors import fail
from portal.identity.tokens import Visitor
from portal.models import Integration

MAX_BINDING = 400  # characters
MAX_PROPERTIES = 65_536  # bytes of JSON
COLLECTIONS = ("profile", "additional")  # documented; their keys are data
SECRET_BINDING = 40  # characters; what is shorter could be guessed, so it holds only in its own browser
_KINDS = ("[a-z]", "[A-Z]", "[0-9]")


def effective_binding(binding: str, visitor: Visitor | None) -> str:
    """What finds a conversation again. From a browser, a binding that could be guessed counts only there."""
    if visitor is None or holds_secret(binding):
        return binding
    return f"{visitor.visitor_id}:{binding}"


def holds_secret(binding: str) -> bool:
    """Whether a part of the binding looks random: long, of many characters and of more than one kind.

    Length alone would let e-mail addresses, page addresses and padded numbers pass, which others know.
    """
    parts = re.findall(rf"[\w-]{{{SECRET_BINDING},}}", binding, re.ASCII)
    return any(len(set(part)) >= 12 and sum(bool(re.search(kind, part)) for kind in _KINDS) > 1 for part in parts)


def check_properties(raw: Any) -> dict[str, Any]:
    """The collections of key/value pairs, the documented ones by their documented names; raises ENG000201 or ENG000207.

    What is null is not given.
    """
    if not isinstance(raw, dict | None) or not all(isinstance(item, dict | None) for item in (raw or {}).values()):
        raise fail("ENG000201", "Property 'properties' must be an object of objects, such as {'profile': {…}}.")
    given = {key: item for key, item in (raw or {}).items() if item is not None}
    properties = {key.lower() if key.lower() in COLLECTIONS else key: item for key, item in given.items()}
    _check_size(properties)
    return properties


def _check_size(properties: dict[str, Any]) -> None:
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
            _check_size(changed)
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
            announce(row.hub_id, row.id, [], row.last_event_id)
    return row


def channel_matches(integration: Integration, channel: Any) -> bool:
    """Whether a `channelType` by name or number names the integration's channel."""
    adapter = adapters.find(channel)
    return adapter is not None and adapter.name == integration.channel
