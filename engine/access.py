"""Fetches everything of the engine: only what belongs to the caller exists."""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from engine.models import Activity, Contact, Conversation, Delivery, Endpoint, VisitorGrant
from hubster.lib import kept, sql
from hubster.lib.errors import HubsterError, fail
from hubster.lib.keyset import Listing
from portal import access as portal_access
from portal.idempotency import other_request
from portal.identity.tokens import Caller, Visitor
from portal.models import Hub, Integration, Tenant


@dataclass(frozen=True)
class IntegrationRef:
    """The facts about an integration that the engine needs, without its row."""

    id: uuid.UUID
    type: str
    channel: str
    configuration: dict[str, Any]
    paused: bool = False  # whether nothing is sent to its endpoint


def conversations_for(caller: Caller | Visitor) -> QuerySet[Conversation]:
    """The conversations that a client's tenant, or a visitor's browser, may see."""
    if isinstance(caller, Visitor):
        return Conversation.objects.filter(integration=caller.integration_id, grants__visitor=caller.visitor_id)
    return Conversation.objects.filter(hub__tenant_id=caller.tenant_id)


def get_conversation_for(caller: Caller | Visitor, conversation_id: uuid.UUID) -> Conversation:
    """A conversation with its integration, hub and tenant, or ENG006500."""
    rows = conversations_for(caller).select_related("integration", "hub__tenant")
    found = rows.filter(pk=conversation_id).first()
    if found is None:
        raise fail("ENG006500")
    found.integration.hub = found.hub  # the same row; saves asking for it again
    return found


_CONVERSATION = [field.name for field in Conversation._meta.concrete_fields]
_LONG = ("description", "binding_public_key", "disclosure_texts")
_HUB = [field.name for field in Hub._meta.concrete_fields if field.name not in _LONG]
_INTEGRATION = ("id", "hub", "type", "channel", "name", "status")  # not the configuration: it would be decrypted
_TENANT = ("id", "name", "enabled", "evaluation_ends")


def _select(condition: str) -> sql.Select:
    parts = [(Conversation, "c", _CONVERSATION), (Integration, "i", _INTEGRATION), (Hub, "h", _HUB),
             (Tenant, "t", _TENANT)]  # fmt: skip
    tables = (
        f"FROM {sql.name(Conversation)} c JOIN {sql.name(Integration)} i ON i.id = c.integration_id "
        f"JOIN {sql.name(Hub)} h ON h.id = c.hub_id JOIN {sql.name(Tenant)} t ON t.id = h.tenant_id"
    )
    return sql.Select(parts, f"{tables} WHERE c.id = %(id)s {condition} LOCKING c")


_ANY = _select("")
_TENANTS = _select("AND h.tenant_id = %(tenant)s")
_VISITORS = _select(
    f"AND c.integration_id = %(integration)s AND EXISTS (SELECT 1 FROM {sql.name(VisitorGrant)} g "
    "WHERE g.conversation_id = c.id AND g.visitor = %(visitor)s)"
)


def locked_conversation(caller: Caller | Visitor | None, conversation_id: uuid.UUID) -> Conversation:
    """The conversation in which somebody speaks, with integration, hub and tenant, locked until the transaction ends.

    One narrow statement has everything that accepting needs. Raises ENG006500 where the caller may not see it, as
    `conversations_for` has it, and ENG002001 or ENG002002 for its tenant; None sees all.
    """
    given = {"id": sql.value(Conversation, "id", conversation_id)}
    select = _ANY
    if isinstance(caller, Visitor):
        select = _VISITORS
        given["integration"] = sql.value(Conversation, "integration", caller.integration_id)
        given["visitor"] = sql.value(VisitorGrant, "visitor", caller.visitor_id)
    elif caller is not None:
        select = _TENANTS
        given["tenant"] = sql.value(Hub, "tenant", caller.tenant_id)
    rows = select.rows(given)
    if not rows:
        raise fail("ENG006500")
    conversation, integration, hub, tenant = rows[0]
    hub.tenant, integration.hub = tenant, hub
    if caller is not None:
        check_tenant(hub)
    conversation.integration, conversation.hub = integration, hub
    return conversation  # type: ignore[no-any-return]


def get_integration_for(caller: Caller | Visitor, integration_id: uuid.UUID) -> Integration:
    """An integration of the caller with its hub, or ENG006000. A visitor has only its own."""
    if isinstance(caller, Visitor) and caller.integration_id != integration_id:
        raise fail("ENG006000")
    rows = Integration.objects.filter(hub__tenant_id=caller.tenant_id, pk=integration_id)
    found = rows.select_related("hub__tenant").first()
    if found is None:
        raise fail("ENG006000")
    return found


def get_hub_for(tenant_id: uuid.UUID, hub_id: uuid.UUID) -> Hub:
    """A hub of the tenant, or ENG005500."""
    try:
        return portal_access.get_hub_for(tenant_id, hub_id)
    except HubsterError:
        raise fail("ENG005500") from None


def find_repeat(sender: Integration, dedupe_key: str | None, fingerprint: str | None) -> Activity | None:
    """The activity that the sender sent with this key before; raises ENG000106 if its content was different."""
    if not dedupe_key:
        return None
    rows = Activity.objects.filter(sender_integration=sender, dedupe_key=dedupe_key)
    found = rows.select_related("conversation").first()
    if found and fingerprint and found.fingerprint and found.fingerprint != fingerprint:
        raise other_request("ENG")
    return found


def check_active(integration: Integration) -> None:
    """Raises ENG006502 when the integration or its hub is cancelled, ENG006503 when paused."""
    hub = integration.hub
    if integration.status == Integration.Status.CANCELED or hub.status == Hub.Status.CANCELED:
        raise fail("ENG006502")
    if integration.status == Integration.Status.PAUSED or hub.status == Hub.Status.PAUSED:
        raise fail("ENG006503")


def check_tenant(hub: Hub) -> None:
    """Raises ENG002001 or ENG002002; needed where no client token has proven it already."""
    if not hub.tenant.enabled:
        raise fail("ENG002001")
    if hub.tenant.evaluation_over:
        raise fail("ENG002002")


def active_integrations(hub_id: uuid.UUID) -> list[IntegrationRef]:
    """All active integrations of a hub, oldest first: one query."""
    return active_integrations_of([hub_id])[hub_id]


def active_integrations_of(hubs: Collection[uuid.UUID]) -> dict[uuid.UUID, list[IntegrationRef]]:
    """All active integrations of several hubs at once, by hub."""
    keys = [sql.value(Integration, "hub", hub) for hub in hubs]
    found: dict[uuid.UUID, list[IntegrationRef]] = {hub: [] for hub in hubs}
    for row, endpoint in _ACTIVE.rows({"hubs": keys, "active": Integration.Status.ACTIVE.value}):
        paused = endpoint.paused is not None
        found[row.hub_id].append(IntegrationRef(row.id, row.type, row.channel, row.configuration, paused))
    return found


_ACTIVE = sql.Select(
    [(Integration, "i", ("id", "hub", "type", "channel", "configuration")), (Endpoint, "e", ("destination", "paused"))],
    f"FROM {sql.name(Integration)} i LEFT JOIN {sql.name(Endpoint)} e ON e.destination_id = i.id "
    "WHERE i.hub_id = ANY(%(hubs)s) AND i.status = %(active)s ORDER BY i.created, i.id",
)


_PRESENT = sql.Select(
    [(Integration, "i", ("id", "type", "channel")), (Endpoint, "e", ("destination", "paused"))],
    f"FROM {sql.name(Integration)} i LEFT JOIN {sql.name(Endpoint)} e ON e.destination_id = i.id "
    "WHERE i.hub_id = %(hub)s AND i.status = %(active)s ORDER BY i.created, i.id",
)


def present_integrations(hub_id: uuid.UUID) -> list[IntegrationRef]:
    """All active integrations of a hub, oldest first, without their configurations: those need decrypting."""
    given = {"hub": sql.value(Integration, "hub", hub_id), "active": Integration.Status.ACTIVE.value}
    return [
        IntegrationRef(row.id, row.type, row.channel, {}, endpoint.paused is not None)
        for row, endpoint in _PRESENT.rows(given)
    ]


_known: kept.Kept[uuid.UUID, list[IntegrationRef]] = kept.Kept()


def known_integrations(hub: Hub) -> list[IntegrationRef]:
    """`present_integrations` as they were a few seconds ago, unless something of the tenant has changed since.

    One of them may have been deleted a moment ago in another process: a row that names it cannot be stored then.
    """
    return _known.find(hub.pk, lambda: present_integrations(hub.pk), lambda _: str(hub.tenant_id))


def answering(integrations: list[IntegrationRef], side: str) -> list[IntegrationRef]:
    """The integrations that receive a customer's activity: the active side, else the other, else nobody.

    Bots to which nothing is sent come last: what they get waits until somebody resumes them.
    """
    first = Conversation.Side.AGENT if bots_are_paused(integrations) else side
    for wanted in (first, Conversation.Side.AGENT, Conversation.Side.BOT):
        found = [integration for integration in integrations if integration.type == wanted]
        if found:
            return found
    return []


def first_side(integrations: list[IntegrationRef]) -> str:
    """The side that answers first: the bot if there is one; a paused one only where there is no agent."""
    found = answering(integrations, Conversation.Side.BOT)
    return Conversation.Side.BOT if found and found[0].type == Conversation.Side.BOT else Conversation.Side.AGENT


def bots_are_paused(integrations: list[IntegrationRef]) -> bool:
    """True if there are bots, and nothing is sent to any of them."""
    bots = [integration for integration in integrations if integration.type == Conversation.Side.BOT]
    return bool(bots) and all(integration.paused for integration in bots)


_SENDER = sql.Select(
    [(Integration, "i", ("id", "hub", "type", "channel", "name", "status"))],
    f"FROM {sql.name(Integration)} i WHERE i.id = %(id)s AND i.hub_id = %(hub)s AND i.type IN (%(agent)s, %(bot)s)",
)


def get_sender(conversation: Conversation, sender_id: uuid.UUID) -> Integration | None:
    """An integration that may speak in a conversation: its own, or an agent or a bot of its hub."""
    if sender_id == conversation.integration_id:
        return conversation.integration
    given = {"id": sql.value(Integration, "id", sender_id), "hub": sql.value(Integration, "hub", conversation.hub_id),
             "agent": Integration.Type.AGENT.value, "bot": Integration.Type.BOT.value}  # fmt: skip
    rows = _SENDER.rows(given)
    if not rows:
        return None
    found: Integration = rows[0][0]
    found.hub = conversation.hub
    return found


def is_superseded(conversation_id: uuid.UUID, event_id: int) -> bool:
    """True if the customer has written again since."""
    rows = Activity.objects.filter(conversation=conversation_id, event_id__gt=event_id, type="message")
    return rows.filter(sender_type=Integration.Type.CUSTOMER).exists()


def deliveries_with_ends() -> QuerySet[Delivery]:
    """Everybody's deliveries with their destinations, whose configurations stay encrypted in the database."""
    return Delivery.objects.select_related("destination__hub").defer("destination__configuration")


def listed_deliveries(owners: QuerySet[Integration], statuses: Iterable[str] = Delivery.Status.values) -> Listing:
    """The list of the deliveries to some integrations, by the index of integration, status and moment.

    It takes no others' rows, so it is given rows without a filter by tenant: that join keeps PostgreSQL from the index.
    """
    return Listing("created", "destination", owners, [Q(status=status) for status in statuses])


def contacts_for(tenant_id: uuid.UUID) -> QuerySet[Contact]:
    """The contacts of a tenant."""
    return Contact.objects.filter(hub__tenant_id=tenant_id)


def get_contact_for(tenant_id: uuid.UUID, contact_id: uuid.UUID) -> Contact:
    """A contact of the tenant, or ENG000105."""
    found = contacts_for(tenant_id).filter(pk=contact_id).first()
    if found is None:
        raise fail("ENG000105", text="The contact was not found.")
    return found


def listed_contacts(owners: QuerySet[Hub]) -> Listing:
    """The list of some hubs' contacts but those that were merged into others, by the index of hub and moment."""
    return Listing("created", "hub", owners, [Q(merged_into__isnull=True)])


def get_delivery_for(tenant_id: uuid.UUID, delivery_id: uuid.UUID) -> Delivery:
    """A delivery of the tenant, or PRT000105."""
    found = deliveries_with_ends().filter(pk=delivery_id, destination__hub__tenant_id=tenant_id).first()
    if found is None:
        raise fail("PRT000105", text="The delivery was not found.")
    return found
