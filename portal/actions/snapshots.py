"""Snapshots of rows as the business sees them: the audit log compares and keeps them."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Model

from engine import adapters
from hubster.lib import clock
from hubster.lib.secrecy import deeply_without_values
from portal.models import (
    Client,
    ClientSecret,
    DynamicCommand,
    Hub,
    Integration,
    ResponseCommand,
    SigningKey,
    Tenant,
    TransferCommand,
    User,
)

Properties = dict[str, Any]


@dataclass(frozen=True)
class Secret:
    """A value of which may be told that it changed, and nothing else."""

    value: str = field(repr=False)


@dataclass(frozen=True)
class SecretAddress(Secret):
    """A web address of which the host may be told: its path or query may be a secret."""


@dataclass(frozen=True)
class Snapshot:
    """A row by its API names. Values are what JSON knows, and `Secret`; empty ones are left out."""

    noun: str
    object_id: str
    name: str
    tenant_id: uuid.UUID | None
    properties: Properties

    def also(self, **more: Any) -> "Snapshot":
        """The snapshot with more properties."""
        return replace(self, properties={**self.properties, **more})


def _tenant(row: Tenant) -> Properties:
    ends = clock.iso(row.evaluation_ends) if row.evaluation_ends else None
    return {"name": row.name, "enabled": row.enabled, "evaluationEnds": ends, "keepDays": row.keep_days or None}


def _member(row: User) -> Properties:
    return {
        "username": row.username,
        "firstName": row.first_name,
        "lastName": row.last_name,
        "email": row.email,
        "tenant": row.tenant.name if row.tenant else None,
        "role": row.role,
        "operator": row.is_superuser,
        "maySignIn": row.is_active,
        "password": Secret(row.password),
    }


def _client(row: Client) -> Properties:
    return {"clientId": row.client_id, "enabled": row.enabled}


def _secret(row: ClientSecret) -> Properties:
    ends = clock.iso(row.expiration) if row.expiration else None
    return {"client": row.client.client_id, "name": row.name, "expiration": ends, "value": Secret(row.digest)}


def _hub(row: Hub) -> Properties:
    return {
        "name": row.name,
        "description": row.description,
        "status": Hub.Status(row.status).name.capitalize(),
        "closeDormantConversation": row.close_dormant_conversation,
        "handoverPhrases": row.handover_phrases,
        "botFailures": row.bot_failures,
        "botPatience": row.bot_patience,
        "handbackAfter": row.handback_after,
        "bindingPublicKey": row.binding_public_key,
        "trustRandomBindings": row.trust_random_bindings,
        "disclosesBots": row.discloses_bots,
        "disclosureSilence": row.disclosure_silence,
        "disclosureLanguage": row.disclosure_language,
        "disclosureTexts": row.disclosure_texts or None,
    }


def _integration(row: Integration) -> Properties:
    return {
        "name": row.name,
        "hub": row.hub.name,
        "type": row.type,
        "channel": row.channel,
        "status": Integration.Status(row.status).name.capitalize(),
        "account": row.inbound_id,
        **{f"configuration.{key}": value for key, value in _configuration(row).items()},
    }


def _configuration(row: Integration) -> Properties:
    """Of a channel that is not here any more nobody can tell what is secret, so all of it is.

    Secrets are taken out of other values, too: they may hold one.
    """
    adapter = adapters.find(row.channel)
    secret = {key.lower() for key in adapter.secret_keys} if adapter else {key.lower() for key in row.configuration}
    found = {key: _guarded(key.lower(), value, secret) for key, value in row.configuration.items()}
    if adapter is None:
        return found
    values = adapter.secrets(row.configuration)
    return {key: deeply_without_values(value, values) for key, value in found.items()}


def _guarded(key: str, value: Any, secret: set[str]) -> Any:
    if value and key in secret:
        return Secret(json.dumps(value))
    return SecretAddress(value) if key.endswith("url") and isinstance(value, str) and value else value


def _transfer(row: TransferCommand) -> Properties:
    return {**_command(row), "url": row.url, "linkDescription": row.link_description, "mountDelay": row.mount_delay}


def _response(row: ResponseCommand) -> Properties:
    more = {"category": row.category, "integrationTypeId": row.to, "type": row.kind, "responses": row.responses}
    return {**_command(row), **more}


def _dynamic(row: DynamicCommand) -> Properties:
    return {**_command(row), "category": row.category, "url": SecretAddress(row.url), **key_pair(row)}


def _command(row: TransferCommand | ResponseCommand | DynamicCommand) -> Properties:
    return {"name": row.name, "hub": row.hub.name, "description": row.description}


def key_pair(row: SigningKey | DynamicCommand | None) -> Properties:
    """A signing pair; empty without one."""
    if row is None:
        return {}
    return {"publicSigningKey": row.public_key, "privateSigningKey": Secret(row.private_key)}


@dataclass(frozen=True)
class _Kind:
    noun: str
    properties: Callable[[Any], Properties]
    tenant_id: Callable[[Any], uuid.UUID | None] = lambda row: row.hub.tenant_id
    object_id: Callable[[Any], str] = lambda row: str(row.pk)


def _own_tenant(row: Any) -> uuid.UUID | None:
    found: uuid.UUID | None = row.tenant_id
    return found


_KINDS: dict[type[Model], _Kind] = {
    Tenant: _Kind("tenant", _tenant, lambda row: row.pk),
    User: _Kind("member", _member, _own_tenant),
    Client: _Kind("client", _client, _own_tenant, lambda row: row.client_id),
    ClientSecret: _Kind("secret", _secret, lambda row: row.client.tenant_id, lambda row: row.client.client_id),
    Hub: _Kind("hub", _hub, _own_tenant),
    Integration: _Kind("integration", _integration),
    TransferCommand: _Kind("transfer", _transfer),
    ResponseCommand: _Kind("response", _response),
    DynamicCommand: _Kind("dynamic", _dynamic),
}
NOUNS = {kind.noun: model for model, kind in _KINDS.items()}

# What a deletion takes along, by the model's label; the rest is machinery.
_COUNTED = {
    "portal.Hub": "hubs",
    "portal.Integration": "integrations",
    "portal.TransferCommand": "commands",
    "portal.ResponseCommand": "commands",
    "portal.DynamicCommand": "commands",
    "portal.User": "members",
    "portal.ClientSecret": "secrets",
    "engine.Conversation": "conversations",
    "engine.Activity": "messages",
}


def snapshot(row: Model) -> Snapshot:
    """A row as it is now."""
    kind = _KINDS[row._meta.model]
    properties = {name: value for name, value in kind.properties(row).items() if value not in (None, "", [])}
    return Snapshot(kind.noun, kind.object_id(row), str(row), kind.tenant_id(row), properties)


def went_with(model: type[Model], deleted: Mapping[str, int]) -> dict[str, int]:
    """The number of rows deleted together with one row of `model`, from the answer of `delete()`."""
    counts: dict[str, int] = {}
    for label, count in deleted.items():
        others = count - 1 if label == model._meta.label else count
        if others and label in _COUNTED:
            counts[_COUNTED[label]] = counts.get(_COUNTED[label], 0) + others
    return counts
