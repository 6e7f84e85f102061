"""/api/v1/hubs."""

from typing import Annotated, Any, NotRequired

from pydantic import Field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from hubster.lib.drf import ApiView, CaseBlindSerializer, Flag, checked, guid_or_fail, page
from hubster.lib.errors import Fault, faults_of
from hubster.lib.openapi.operation import PAGE, Resource
from hubster.lib.openapi.shapes import Guid
from portal import access
from portal.actions import hubs as actions
from portal.api.fields import CountField, StatusField, StrictCharField, named
from portal.api.identity import PORTAL
from portal.idempotency import idempotent
from portal.identity.authentication import PortalAuthentication, client_of
from portal.models import Hub

MAX_DAYS = 36_500
HUBS = Resource("Hubs", PORTAL)


class HubWrite(CaseBlindSerializer):
    """Properties that clients can set."""

    name = StrictCharField(max_length=200)
    description = StrictCharField(max_length=1000)
    closeDormantConversation = CountField(source="close_dormant_conversation", max_value=MAX_DAYS, required=False)
    statusId = StatusField(Hub.Status, source="status", required=False)
    handoverPhrases = serializers.ListField(
        child=StrictCharField(max_length=actions.MAX_PHRASE), source="handover_phrases", required=False,
        max_length=actions.MAX_PHRASES, help_text="Phrases that ask for a person: the customer gets an agent.",
    )  # fmt: skip
    botFailures = CountField(
        source="bot_failures", max_value=actions.MAX_FAILURES, required=False,
        help_text="Failed calls of the bot about one message after which agents take over; 0: never.",
    )  # fmt: skip
    botPatience = CountField(
        source="bot_patience", max_value=actions.MAX_SECONDS, required=False,
        help_text="Seconds without an answer of the bot after which agents take over; 0 = never.",
    )  # fmt: skip
    handbackAfter = CountField(
        source="handback_after", max_value=actions.MAX_MINUTES, required=False,
        help_text="Idle minutes after which the conversation returns to the bot; 0 = never.",
    )  # fmt: skip
    bindingPublicKey = StrictCharField(
        source="binding_public_key", allow_blank=True, required=False, max_length=actions.MAX_PEM,
        help_text="An RSA public key in PEM that verifies binding tokens signed with RS256; empty: none.",
    )  # fmt: skip
    trustRandomBindings = Flag(
        source="trust_random_bindings", required=False,
        help_text="A long random web-chat binding opens its conversation in any browser, without a binding token.",
    )  # fmt: skip

    def more_faults(self, given: dict[str, Any]) -> dict[str, list[Fault]]:
        """Of the name, whether it is taken; of the public key, whether it is one."""
        name, tenant_id, hub_id = given.get("name"), self.context["tenant_id"], self.context["hub_id"]
        key, found = given.get("bindingPublicKey"), {}
        if isinstance(name, str):
            found["name"] = faults_of(actions.check_name, tenant_id, name.strip(), hub_id)
        if isinstance(key, str) and len(key) <= actions.MAX_PEM:
            found["bindingPublicKey"] = faults_of(actions.check_public_key, key)
        return found


class HubRead(TypedDict):
    """A hub."""

    hubId: Guid
    tenantId: Guid
    name: str
    description: str
    closeDormantConversation: Annotated[int, Field(ge=0, description="Days without a message; 0 = never.")]
    statusId: Annotated[int, named(Hub.Status)]
    handoverPhrases: NotRequired[Annotated[list[str], Field(description="Absent if there are none.")]]
    botFailures: NotRequired[Annotated[int, Field(ge=0, description="Absent when it is 2.")]]
    botPatience: NotRequired[Annotated[int, Field(ge=0, description="Seconds; absent if 0.")]]
    handbackAfter: NotRequired[Annotated[int, Field(ge=0, description="Minutes; absent if 0.")]]
    bindingPublicKey: NotRequired[Annotated[str, Field(description="PEM; absent if there is none.")]]
    trustRandomBindings: NotRequired[Annotated[bool, Field(description="Absent if false.")]]


class HubPage(TypedDict):
    """A page of hubs."""

    pageNumber: int
    pageSize: int
    total: int
    results: list[HubRead]


def show(hub: Hub) -> HubRead:
    """A hub as answers have it."""
    shown: HubRead = {
        "hubId": str(hub.id),
        "tenantId": str(hub.tenant_id),
        "name": hub.name,
        "description": hub.description,
        "closeDormantConversation": hub.close_dormant_conversation,
        "statusId": hub.status,
    }
    if hub.handover_phrases:
        shown["handoverPhrases"] = hub.handover_phrases
    if hub.bot_failures != Hub._meta.get_field("bot_failures").default:
        shown["botFailures"] = hub.bot_failures
    if hub.bot_patience:
        shown["botPatience"] = hub.bot_patience
    if hub.handback_after:
        shown["handbackAfter"] = hub.handback_after
    if hub.binding_public_key:
        shown["bindingPublicKey"] = hub.binding_public_key
    if hub.trust_random_bindings:
        shown["trustRandomBindings"] = True
    return shown


def _values(request: Request, hub: Hub | None = None) -> dict[str, Any]:
    context = {"tenant_id": client_of(request).tenant_id, "hub_id": hub and hub.id}
    values = checked(HubWrite(partial=hub is not None, context=context), request.data, "PRT000300")
    if "handover_phrases" in values:
        values["handover_phrases"] = actions.check_phrases(values["handover_phrases"])
    if "binding_public_key" in values:
        values["binding_public_key"] = actions.check_public_key(values["binding_public_key"])
    return values


class HubsView(ApiView):
    """The collection."""

    authentication_classes = [PortalAuthentication]

    @HUBS.operation("listHubs", "List hubs, by name", answers=HubPage, arguments=PAGE)
    def get(self, request: Request) -> Response:
        """A page of hubs by name."""
        number, size = self.page_arguments(request)
        return Response(page(access.hubs_of(client_of(request).tenant_id), number, size, show))

    @HUBS.operation("createHub", "Create a hub", takes=HubWrite(), answers=HubRead, idempotent=True)
    @idempotent
    def post(self, request: Request) -> Response:
        values = _values(request)
        return Response(show(actions.do_create_hub(client_of(request).tenant_id, values)))


class HubView(ApiView):
    """One hub."""

    authentication_classes = [PortalAuthentication]

    def _hub(self, request: Request, hub_id: str) -> Hub:
        return access.get_hub_for(client_of(request).tenant_id, guid_or_fail(hub_id, "PRT", "hubId"))

    @HUBS.operation("getHub", "Get a hub", answers=HubRead, refuses=[404])
    def get(self, request: Request, hub_id: str) -> Response:
        return Response(show(self._hub(request, hub_id)))

    @HUBS.operation("updateHub", "Update a hub", takes=HubWrite(partial=True), answers=HubRead, refuses=[404])
    def put(self, request: Request, hub_id: str) -> Response:
        """Change what is given."""
        hub = self._hub(request, hub_id)
        return Response(show(actions.do_update_hub(hub, _values(request, hub))))

    @HUBS.operation("deleteHub", "Delete a hub with its integrations and conversations", refuses=[404, 417])
    def delete(self, request: Request, hub_id: str) -> Response:
        """Delete with all integrations."""
        actions.do_delete_hub(self._hub(request, hub_id))
        return Response(status=200)
