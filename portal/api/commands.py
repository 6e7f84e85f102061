"""/api/v1/commands: transfers, responses and dynamics, the same five calls for each."""

from typing import Any

from pydantic import TypeAdapter, ValidationError
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from engine.activity import WebUrl
from hubster.lib.drf import ApiView, CaseBlindSerializer, checked, guid_or_fail
from portal import access
from portal.actions import commands as actions
from portal.api.fields import StrictCharField
from portal.api.named import NamedField
from portal.identity.authentication import PortalAuthentication, client_of
from portal.models import DynamicCommand, ResponseCommand, TransferCommand
from portal.once import once

MAX_DELAY = 86_400_000  # milliseconds
_WEB_URL: TypeAdapter[str] = TypeAdapter(WebUrl)


class _CommandWrite(CaseBlindSerializer):
    """What all kinds take."""

    name = StrictCharField(max_length=200)
    description = StrictCharField(max_length=1000, required=False, allow_blank=True)


class TransferWrite(_CommandWrite):
    """A transfer command as callers send it."""

    url = StrictCharField(max_length=2048)
    linkDescription = StrictCharField(max_length=1000, source="link_description")
    mountDelay = serializers.IntegerField(
        source="mount_delay", required=False, min_value=-MAX_DELAY, max_value=MAX_DELAY
    )

    def validate_url(self, value: str) -> str:
        """Only what a link may open."""
        try:
            return str(_WEB_URL.validate_python(value))
        except ValidationError:
            text = "Property 'url' must be a web address that begins with https:// or http://."
            raise serializers.ValidationError(text, "PRT000202") from None


class ResponseWrite(_CommandWrite):
    """A response command as callers send it."""

    category = StrictCharField(max_length=200, required=False, allow_blank=True)
    integrationTypeId = NamedField({"customer": 1, "agent": 2}, source="to")
    type = NamedField({"message": 1, "event": 2}, source="kind")
    responses = serializers.JSONField()


class DynamicWrite(_CommandWrite):
    """A dynamic command as callers send it."""

    category = StrictCharField(max_length=200, required=False, allow_blank=True)
    url = StrictCharField(max_length=2048)
    regenerateKeys = serializers.BooleanField(source="regenerate", required=False)


def _show(row: Any, **more: Any) -> dict[str, Any]:
    shown = {"commandId": str(row.id), "hubId": str(row.hub_id), "name": row.name}
    if row.description:
        shown["description"] = row.description
    return {**shown, **more}


def show_transfer(row: TransferCommand) -> dict[str, Any]:
    """A transfer command as answers have it."""
    return _show(row, url=row.url, linkDescription=row.link_description, mountDelay=row.mount_delay)


def show_response(row: ResponseCommand) -> dict[str, Any]:
    """A response command as answers have it."""
    category = {"category": row.category} if row.category else {}
    return _show(row, **category, integrationTypeId=row.to, type=row.kind, responses=row.responses)


def show_dynamic(row: DynamicCommand) -> dict[str, Any]:
    """A dynamic command as answers have it, with its signing keys."""
    category = {"category": row.category} if row.category else {}
    return _show(row, **category, url=row.url, publicSigningKey=row.public_key, privateSigningKey=row.private_key)


class _CommandsView(ApiView):
    """What the views of a kind need to know."""

    authentication_classes = [PortalAuthentication]
    model: type[Any]
    writer: Any
    show: Any


class _HubCommandsView(_CommandsView):
    """GET …/hub/{hubId}: all commands of a hub."""

    def get(self, request: Request, hub_id: str) -> Response:
        """By name."""
        hub = access.get_hub_for(client_of(request).tenant_id, guid_or_fail(hub_id, "PRT", "hubId"))
        return Response([self.show(row) for row in self.model.objects.filter(hub=hub)])


class _CommandView(_CommandsView):
    """…/{id}: the id of a hub creates, the id of a command reads, changes and deletes."""

    def _row(self, request: Request, any_id: str) -> Any:
        guid = guid_or_fail(any_id, "PRT", "commandId")
        return access.get_command_for(self.model, client_of(request).tenant_id, guid)

    @once
    def post(self, request: Request, any_id: str) -> Response:
        """Create in a hub."""
        hub = access.get_hub_for(client_of(request).tenant_id, guid_or_fail(any_id, "PRT", "hubId"))
        values = checked(self.writer(), request.data, "PRT000300")
        return Response(self.show(actions.do_create_command(self.model, hub, values)))

    def get(self, request: Request, any_id: str) -> Response:
        """Get."""
        return Response(self.show(self._row(request, any_id)))

    def put(self, request: Request, any_id: str) -> Response:
        """Change what is given."""
        row = self._row(request, any_id)
        values = checked(self.writer(partial=True), request.data, "PRT000300")
        return Response(self.show(actions.do_update_command(row, values)))

    def delete(self, request: Request, any_id: str) -> Response:
        """Delete."""
        actions.do_delete_command(self._row(request, any_id))
        return Response(status=200)


class _Transfers:
    model = TransferCommand
    writer = TransferWrite
    show = staticmethod(show_transfer)


class HubTransfersView(_Transfers, _HubCommandsView):
    """/api/v1/commands/transfers/hub/{hubId}."""


class TransferView(_Transfers, _CommandView):
    """/api/v1/commands/transfers/{id}."""


class _Responses:
    model = ResponseCommand
    writer = ResponseWrite
    show = staticmethod(show_response)


class HubResponsesView(_Responses, _HubCommandsView):
    """/api/v1/commands/responses/hub/{hubId}."""


class ResponseView(_Responses, _CommandView):
    """/api/v1/commands/responses/{id}."""


class _Dynamics:
    model = DynamicCommand
    writer = DynamicWrite
    show = staticmethod(show_dynamic)


class HubDynamicsView(_Dynamics, _HubCommandsView):
    """/api/v1/commands/dynamics/hub/{hubId}."""


class DynamicView(_Dynamics, _CommandView):
    """/api/v1/commands/dynamics/{id}."""
