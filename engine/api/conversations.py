"""/api/v1/conversations."""

from typing import Any, cast

from rest_framework.request import Request
from rest_framework.response import Response

from engine import access, adapters, serialize
from engine.actions import conversations as actions
from engine.actions.bindings import Claim
from engine.api.shapes import (
    CHANGES,
    ESTABLISH,
    ConversationHubRead,
    ConversationIntegrationRead,
    ConversationRead,
    EstablishedRead,
    IntegrationType,
    Times,
)
from engine.inbound.shapes import ENGINE, ENGINE_OR_VISITOR
from engine.models import Conversation
from hubster.lib import clock
from hubster.lib.drf import ApiView, guid_or_fail
from hubster.lib.errors import Fault, HubsterError, fail
from hubster.lib.ids import parse_guid
from hubster.lib.openapi.operation import Resource
from hubster.lib.payloads import get_blind
from portal.idempotency import idempotent
from portal.identity.authentication import (
    EngineAuthentication,
    EngineOrVisitorAuthentication,
    caller_of,
    client_of,
)
from portal.identity.tokens import Caller, Visitor
from portal.models import Hub, Integration

CONVERSATIONS = Resource("Conversations", ENGINE)


def show_established(row: Conversation, is_new: bool) -> EstablishedRead:
    """The answer of *establish*."""
    shown: EstablishedRead = {
        "tenantId": str(row.hub.tenant_id),
        "hubId": str(row.hub_id),
        "integrationId": str(row.integration_id),
        "conversationId": str(row.id),
        "tokenId": row.token_id,
        "openedDateTime": clock.iso(row.opened),
        "isNew": is_new,
        "properties": row.properties,
    }
    return cast(EstablishedRead, {**shown, **_reach(row)})


def _reach(row: Conversation) -> dict[str, Any]:
    """The contact, where somebody else runs the channel, and the rules by which one may write to it now."""
    if row.address is None:
        return {}
    shown: dict[str, Any] = {"contactId": str(row.address.contact_id)}
    if windows := [_show_window(found) for found in serialize.writing_windows(row)]:
        shown["window"] = {**windows[0], "others": windows[1:]}
    if row.held_since and not row.closed:
        since: dict[str, Any] = {"since": clock.iso(row.held_since)}
        shown["standby"] = {**since, **({"holder": row.held_by} if row.held_by else {})}
    return shown


def _show_window(found: serialize.WritingWindow) -> dict[str, Any]:
    shown = {
        "author": found.author,
        "open": found.open,
        "until": clock.iso(clock.from_ms(found.until)) if found.until else None,
        "tag": found.tag or None,
        "reason": found.reason or None,
    }
    return {name: value for name, value in shown.items() if value is not None}


def show(row: Conversation) -> ConversationRead:
    """The answer of *Get Conversation*."""
    shown: ConversationRead = {
        "conversationId": str(row.id),
        "integrationId": str(row.integration_id),
        "tokenId": row.token_id,
        "integration": _show_integration(row.integration),
        "properties": row.properties,
        "openedDateTime": clock.iso(row.opened),
    }
    if row.closed:
        shown["closedDateTime"] = clock.iso(row.closed)
    return cast(ConversationRead, {**shown, **_reach(row)})


def _times(row: Hub | Integration) -> Times:
    return {"statusId": row.status, "created": clock.iso(row.created), "modified": clock.iso(row.modified)}


def _show_integration(row: Integration) -> ConversationIntegrationRead:
    hub = row.hub
    shown_hub: ConversationHubRead = {
        "hubId": str(hub.id),
        "tenantId": str(hub.tenant_id),
        "name": hub.name,
        "description": hub.description,
        **_times(hub),
    }
    return {
        "integrationId": str(row.id),
        "hubId": str(row.hub_id),
        "hub": shown_hub,
        "integrationTypeId": cast(IntegrationType, row.type),
        "channelId": row.channel,
        "name": row.name,
        **_times(row),
    }


class ConversationView(ApiView):
    """One conversation."""

    authentication_classes = [EngineAuthentication]
    error_prefix = "ENG"

    @CONVERSATIONS.operation("getConversation", "Get a conversation", answers=ConversationRead, refuses=[404])
    def get(self, request: Request, conversation_id: str) -> Response:
        row = access.get_conversation_for(caller_of(request), guid_or_fail(conversation_id, "ENG", "conversationId"))
        row.integration.hub = row.hub
        return Response(show(row))


class EstablishedView(ApiView):
    """The *establish* answer of an existing conversation."""

    authentication_classes = [EngineAuthentication]
    error_prefix = "ENG"

    @CONVERSATIONS.operation(
        "getEstablished", "Get an established conversation", answers=EstablishedRead, refuses=[404]
    )
    def get(self, request: Request, conversation_id: str) -> Response:
        row = access.get_conversation_for(caller_of(request), guid_or_fail(conversation_id, "ENG", "conversationId"))
        return Response(show_established(row, is_new=False))


class PropertiesView(ApiView):
    """The properties of the customer."""

    authentication_classes = [EngineAuthentication]
    error_prefix = "ENG"
    missing_body = "ENG003000"

    @CONVERSATIONS.operation(
        "updateProperties", "Update the customer's properties",
        text="Adds and replaces keys, collection by collection. Null takes away a key, or a whole collection; without "
        "a `full name` the customer gets a friendly one again. The same call again changes nothing.",
        takes=CHANGES, answers=EstablishedRead, refuses=[404],
    )  # fmt: skip
    def put(self, request: Request, conversation_id: str) -> Response:
        """Merge, as a later establish does."""
        if not isinstance(request.data, dict):
            raise fail("ENG003000", text="The body must be a JSON object." if request.data is not None else "")
        changes = actions.check_changes(request.data)
        row = access.get_conversation_for(caller_of(request), guid_or_fail(conversation_id, "ENG", "conversationId"))
        row.properties = actions.do_change_properties(row.id, changes)
        return Response(show_established(row, is_new=False))


class HubEstablishedView(ApiView):
    """All open conversations of a hub."""

    authentication_classes = [EngineAuthentication]
    error_prefix = "ENG"

    @CONVERSATIONS.operation(
        "listEstablished", "List the open conversations of a hub, newest first",
        answers=list[EstablishedRead], refuses=[404],
    )  # fmt: skip
    def get(self, request: Request, hub_id: str) -> Response:
        """Newest first."""
        hub = access.get_hub_for(client_of(request).tenant_id, guid_or_fail(hub_id, "ENG", "hubId"))
        rows = Conversation.objects.filter(hub=hub, closed__isnull=True).order_by("-opened", "id")
        rows = rows.select_related("hub", "address", "integration").defer("integration__configuration")
        return Response([show_established(row, is_new=False) for row in rows])


class CloseView(ApiView):
    """Closes a conversation."""

    authentication_classes = [EngineAuthentication]
    error_prefix = "ENG"

    @CONVERSATIONS.operation(
        "closeConversation", "Close a conversation",
        text="Closing again changes nothing. What a customer says afterwards opens the next conversation.",
        answers=ConversationRead, refuses=[404], idempotent=True,
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, conversation_id: str) -> Response:
        """Close; closing again changes nothing."""
        row = access.get_conversation_for(caller_of(request), guid_or_fail(conversation_id, "ENG", "conversationId"))
        row.closed = actions.do_close(row.id).closed
        row.integration.hub = row.hub
        return Response(show(row))


class EstablishView(ApiView):
    """POST /api/v1/conversations/establish."""

    authentication_classes = [EngineOrVisitorAuthentication]
    error_prefix = "ENG"
    missing_body = "ENG003000"

    @Resource("Conversations", ENGINE_OR_VISITOR).operation(
        "establishConversation", "Open a conversation, or find the open one",
        takes=ESTABLISH, answers=EstablishedRead, refuses=[404], idempotent=True,
    )  # fmt: skip
    @idempotent
    def post(self, request: Request) -> Response:
        """The open conversation of a binding, made if there is none."""
        data = request.data
        if not isinstance(data, dict):
            raise fail("ENG003000", text="The body must be a JSON object." if data is not None else "")
        integration, claim, properties = _opening(caller_of(request), data)
        row, is_new = actions.do_establish(integration, claim, properties)
        row.hub = integration.hub
        return Response(show_established(row, is_new))


def _opening(caller: Caller | Visitor, data: dict[str, Any]) -> tuple[Integration, Claim, dict[str, Any]]:
    """(integration, who the customer is said to be, properties); raises every fault found."""
    integration, faults = _customer_end(caller, data)
    binding, token = get_blind(data, "binding"), get_blind(data, "bindingToken")
    if binding in (None, ""):
        faults.append(Fault("ENG003001", "binding", "is required."))
    elif not isinstance(binding, str) or len(binding) > actions.MAX_BINDING:
        code = "ENG000207" if isinstance(binding, str) else "ENG000201"
        faults.append(Fault(code, "binding", f"must be text of at most {actions.MAX_BINDING} characters."))
    if not isinstance(token, str | None):
        faults.append(Fault("ENG000201", "bindingToken", "must be text: a signed JWT."))
    properties: dict[str, Any] = {}
    try:
        properties = actions.check_properties(get_blind(data, "properties"))
    except HubsterError as error:
        faults.extend(error.faults)
    if faults or integration is None:
        raise HubsterError(*faults)
    visitor = caller if isinstance(caller, Visitor) else None
    return integration, Claim(str(binding), visitor, token or None), properties


def _customer_end(caller: Caller | Visitor, data: dict[str, Any]) -> tuple[Integration | None, list[Fault]]:
    """The integration of a body as far as there is one, and what is wrong with it and its channel."""
    raw_id, channel = get_blind(data, "integrationId"), get_blind(data, "channelType")
    faults: list[Fault] = []
    integration = None
    if raw_id in (None, ""):
        faults.append(Fault("ENG003001", "integrationId", "is required."))
    elif (integration_id := parse_guid(raw_id)) is None:
        faults.append(Fault("ENG003002", "integrationId", "is not a GUID."))
    else:
        try:
            integration = access.get_integration_for(caller, integration_id)
        except HubsterError as error:
            faults.extend(error.faults)
    if integration:
        access.check_tenant(integration.hub)
        if integration.type != Integration.Type.CUSTOMER:
            faults.append(Fault("ENG000206", "integrationId", "must be of a customer integration."))
    if channel in (None, ""):
        faults.append(Fault("ENG003001", "channelType", "is required."))
    elif integration is None and adapters.find(channel) is None:
        faults.append(Fault("ENG000206", "channelType", "must be the integration's channel."))
    elif integration and not actions.channel_matches(integration, channel):
        faults.append(Fault("ENG000206", "channelType", f"must be {integration.channel} for this integration."))
    return integration, faults
