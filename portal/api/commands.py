"""/api/v1/commands: transfers, responses and dynamics, the same five calls for each."""

from typing import Annotated, Any, Literal, NotRequired, cast

from drf_spectacular.utils import extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from engine import adapters
from engine.activity import Message
from engine.activity.messages import Event
from hubster.lib.drf import ApiView, CaseBlindSerializer, Flag, checked, guid_or_fail
from hubster.lib.errors import Fault
from hubster.lib.openapi.operation import Resource
from hubster.lib.openapi.shapes import As, Guid
from portal import access
from portal.actions import commands as actions
from portal.api.fields import ResponsesField, StrictCharField, UrlField
from portal.api.identity import PORTAL
from portal.api.named import NamedField
from portal.idempotency import idempotent
from portal.identity.authentication import PortalAuthentication, client_of
from portal.models import DynamicCommand, ResponseCommand, TransferCommand


class _CommandWrite(CaseBlindSerializer):
    """The properties that all kinds take."""

    name = StrictCharField(max_length=200)
    description = StrictCharField(max_length=1000, required=False, allow_blank=True)

    def more_faults(self, given: dict[str, Any]) -> dict[str, list[Fault]]:
        """Of what an action judges, as far as it can be judged. `row` is the command to make or to change."""
        texts = {name: given[name].strip() for name in ("name", "url") if isinstance(given.get(name), str)}
        return actions.command_faults(self.context["row"], {**texts, **self.responses_of(given)})

    def responses_of(self, given: dict[str, Any]) -> dict[str, Any]:
        """The responses and their kind, where a kind of command has them."""
        return {}


class TransferCommandWrite(_CommandWrite):
    """A transfer command, as clients send it."""

    url = UrlField(max_length=2048)
    linkDescription = StrictCharField(max_length=1000, source="link_description")
    mountDelay = serializers.IntegerField(
        source="mount_delay", required=False, min_value=-actions.MAX_DELAY, max_value=actions.MAX_DELAY
    )


class ResponseCommandWrite(_CommandWrite):
    """A response command, as clients send it."""

    category = StrictCharField(max_length=200, required=False, allow_blank=True)
    integrationTypeId = NamedField(
        {"customer": adapters.SIDES["Customer"], "agent": adapters.SIDES["Agent"]}, source="to"
    )
    type = NamedField({"message": 1, "event": 2}, source="kind")
    responses = ResponsesField()

    def responses_of(self, given: dict[str, Any]) -> dict[str, Any]:
        """With an empty kind while it is not known whether they are messages or events."""
        kind: Any = self.context["row"].kind
        if "type" in given:
            try:
                kind = self.fields["type"].to_internal_value(given["type"])
            except serializers.ValidationError:
                kind = ""
        return {"responses": given["responses"], "kind": kind} if "responses" in given else {}


class DynamicCommandWrite(_CommandWrite):
    """A dynamic command, as clients send it."""

    category = StrictCharField(max_length=200, required=False, allow_blank=True)
    url = UrlField(max_length=2048)
    regenerateKeys = Flag(source="regenerate", required=False)


class _CommandRead(TypedDict):
    commandId: Guid
    hubId: Guid
    name: str
    description: NotRequired[str]


class _Category(TypedDict):
    category: NotRequired[str]


class TransferCommandRead(_CommandRead):
    """A page link: sends a visitor to another page."""

    url: str
    linkDescription: str
    mountDelay: int


class ResponseCommandRead(_CommandRead, _Category):
    """A saved reply: prepared messages or events."""

    integrationTypeId: Literal["customer", "agent"]
    type: Literal["message", "event"]
    responses: Annotated[list[Any], As(list[Message | Event])]


class DynamicCommandRead(_CommandRead, _Category):
    """Asks the business's own service what to answer, by a POST that is signed with the private key."""

    url: str
    publicSigningKey: str
    privateSigningKey: str


def _show(row: Any) -> _CommandRead:
    shown: _CommandRead = {"commandId": str(row.id), "hubId": str(row.hub_id), "name": row.name}
    if row.description:
        shown["description"] = row.description
    return shown


def show_transfer(row: TransferCommand) -> TransferCommandRead:
    """A transfer command as answers have it."""
    return {**_show(row), "url": row.url, "linkDescription": row.link_description, "mountDelay": row.mount_delay}


def _category(row: ResponseCommand | DynamicCommand) -> _Category:
    return {"category": row.category} if row.category else {}


def show_response(row: ResponseCommand) -> ResponseCommandRead:
    """A response command as answers have it."""
    return {
        **_show(row),
        **_category(row),
        "integrationTypeId": cast(Literal["customer", "agent"], row.to),
        "type": cast(Literal["message", "event"], row.kind),
        "responses": row.responses,
    }


def show_dynamic(row: DynamicCommand) -> DynamicCommandRead:
    """A dynamic command as answers have it, with its signing keys."""
    keys = row.public_key, row.private_key
    return {
        **_show(row),
        **_category(row),
        "url": row.url,
        "publicSigningKey": keys[0],
        "privateSigningKey": keys[1],
    }


class _CommandsView(ApiView):
    """The facts about a kind that its views need."""

    authentication_classes = [PortalAuthentication]
    model: type[Any]
    writer: Any
    show: Any


class _HubCommandsView(_CommandsView):
    """GET …/hub/{hubId}: all commands of a hub."""

    def get(self, request: Request, hub_id: str) -> Response:
        hub = access.get_hub_for(client_of(request).tenant_id, guid_or_fail(hub_id, "PRT", "hubId"))
        return Response([self.show(row) for row in self.model.objects.filter(hub=hub)])


class _CommandView(_CommandsView):
    """…/{id}: the id of a hub creates, the id of a command reads, changes and deletes."""

    def _row(self, request: Request, any_id: str) -> Any:
        guid = guid_or_fail(any_id, "PRT", "commandId")
        return access.get_command_for(self.model, client_of(request).tenant_id, guid)

    @idempotent
    def post(self, request: Request, any_id: str) -> Response:
        """Create in a hub."""
        hub = access.get_hub_for(client_of(request).tenant_id, guid_or_fail(any_id, "PRT", "hubId"))
        values = checked(self.writer(context={"row": self.model(hub=hub)}), request.data, "PRT000300")
        return Response(self.show(actions.do_create_command(self.model, hub, values)))

    def get(self, request: Request, any_id: str) -> Response:
        return Response(self.show(self._row(request, any_id)))

    def put(self, request: Request, any_id: str) -> Response:
        """Change what is given."""
        row = self._row(request, any_id)
        values = checked(self.writer(partial=True, context={"row": row}), request.data, "PRT000300")
        return Response(self.show(actions.do_update_command(row, values)))

    def delete(self, request: Request, any_id: str) -> Response:
        actions.do_delete_command(self._row(request, any_id))
        return Response(status=200)


_HUB_OR_COMMAND = "`id` is the id of a hub here, and the id of a command in the other calls of this path."


def _one(noun: str, writer: type[_CommandWrite], shape: Any) -> Any:
    """Declares the calls of one command; `noun` is for example `TransferCommand`."""
    words = noun.removesuffix("Command").lower() + " command"
    calls = Resource(words.capitalize() + "s", PORTAL)
    return extend_schema_view(
        post=calls.operation(
            f"create{noun}", f"Create a {words}",
            text=_HUB_OR_COMMAND, takes=writer(), answers=shape, refuses=[404], idempotent=True,
        ),
        get=calls.operation(f"get{noun}", f"Get a {words}", answers=shape, refuses=[404]),
        put=calls.operation(
            f"update{noun}", f"Change what is given of a {words}",
            takes=writer(partial=True), answers=shape, refuses=[404],
        ),
        delete=calls.operation(f"delete{noun}", f"Delete a {words}", refuses=[404]),
    )  # fmt: skip


def _all(noun: str, shape: Any) -> Any:
    """Declares the list of a hub's commands."""
    words = noun.removesuffix("Command").lower() + " commands"
    calls = Resource(words.capitalize(), PORTAL)
    return extend_schema_view(
        get=calls.operation(f"list{noun}s", f"List the {words} of a hub, by name", answers=list[shape], refuses=[404])
    )


class _Transfers:
    model = TransferCommand
    writer = TransferCommandWrite
    show = staticmethod(show_transfer)


@_all("TransferCommand", TransferCommandRead)
class HubTransfersView(_Transfers, _HubCommandsView):
    """/api/v1/commands/transfers/hub/{hubId}."""


@_one("TransferCommand", TransferCommandWrite, TransferCommandRead)
class TransferView(_Transfers, _CommandView):
    """/api/v1/commands/transfers/{id}."""


class _Responses:
    model = ResponseCommand
    writer = ResponseCommandWrite
    show = staticmethod(show_response)


@_all("ResponseCommand", ResponseCommandRead)
class HubResponsesView(_Responses, _HubCommandsView):
    """/api/v1/commands/responses/hub/{hubId}."""


@_one("ResponseCommand", ResponseCommandWrite, ResponseCommandRead)
class ResponseView(_Responses, _CommandView):
    """/api/v1/commands/responses/{id}."""


class _Dynamics:
    model = DynamicCommand
    writer = DynamicCommandWrite
    show = staticmethod(show_dynamic)


@_all("DynamicCommand", DynamicCommandRead)
class HubDynamicsView(_Dynamics, _HubCommandsView):
    """/api/v1/commands/dynamics/hub/{hubId}."""


@_one("DynamicCommand", DynamicCommandWrite, DynamicCommandRead)
class DynamicView(_Dynamics, _CommandView):
    """/api/v1/commands/dynamics/{id}."""
