"""Integrations as answers have them, and in the OpenAPI document: one schema for each channel, by `channelId`."""

from typing import Annotated, Any, Literal, NotRequired

from rest_framework.serializers import BaseSerializer
from typing_extensions import TypedDict

from engine import adapters
from engine.adapters import Channel
from hubster.lib.openapi.shapes import Guid, Made, json_schema, register
from hubster.lib.payloads import Typed
from portal.api.fields import named
from portal.models import Integration

_REF = "#/components/schemas/"
_KEY = {"type": "string", "readOnly": True, "description": "Set by the server; ignored in requests."}
IntegrationType = Literal["Customer", "Agent", "Bot", "System"]


class IntegrationIds(TypedDict):
    """The ids of an integration; `inboundId` is what its provider knows it by."""

    integrationId: Guid
    hubId: Guid
    inboundId: NotRequired[str]


class IntegrationRead(IntegrationIds):
    """An integration of any channel."""

    integrationTypeId: IntegrationType
    channelId: str
    name: str
    statusId: Annotated[int, named(Integration.Status)]
    configuration: dict[str, Any]


class IntegrationPage(TypedDict):
    """A page of integrations."""

    pageNumber: int
    pageSize: int
    total: int
    results: list[IntegrationRead]


def configuration_schema(
    channel: Channel, model: type[Typed] | None = None
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """(the schema of a channel's configuration, the components that it refers to), as it is sent and answered.

    `model` is another one than what is sent.
    """
    model = model or channel.config
    reference, components = json_schema(model)
    schema = components.pop(reference["$ref"].removeprefix(_REF))
    secret = {key.lower() for key in channel.secret_keys}
    for name, field in model.model_fields.items():
        shown = schema["properties"][field.alias or name]
        if field.exclude:
            shown["writeOnly"] = True
        if (field.alias or name).lower() in secret:
            shown["format"] = "password"
        shown.pop("labels", None)  # for forms
        shown.pop("long", None)
        if link := shown.pop("link", None):
            shown["externalDocs"] = {"url": link}
    if channel.signs:
        schema["properties"].update(publicSigningKey=_KEY, privateSigningKey=_KEY)
    return schema, components


def _configuration(auto: Any, channel: Channel, kept: bool) -> dict[str, Any]:
    """A reference to a channel's configuration: as it is stored, or as it is sent."""
    model = channel.kept if kept else None
    schema, components = configuration_schema(channel, model)
    for name, component in components.items():
        register(auto.registry, name, component)
    return register(auto.registry, f"{channel.name}{'Stored' if model else ''}Configuration", schema)


def _variant(
    auto: Any, channel: Channel, base: dict[str, Any], name: str, text: str, kept: bool = False
) -> dict[str, Any]:
    """A reference to what all integrations have, with what this channel has of its own."""
    own = {"channelId": {"type": "string", "const": channel.name}, "configuration": _configuration(auto, channel, kept)}
    schema = {**base, "description": text, "properties": {**base["properties"], **own}}
    return register(auto.registry, name, schema)


def _read(auto: Any) -> dict[str, Any]:
    base = json_schema(IntegrationRead)[1]["Integration"]
    members = [
        _variant(
            auto, channel, base, f"{channel.name}Integration", f"An integration of the channel {channel.name}.", True
        )
        for channel in adapters.all_adapters()
    ]
    return register(auto.registry, "Integration", {"oneOf": members, "description": base["description"]})


def _read_list(auto: Any) -> dict[str, Any]:
    return {"type": "array", "items": _read(auto)}


def _read_page(auto: Any) -> dict[str, Any]:
    schema = json_schema(IntegrationPage)[1]["IntegrationPage"]
    schema["properties"]["results"] = _read_list(auto)
    return register(auto.registry, "IntegrationPage", schema)


INTEGRATION, INTEGRATION_LIST, INTEGRATION_PAGE = Made(_read), Made(_read_list), Made(_read_page)


def created_by(serializer: BaseSerializer[Any]) -> Made:
    """The document's schema of what a new integration of any channel needs."""

    def make(auto: Any) -> dict[str, Any]:
        base = auto._map_serializer(serializer, "request")
        members = []
        for channel in adapters.all_channels():
            text = f"What a new {channel.name} integration needs."
            if adapters.find(channel.name) is None:
                text += " This channel cannot be connected yet: the answer is 501."
            members.append(_variant(auto, channel, base, f"{channel.name}IntegrationCreate", text))
        text = "A new integration. `channelId` is not case-sensitive and may be a number."
        return register(auto.registry, "IntegrationCreate", {"oneOf": members, "description": text})

    return Made(make)


def created_or_changed_by(create: BaseSerializer[Any], change: BaseSerializer[Any]) -> Made:
    """The body of the call that makes an integration of a hub, or changes the one whose id it is given."""

    def make(auto: Any) -> dict[str, Any]:
        return {"anyOf": [created_by(create).resolve(auto), auto.resolve_serializer(change, "request").ref]}

    return Made(make)
