"""/api/v1/integrations."""

from typing import Any, cast

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from engine import adapters
from hubster.lib.drf import ApiView, CaseBlindSerializer, checked, guid_or_fail, invalid, page, query_of
from hubster.lib.errors import Fault, HubsterError, faults_of, not_valid
from hubster.lib.openapi.operation import PAGE, Resource, query
from portal import access
from portal.actions import integrations as actions
from portal.api.channels import (
    INTEGRATION,
    INTEGRATION_LIST,
    INTEGRATION_PAGE,
    IntegrationIds,
    IntegrationRead,
    IntegrationType,
    created_or_changed_by,
)
from portal.api.fields import ConfigurationField, StatusField, StrictCharField
from portal.api.identity import PORTAL
from portal.api.named import NamedField
from portal.idempotency import idempotent
from portal.identity.authentication import PortalAuthentication, client_of
from portal.models import Integration

INTEGRATIONS = Resource("Integrations", PORTAL)
_OF_HUB = query("hubId", {"type": "string", "format": "uuid"}, "Only integrations of this hub.")
_CHANNEL_TYPE = OpenApiParameter(
    "channelType",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    description="Not case-sensitive, or by number.",
    enum=[channel.name for channel in adapters.all_channels()],
)
_HUB_OR_INTEGRATION = (
    "With the id of a hub, an integration is made in it. With the id of an integration, what is given of it is "
    "changed, as `updateIntegration` does."
)

_WHAT_GOES = (
    "An integration of customers goes with its conversations and all that was said in them. Of an agent, a bot or a "
    "system the conversations stay; in their activities `sender` and `recipient` then have its type without its id."
)


class ChannelField(serializers.Field):  # type: ignore[type-arg]
    """A channel type by name in any case or by number."""

    def to_internal_value(self, data: Any) -> str:
        """The documented spelling."""
        try:
            return actions.find_channel(data).name
        except HubsterError as error:
            raise invalid(error.faults[0]) from None

    def json_schema(self, auto: Any) -> dict[str, Any]:
        """For the OpenAPI document."""
        names = [channel.name for channel in adapters.all_channels()]
        return {"type": "string", "enum": names, "description": "Not case-sensitive, or by number."}


class IntegrationUpdate(CaseBlindSerializer):
    """Changes to an integration. The channel may be given, but cannot change."""

    name = StrictCharField(max_length=200)
    statusId = StatusField(Integration.Status, source="status", required=False)
    configuration = ConfigurationField()
    channelId = ChannelField(source="channel", required=False)
    # Existing clients send it back as they got it; the channel and the configuration say what it is.
    integrationTypeId = NamedField(adapters.SIDES, source="type", required=False)

    def validate_channelId(self, value: str) -> str:
        """An integration keeps its channel."""
        row = self.context.get("row")
        if row and value != row.channel:
            raise invalid(Fault("PRT000207", "channelId", f"is {row.channel} and can't be changed."))
        return value

    def more_faults(self, given: dict[str, Any]) -> dict[str, list[Fault]]:
        """Of the name and the configuration. `row` is the one to change, `hub` where one is made."""
        row, name = self.context.get("row"), given.get("name")
        hub = row.hub if row else self.context["hub"]
        return {
            "name": actions.name_faults(hub, name.strip(), row and row.pk) if isinstance(name, str) else [],
            "configuration": actions.configuration_faults(given.get("channelId"), given.get("configuration"), row),
        }


class IntegrationCreate(IntegrationUpdate):
    """The properties of a new integration."""

    channelId = ChannelField(source="channel")


def show(row: Integration) -> IntegrationRead:
    """An integration as answers have it, with its signing keys."""
    configuration = dict(row.configuration)
    if adapters.get(row.channel).signs:
        newest = next((key for key in row.signing_keys.all() if not key.expired), None)
        if newest:
            configuration.update(publicSigningKey=newest.public_key, privateSigningKey=newest.private_key)
    ids: IntegrationIds = {"integrationId": str(row.id), "hubId": str(row.hub_id)}
    if row.inbound_id is not None:
        ids["inboundId"] = row.inbound_id
    return {
        **ids,
        "integrationTypeId": cast(IntegrationType, row.type),
        "channelId": row.channel,
        "name": row.name,
        "statusId": row.status,
        "configuration": configuration,
    }


class IntegrationsView(ApiView):
    """The collection of the whole tenant."""

    authentication_classes = [PortalAuthentication]

    @INTEGRATIONS.operation(
        "listIntegrations", "List integrations, of all hubs or of one",
        answers=INTEGRATION_PAGE, arguments=[_OF_HUB, *PAGE], refuses=[404],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """A page of integrations, of one hub if `hubId` is given."""
        hub_id = query_of(request).get("hubid")
        faults = faults_of(self.page_arguments, request)
        faults += faults_of(guid_or_fail, hub_id, "PRT", "hubId") if hub_id else []
        if faults:
            raise HubsterError(*faults)
        tenant_id, (number, size) = client_of(request).tenant_id, self.page_arguments(request)
        rows = access.integrations_of(tenant_id)
        if hub_id:
            rows = rows.filter(hub=access.get_hub_for(tenant_id, guid_or_fail(hub_id, "PRT", "hubId")))
        return Response(page(rows, number, size, show))


class HubIntegrationsView(ApiView):
    """POST …/hubs/{id}: the id of a hub creates, the id of an integration updates, as documented."""

    authentication_classes = [PortalAuthentication]

    @INTEGRATIONS.operation(
        "createIntegration", "Create an integration in a hub",
        text=_HUB_OR_INTEGRATION, takes=created_or_changed_by(IntegrationCreate(), IntegrationUpdate(partial=True)),
        answers=INTEGRATION, refuses=[404, 501], idempotent=True,
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, any_id: str) -> Response:
        """Create or update."""
        tenant_id, guid = client_of(request).tenant_id, guid_or_fail(any_id, "PRT", "hubId")
        row = access.integrations_of(tenant_id).filter(pk=guid).first()
        if row:
            return update(row, request)
        hub = access.get_hub_for(tenant_id, guid)
        values = checked(IntegrationCreate(context={"hub": hub}), request.data, "PRT000300")
        return Response(show(actions.do_create_integration(hub, values)))


class HubChannelView(ApiView):
    """GET …/hubs/{hubId}/{channelType}."""

    authentication_classes = [PortalAuthentication]

    @INTEGRATIONS.operation(
        "listIntegrationsOfChannel", "List a hub's integrations of a channel type",
        answers=INTEGRATION_LIST, arguments=[_CHANNEL_TYPE], refuses=[404],
    )  # fmt: skip
    def get(self, request: Request, hub_id: str, channel: str) -> Response:
        """The hub's integrations of a channel type; a planned channel has none yet."""
        hub = access.get_hub_for(client_of(request).tenant_id, guid_or_fail(hub_id, "PRT", "hubId"))
        name = adapters.known_name(channel)
        if name is None:
            raise HubsterError(not_valid("PRT000206", channel))
        rows = access.integrations_of(client_of(request).tenant_id).filter(hub=hub, channel=name)
        return Response([show(row) for row in rows])


class IntegrationView(ApiView):
    """One integration."""

    authentication_classes = [PortalAuthentication]

    def _row(self, request: Request, integration_id: str) -> Integration:
        guid = guid_or_fail(integration_id, "PRT", "integrationId")
        return access.get_integration_for(client_of(request).tenant_id, guid)

    @INTEGRATIONS.operation("getIntegration", "Get an integration", answers=INTEGRATION, refuses=[404])
    def get(self, request: Request, integration_id: str) -> Response:
        return Response(show(self._row(request, integration_id)))

    @INTEGRATIONS.operation(
        "updateIntegration", "Update an integration",
        text="A given `configuration` replaces the whole one.",
        takes=IntegrationUpdate(partial=True), answers=INTEGRATION, refuses=[404],
    )  # fmt: skip
    def put(self, request: Request, integration_id: str) -> Response:
        """Change what is given."""
        return update(self._row(request, integration_id), request)

    @INTEGRATIONS.operation("deleteIntegration", "Delete an integration", text=_WHAT_GOES, refuses=[404, 417])
    def delete(self, request: Request, integration_id: str) -> Response:
        actions.do_delete_integration(self._row(request, integration_id))
        return Response(status=200)


def update(row: Integration, request: Request) -> Response:
    """The update that two paths share."""
    values = checked(IntegrationUpdate(partial=True, context={"row": row}), request.data, "PRT000300")
    actions.do_update_integration(row, values)
    return Response(show(access.get_integration_for(client_of(request).tenant_id, row.id)))
