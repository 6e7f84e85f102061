"""/api/v1/hubs."""

from typing import Annotated

from pydantic import Field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from hubster.lib.drf import ApiView, CaseBlindSerializer, checked, guid_or_fail, page
from hubster.lib.openapi.operation import PAGE, Resource
from hubster.lib.openapi.shapes import Guid
from portal import access
from portal.actions import hubs as actions
from portal.api.fields import StatusField, StrictCharField, named
from portal.api.identity import PORTAL
from portal.identity.authentication import PortalAuthentication, client_of
from portal.models import Hub
from portal.once import once

MAX_DAYS = 36_500
HUBS = Resource("Hubs", PORTAL)


class HubWrite(CaseBlindSerializer):
    """What a caller may set."""

    name = StrictCharField(max_length=200)
    description = StrictCharField(max_length=1000)
    closeDormantConversation = serializers.IntegerField(
        source="close_dormant_conversation", min_value=0, max_value=MAX_DAYS, required=False
    )
    statusId = StatusField(Hub.Status, source="status", required=False)


class HubRead(TypedDict):
    """A hub."""

    hubId: Guid
    tenantId: Guid
    name: str
    description: str
    closeDormantConversation: Annotated[int, Field(ge=0, description="Days without a message; 0: stays open.")]
    statusId: Annotated[int, named(Hub.Status)]


class HubPage(TypedDict):
    """A page of hubs."""

    pageNumber: int
    pageSize: int
    total: int
    results: list[HubRead]


def show(hub: Hub) -> HubRead:
    """A hub as answers have it."""
    return {
        "hubId": str(hub.id),
        "tenantId": str(hub.tenant_id),
        "name": hub.name,
        "description": hub.description,
        "closeDormantConversation": hub.close_dormant_conversation,
        "statusId": hub.status,
    }


class HubsView(ApiView):
    """The collection."""

    authentication_classes = [PortalAuthentication]

    @HUBS.operation("listHubs", "List hubs, by name", answers=HubPage, arguments=PAGE)
    def get(self, request: Request) -> Response:
        """A page of hubs by name."""
        number, size = self.page_arguments(request)
        return Response(page(access.hubs_of(client_of(request).tenant_id), number, size, show))

    @HUBS.operation("createHub", "Create a hub", takes=HubWrite(), answers=HubRead, once=True)
    @once
    def post(self, request: Request) -> Response:
        """Create."""
        values = checked(HubWrite(), request.data, "PRT000300")
        return Response(show(actions.do_create_hub(client_of(request).tenant_id, values)))


class HubView(ApiView):
    """One hub."""

    authentication_classes = [PortalAuthentication]

    def _hub(self, request: Request, hub_id: str) -> Hub:
        return access.get_hub_for(client_of(request).tenant_id, guid_or_fail(hub_id, "PRT", "hubId"))

    @HUBS.operation("getHub", "Get a hub", answers=HubRead, refuses=[404])
    def get(self, request: Request, hub_id: str) -> Response:
        """Get."""
        return Response(show(self._hub(request, hub_id)))

    @HUBS.operation(
        "updateHub", "Change what is given of a hub", takes=HubWrite(partial=True), answers=HubRead, refuses=[404]
    )
    def put(self, request: Request, hub_id: str) -> Response:
        """Change what is given."""
        hub = self._hub(request, hub_id)
        values = checked(HubWrite(partial=True), request.data, "PRT000300")
        return Response(show(actions.do_update_hub(hub, values)))

    @HUBS.operation("deleteHub", "Delete a hub with its integrations and conversations", refuses=[404])
    def delete(self, request: Request, hub_id: str) -> Response:
        """Delete with all integrations."""
        actions.do_delete_hub(self._hub(request, hub_id))
        return Response(status=200)
