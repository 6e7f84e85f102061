"""Changes to the document as a whole: names of path parameters, shared components, unions told apart."""

import re
from typing import Any

from django.conf import settings

from hubster.lib.openapi import refusals

# How the URL patterns name a parameter, and how the document does; a name that is absent is only put into camelCase.
_NAMES = {"any_id": "id", "secret_id": "tokenId", "channel": "channelType"}
_REF = "#/components/schemas/"
_TELLING = ("type", "channelId")  # properties that tell the members of a union apart
Endpoint = tuple[str, str, str, Any]


def _documented(name: str) -> str:
    return _NAMES.get(name) or re.sub(r"_(\w)", lambda found: found[1].upper(), name)


def name_path_parameters(endpoints: list[Endpoint]) -> list[Endpoint]:
    """`/hubs/{hub_id}` as `/hubs/{hubId}`."""
    return [
        (re.sub(r"\{(\w+)\}", lambda found: f"{{{_documented(found[1])}}}", path), regex, method, callback)
        for path, regex, method, callback in endpoints
    ]


def complete(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """The document with its shared components; the last hook."""
    components = result["components"]
    components["schemas"].update(refusals.ERROR_SCHEMAS)
    components["responses"] = refusals.responses()
    components["headers"] = refusals.HEADERS
    components["schemas"] = dict(sorted(components["schemas"].items()))
    result["paths"] = dict(sorted(result["paths"].items(), key=_place))
    _fold(result, components["schemas"])
    _tell_apart(result, components["schemas"])
    return result


def _place(item: tuple[str, dict[str, dict[str, Any]]]) -> int:
    """Paths stand in the order of their tags."""
    tags = [tag["name"] for tag in settings.SPECTACULAR_SETTINGS["TAGS"]]
    return min(tags.index(operation["tags"][0]) for operation in item[1].values())


def _fold(result: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Unions that have a name are referred to wherever they are written out."""
    named = {name: schema for name, schema in schemas.items() if "oneOf" in schema}

    def folded(value: Any) -> Any:
        if isinstance(value, list):
            return [folded(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "oneOf" in value:
            for name, schema in named.items():
                if value is not schema and value["oneOf"] == schema["oneOf"]:
                    return {"$ref": _REF + name}
        return {key: folded(item) for key, item in value.items()}

    for name in schemas:
        schema = schemas[name]
        schemas[name] = {key: folded(item) for key, item in schema.items()}
    result["paths"] = folded(result["paths"])


def _tell_apart(result: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Every union of objects with a telling property says so, which generated clients make use of."""
    pending: list[Any] = [result]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            mapping = _mapping(value.get("oneOf"), schemas)
            if mapping:
                value["discriminator"] = mapping
        pending += value.values() if isinstance(value, dict) else value if isinstance(value, list) else []


def _mapping(members: Any, schemas: dict[str, Any]) -> dict[str, Any] | None:
    refs = [str(item.get("$ref", "")) for item in members or [] if isinstance(item, dict)]
    if len(refs) < 2 or not all(refs):
        return None
    for name in _TELLING:
        words = [_words(schemas[ref.removeprefix(_REF)], name) for ref in refs]
        if all(words):
            pairs = {word: ref for ref, found in zip(refs, words, strict=True) for word in found}
            return {"propertyName": name, "mapping": pairs}
    return None


def _words(schema: dict[str, Any], name: str) -> list[str]:
    """The values that a required property can have, when they are named."""
    if name not in schema.get("required", ()):
        return []
    found = schema["properties"][name]
    return [found["const"]] if "const" in found else list(found.get("enum", []))
