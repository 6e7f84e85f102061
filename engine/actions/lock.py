"""The conversation in which somebody speaks, locked: one narrow statement with everything that accepting needs."""

import uuid

from engine.models import Conversation, VisitorGrant
from hubster.lib import sql
from hubster.lib.errors import fail
from portal.identity.tokens import Caller, Visitor
from portal.models import Hub, Integration, Tenant

_CONVERSATION = [field.name for field in Conversation._meta.concrete_fields]
_HUB = [field.name for field in Hub._meta.concrete_fields if field.name not in ("description", "binding_public_key")]
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
    """The conversation with its integration, hub and tenant, locked until the transaction ends.

    Raises ENG006500 where the caller may not see it, as `access.conversations_for` has it; None sees all.
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
    conversation.integration, conversation.hub = integration, hub
    return conversation  # type: ignore[no-any-return]
