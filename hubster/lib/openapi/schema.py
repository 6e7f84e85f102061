"""Makes drf-spectacular read our views: shapes, shared errors, path parameters, optional properties."""

from typing import Any

from drf_spectacular.openapi import AutoSchema

from hubster.lib.openapi.operation import Refusal
from hubster.lib.openapi.refusals import RATE, header_refs, refusal_ref
from hubster.lib.openapi.shapes import Made, Shape

_GUID = {"type": "string", "format": "uuid"}
_ANY_FORM = "A GUID, in any case, with or without dashes."
PATH_PARAMETERS: dict[str, tuple[dict[str, Any], str]] = {
    "hubId": (_GUID, f"The hub. {_ANY_FORM}"),
    "integrationId": (_GUID, f"The integration. {_ANY_FORM}"),
    "conversationId": (_GUID, f"The conversation. {_ANY_FORM}"),
    "deliveryId": (_GUID, f"The delivery. {_ANY_FORM}"),
    "contactId": (_GUID, f"The contact. {_ANY_FORM}"),
    "id": (_GUID, f"The id that the operation names. {_ANY_FORM}"),
    "clientId": ({"type": "string"}, "The id of an API client, such as `hubster.engine.api.…`."),
    "tokenId": ({"type": "integer", "minimum": 0, "maximum": 10**18 - 1}, "The number of a secret."),
}


class Schema(AutoSchema):
    """One operation. What it overrides are documented places of drf-spectacular, pinned with it."""

    def map_parsers(self) -> list[str]:
        """JSON; that other content types are read as JSON too is a courtesy, not the contract."""
        return [getattr(self.view, "body_type", "application/json")]

    def get_description(self) -> str:  # type: ignore[override]
        """Only what an operation says itself: docstrings are for those who read the code."""
        return ""

    def _resolve_path_parameters(self, variables: Any) -> list[dict[str, Any]]:
        return [
            {"in": "path", "name": name, "required": True, "description": text, "schema": schema}
            for name in variables
            for schema, text in [PATH_PARAMETERS[name]]
        ]

    def _get_response_for_code(self, serializer: Any, status_code: str, *args: Any, **kwargs: Any) -> Any:
        if isinstance(serializer, Refusal):
            return refusal_ref(int(status_code))
        if isinstance(serializer, Shape | Made):
            serializer = serializer.resolve(self)
        whole = super()._get_response_for_code
        answer: dict[str, Any] = whole(serializer, status_code, *args, **kwargs)  # type: ignore[no-untyped-call]
        said: Any = self.get_response_serializers()
        kept = 409 in said and said[409].keeps
        answer["headers"] = header_refs(*RATE, *(["Idempotent-Replayed"] if kept else []))
        return {**answer, "description": answer["description"] or "Done."}

    def _get_request_for_media_type(self, serializer: Any, direction: Any = "request") -> Any:
        if isinstance(serializer, Made):
            return serializer.resolve(self), not serializer.optional
        schema, _ = super()._get_request_for_media_type(serializer, direction)  # type: ignore[no-untyped-call]
        return schema, True

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        """A field of ours that knows its schema says so."""
        make = getattr(field, "json_schema", None)
        if make:
            return make(self)
        return super()._map_serializer_field(field, direction, bypass_extensions)  # type: ignore[no-untyped-call]

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        """`HubWrite` is shown as `HubCreate`, and as `HubUpdate` where everything is optional."""
        name = str(super().get_serializer_name(serializer, direction))
        return name.removesuffix("Write") + "Create" if name.endswith("Write") else name

    def _get_serializer_name(self, serializer: Any, direction: Any, bypass_extensions: bool = False) -> str:
        name = str(super()._get_serializer_name(serializer, direction, bypass_extensions))
        if name.startswith("Patched"):
            return name.removeprefix("Patched").removesuffix("Create").removesuffix("Update") + "Update"
        return name

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        """Null says of an optional property that it is not given; unknown properties are refused."""
        schema = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        required = schema.get("required", [])
        for name, item in schema["properties"].items():
            if name not in required:
                schema["properties"][name] = nullable(item)
        return {**schema, "additionalProperties": False}


def nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema, or null."""
    if schema.keys() & {"$ref", "oneOf", "enum"}:
        return {"oneOf": [schema, {"type": "null"}]}
    if "type" not in schema:
        return schema
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return {**schema, "type": [*dict.fromkeys([*kinds, "null"])]}
