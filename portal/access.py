"""Fetches everything of a tenant. What belongs to another tenant does not exist here."""

import uuid
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from hubster.lib.errors import fail
from portal.models import Client, Hub, Integration, User


def hubs_of(tenant_id: uuid.UUID) -> QuerySet[Hub]:
    """All hubs of a tenant."""
    return Hub.objects.filter(tenant_id=tenant_id)


def get_hub_for(tenant_id: uuid.UUID, hub_id: uuid.UUID) -> Hub:
    """A hub of the tenant, or PRT000699."""
    found = hubs_of(tenant_id).filter(pk=hub_id).first()
    if found is None:
        raise fail("PRT000699")
    return found


def integrations_of(tenant_id: uuid.UUID) -> QuerySet[Integration]:
    """All integrations of a tenant, with what answers need."""
    return Integration.objects.filter(hub__tenant_id=tenant_id).select_related("hub").prefetch_related("signing_keys")


def get_integration_for(tenant_id: uuid.UUID, integration_id: uuid.UUID) -> Integration:
    """An integration of the tenant, or PRT000799."""
    found = integrations_of(tenant_id).filter(pk=integration_id).first()
    if found is None:
        raise fail("PRT000799")
    return found


def get_client_for(tenant_id: uuid.UUID, client_id: str) -> Client:
    """An API client of the tenant by its public id in any case, or PRT000105."""
    wanted = client_id.lower()
    found: Client | None = None
    if "\x00" not in wanted:
        found = Client.objects.filter(tenant_id=tenant_id, client_id=wanted).prefetch_related("secrets").first()
    if found is None:
        raise fail("PRT000105", text="The client was not found.")
    return found


def get_command_for(model: type[Any], tenant_id: uuid.UUID, command_id: uuid.UUID) -> Any:
    """A command of the given kind in a hub of the tenant, or PRT000105."""
    found = model.objects.filter(hub__tenant_id=tenant_id, pk=command_id).select_related("hub").first()
    if found is None:
        raise fail("PRT000105", text="The command was not found.")
    return found


def staff_tenants(user: User) -> list[uuid.UUID] | None:
    """The tenants a person of the admin may see; None means all (an operator)."""
    if user.is_superuser:
        return None
    return [user.tenant_id] if user.tenant_id else []


def staff_hubs(user: User) -> QuerySet[Hub]:
    """The hubs a person of the admin may see."""
    tenants = staff_tenants(user)
    return Hub.objects.all() if tenants is None else Hub.objects.filter(tenant__in=tenants)


def answering_of(hub: Hub) -> QuerySet[Integration]:
    """The active agents and bots of a hub."""
    sides = (Integration.Type.AGENT, Integration.Type.BOT)
    return Integration.objects.filter(hub=hub, type__in=sides, status=Integration.Status.ACTIVE)


def silent_hubs(hubs: QuerySet[Hub]) -> QuerySet[Hub]:
    """Those whose customers are refused: customers can write, and no agent or bot is active."""
    active = Integration.objects.filter(hub=OuterRef("pk"), status=Integration.Status.ACTIVE)
    answering = active.filter(type__in=(Integration.Type.AGENT, Integration.Type.BOT))
    customers = active.filter(type=Integration.Type.CUSTOMER)
    return hubs.filter(Exists(customers), ~Exists(answering), status=Hub.Status.ACTIVE)
