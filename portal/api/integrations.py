"""/api/v1/integrations."""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.request import Request
from rest_framework.response import Response

from engine import adapters
from hubster.lib.drf import ApiView, CaseBlindSerializer, checked, guid_or_fail, page, query_of
from hubster.lib.errors import HubsterError, fail
from hubster.lib.typed import get_blind
from portal import access
from portal.actions import integrations as actions
from portal.api.fields import StatusField, StrictCharField
from portal.identity.authentication import PortalAuthentication, client_of
from portal.models import Integration
from portal.once import once


class ChannelField(serializers.Field):  # type: ignore[type-arg]
    """A channel type by name in any case or by number."""

    def to_internal_value(self, data: Any) -> str:
        """The documented spelling."""
        try:
            return actions.find_adapter(data).name
        except HubsterError as error:
            if error.status == 501:
                raise
            raise serializers.ValidationError(error.faults[0].text, error.faults[0].code) from None


class IntegrationUpdate(CaseBlindSerializer):
    """What a caller may change. The channel may be repeated, as existing clients do, but stays what it is."""

    name = StrictCharField(max_length=200)
    statusId = StatusField(Integration.Status, source="status", required=False)
    configuration = serializers.JSONField()
    channelId = ChannelField(source="channel", required=False)
    integrationTypeId = serializers.JSONField(source="type_ignored", required=False)

    def to_internal_value(self, data: Any) -> Any:
        """The faults of the configuration are listed together with those beside it."""
        try:
            return super().to_internal_value(data)
        except serializers.ValidationError as error:
            channel = self.context.get("channel") or get_blind(data, "channelId")
            more = actions.configuration_faults(channel, get_blind(data, "configuration"))
            detail: Any = {"configuration": [ErrorDetail(fault.text, fault.code) for fault in more]} if more else {}
            raise serializers.ValidationError({**error.detail, **detail}) from None  # type: ignore[dict-item]


class IntegrationCreate(IntegrationUpdate):
    """What a new integration needs."""

    channelId = ChannelField(source="channel")


def show(row: Integration) -> dict[str, Any]:
    """An integration as answers have it, with its signing keys."""
    configuration = dict(row.configuration)
    if adapters.get(row.channel).signs:
        newest = next((key for key in row.signing_keys.all() if not key.expired), None)
        if newest:
            configuration.update(publicSigningKey=newest.public_key, privateSigningKey=newest.private_key)
    shown = {
        "integrationId": str(row.id),
        "hubId": str(row.hub_id),
        "inboundId": row.inbound_id,
        "integrationTypeId": row.type,
        "channelId": row.channel,
        "name": row.name,
        "statusId": row.status,
        "configuration": configuration,
    }
    return {key: value for key, value in shown.items() if value is not None}


class IntegrationsView(ApiView):
    """The collection of the whole tenant."""

    authentication_classes = [PortalAuthentication]

    def get(self, request: Request) -> Response:
        """A page of integrations, of one hub if `hubId` is given."""
        number, size = self.page_arguments(request)
        rows = access.integrations_of(client_of(request).tenant_id)
        hub_id = query_of(request).get("hubid")
        if hub_id:
            rows = rows.filter(
                hub=access.get_hub_for(client_of(request).tenant_id, guid_or_fail(hub_id, "PRT", "hubId"))
            )
        return Response(page(rows, number, size, show))


class HubIntegrationsView(ApiView):
    """POST …/hubs/{id}: the id of a hub creates, the id of an integration updates, as documented."""

    authentication_classes = [PortalAuthentication]

    @once
    def post(self, request: Request, any_id: str) -> Response:
        """Create or update."""
        tenant_id, guid = client_of(request).tenant_id, guid_or_fail(any_id, "PRT", "hubId")
        row = access.integrations_of(tenant_id).filter(pk=guid).first()
        if row:
            return update(row, request)
        hub = access.get_hub_for(tenant_id, guid)
        values = checked(IntegrationCreate(), request.data, "PRT000300")
        return Response(show(actions.do_create_integration(hub, values)))


class HubChannelView(ApiView):
    """GET …/hubs/{hubId}/{channelType}."""

    authentication_classes = [PortalAuthentication]

    def get(self, request: Request, hub_id: str, channel: str) -> Response:
        """The hub's integrations of a channel type; a planned channel has none yet."""
        hub = access.get_hub_for(client_of(request).tenant_id, guid_or_fail(hub_id, "PRT", "hubId"))
        name = adapters.known_name(channel)
        if name is None:
            raise fail("PRT000206", f"'{channel[:40]}' is not a channel type.")
        rows = access.integrations_of(client_of(request).tenant_id).filter(hub=hub, channel=name)
        return Response([show(row) for row in rows])


class IntegrationView(ApiView):
    """One integration."""

    authentication_classes = [PortalAuthentication]

    def _row(self, request: Request, integration_id: str) -> Integration:
        guid = guid_or_fail(integration_id, "PRT", "integrationId")
        return access.get_integration_for(client_of(request).tenant_id, guid)

    def get(self, request: Request, integration_id: str) -> Response:
        """Get."""
        return Response(show(self._row(request, integration_id)))

    def put(self, request: Request, integration_id: str) -> Response:
        """Change what is given."""
        return update(self._row(request, integration_id), request)

    def delete(self, request: Request, integration_id: str) -> Response:
        """Delete."""
        actions.do_delete_integration(self._row(request, integration_id))
        return Response(status=200)


def update(row: Integration, request: Request) -> Response:
    """The update that two paths share."""
    values = checked(IntegrationUpdate(partial=True, context={"channel": row.channel}), request.data, "PRT000300")
    if values.get("channel", row.channel) != row.channel:
        raise fail("PRT000207", f"Property 'channelId' is {row.channel} for life.")
    actions.do_update_integration(row, values)
    return Response(show(access.get_integration_for(client_of(request).tenant_id, row.id)))
