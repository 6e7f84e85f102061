"""Writes about tenants, their API clients and secrets."""

from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import IntegrityError, transaction

from hubster.lib.crypto import secret_digest
from hubster.lib.errors import HubsterError, fail
from hubster.lib.ids import random_secret
from portal.actions import audit
from portal.actions.deletion import Reach, do_delete
from portal.actions.snapshots import snapshot
from portal.identity import tokens
from portal.models import Client, ClientSecret, Hub, Integration, Tenant

_APIS = {"portal": tokens.PORTAL, "engine": tokens.ENGINE}


@transaction.atomic
def do_create_tenant(tenant: Tenant) -> Tenant:
    """Save a new tenant together with its two API clients."""
    tenant.save(force_insert=True)
    for api, scope in _APIS.items():
        Client.objects.create(
            tenant=tenant,
            client_id=f"hubster.{api}.api.{tenant.id.hex}",
            name=f"Hubster {api.title()} API Client",
            client_type=Client.CLIENT_CONFIDENTIAL,
            authorization_grant_type=Client.GRANT_CLIENT_CREDENTIALS,
            client_secret="",
            scope=scope,
        )
    audit.do_record("created", after=snapshot(tenant))
    return tenant


def check_secret_name(client: Client, name: str) -> None:
    """The names of a client's secrets are unique; raises PRT000600."""
    if ClientSecret.objects.filter(client=client, name=name).exists():
        raise _taken(name)


def _taken(name: str) -> HubsterError:
    return fail("PRT000600", "name", f"a token named '{name}' already exists for this client.")


def do_add_secret(
    client: Client, name: str, expiration: datetime | None = None, value: str | None = None
) -> tuple[ClientSecret, str]:
    """A new secret and its whole value, which is shown only now. `value` is for fixed demo data."""
    check_secret_name(client, name)
    secret = value or random_secret()
    try:
        with transaction.atomic():
            row = ClientSecret.objects.create(
                client=client,
                name=name,
                expiration=expiration,
                digest=secret_digest(secret),
                start=secret[: ClientSecret.SHOWN],
            )
            audit.do_record("added", after=snapshot(row))
    except IntegrityError:
        raise _taken(name) from None
    return row, secret


def do_delete_secret(client: Client, secret_id: int) -> None:
    """Delete a secret; every access token obtained with it ends at once."""
    row = ClientSecret.objects.filter(client=client, pk=secret_id).first()
    if row is None:
        raise fail("PRT000105", text="The token was not found.")
    row.client = client
    audit.do_delete(row)


@transaction.atomic
def do_update_tenant(tenant: Tenant, values: dict[str, Any]) -> Tenant:
    """Change only what is given. Disabling ends every token of the tenant at once."""
    before = snapshot(tenant)
    for name, value in values.items():
        setattr(tenant, name, value)
    tenant.save(update_fields=[*values, "modified"])
    audit.do_record("updated", before, snapshot(tenant))
    return tenant


def do_delete_tenant(tenant: Tenant) -> None:
    """Delete a tenant with everything that is its own."""
    hubs = Hub.objects.filter(tenant=tenant)
    conversations = apps.get_model("engine", "Conversation")._default_manager.filter(hub__in=hubs)
    do_delete(tenant, {"enabled": False}, Reach(Integration.objects.filter(hub__in=hubs), conversations))


@transaction.atomic
def do_switch_client(client: Client, enabled: bool) -> Client:
    """Enable or disable an API client; disabled, its tokens are refused at once."""
    before = snapshot(client)
    client.enabled = enabled
    client.save(update_fields=["enabled"])
    audit.do_record("enabled" if enabled else "disabled", before, snapshot(client))
    return client
