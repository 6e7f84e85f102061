"""/api/v1/hubs."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from hubster.lib.drf import ApiView, CaseBlindSerializer, checked, guid_or_fail, page
from portal import access
from portal.actions import hubs as actions
from portal.api.fields import StatusField, StrictCharField
from portal.identity.authentication import PortalAuthentication, client_of
from portal.models import Hub
from portal.once import once

MAX_DAYS = 36_500


class HubWrite(CaseBlindSerializer):
    """What a caller may set."""

    name = StrictCharField(max_length=200)
    description = StrictCharField(max_length=1000)
    closeDormantConversation = serializers.IntegerField(
        source="close_dormant_conversation", min_value=0, max_value=MAX_DAYS, required=False
    )
    statusId = StatusField(Hub.Status, source="status", required=False)


def show(hub: Hub) -> dict[str, Any]:
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

    def get(self, request: Request) -> Response:
        """A page of hubs by name."""
        number, size = self.page_arguments(request)
        return Response(page(access.hubs_of(client_of(request).tenant_id), number, size, show))

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

    def get(self, request: Request, hub_id: str) -> Response:
        """Get."""
        return Response(show(self._hub(request, hub_id)))

    def put(self, request: Request, hub_id: str) -> Response:
        """Change what is given."""
        hub = self._hub(request, hub_id)
        values = checked(HubWrite(partial=True), request.data, "PRT000300")
        return Response(show(actions.do_update_hub(hub, values)))

    def delete(self, request: Request, hub_id: str) -> Response:
        """Delete with all integrations."""
        actions.do_delete_hub(self._hub(request, hub_id))
        return Response(status=200)
