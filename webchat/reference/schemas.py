"""JSON schemas of the OpenAPI document in words: types, limits and tables of properties."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from webchat.docs import inline

Json = dict[str, Any]
_REF = "#/components/schemas/"
_FORMATS = {"uuid": "GUID", "date-time": "time, ISO 8601", "uri": "URL", "binary": "file"}
_PLURALS = {"string": "strings", "integer": "integers", "number": "numbers", "object": "objects", "GUID": "GUIDs"}


@dataclass(frozen=True)
class Word:
    """A piece of a type in words; `object` names the component that it leads to."""

    text: str
    object: str = ""


@dataclass(frozen=True)
class Property:
    """A row of a table of properties."""

    name: str
    type: tuple[Word, ...]
    required: bool
    text: SafeString
    limits: SafeString


def name_of(schema: Json) -> str:
    """The component that a schema refers to; empty when it is written out."""
    return str(schema.get("$ref", "")).removeprefix(_REF)


def type_of(schema: Json) -> tuple[Word, ...]:
    """The type in words: `list of Hub`, `"text"`, `string or integer`."""
    if name := name_of(schema):
        return (Word(name, name),)
    if "const" in schema:
        return (Word(f'"{schema["const"]}"'),)
    choices = schema.get("oneOf") or schema.get("anyOf")
    if choices:
        return tuple(_joined([type_of(choice) for choice in choices]))
    kinds = schema.get("type", "any value")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return tuple(_joined([_plain(schema, kind) for kind in kinds if kind != "null"]))


def _joined(types: list[tuple[Word, ...]]) -> Iterator[Word]:
    """Alternatives; null is none: what it means is said once, on the first page."""
    for number, found in enumerate(filter(None, types)):
        if number:
            yield Word(" or ")
        yield from found


def _plain(schema: Json, kind: str) -> tuple[Word, ...]:
    if kind == "array":
        inner = type_of(schema.get("items", {}))
        plural = [Word(_PLURALS.get(word.text, word.text), word.object) for word in inner]
        return (Word("list of "), *plural)
    return (Word(_FORMATS.get(schema.get("format", ""), kind)),)


def limits_of(schema: Json) -> str:
    """The bounds and the choices in words, as one sentence part; empty when there are none."""
    schema = _given(schema)
    parts = []
    if "enum" in schema:
        parts.append("one of " + ", ".join(f"`{value}`" for value in schema["enum"] if value is not None))
    parts += _sizes(schema)
    if "default" in schema:
        parts.append(f"default `{_literal(schema['default'])}`")
    return "; ".join(parts)


def _given(schema: Json) -> Json:
    """The one alternative that is no null."""
    choices = [choice for choice in schema.get("oneOf", []) if choice.get("type") != "null"]
    return {**choices[0], **schema} if len(choices) == 1 else schema


def _sizes(schema: Json) -> Iterator[str]:
    for least, most, unit in (
        ("minimum", "maximum", ""),
        ("minLength", "maxLength", " characters"),
        ("minItems", "maxItems", " items"),
    ):
        low, high = schema.get(least), schema.get(most)
        if low is not None and high is not None:
            yield f"{low} to {high}{unit}"
        elif high is not None:
            yield f"up to {high}{unit}"
        elif low is not None:
            yield f"at least {low}{unit.removesuffix('s') if low == 1 else unit}"


def _literal(value: Any) -> str:
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def properties_of(schema: Json, components: dict[str, Json]) -> list[Property]:
    """The rows of an object's table, required ones first; none for what is no object."""
    schema = resolved(schema, components)
    required = set(schema.get("required", ()))
    rows = [
        row(name, _seen(item, components), name in required, described(item, components), type_of(item))
        for name, item in schema.get("properties", {}).items()
    ]
    return sorted(rows, key=lambda shown: not shown.required)


def row(name: str, schema: Json, required: bool, text: str, words: tuple[Word, ...]) -> Property:
    """A row, with its sentences as HTML."""
    return Property(name, words, required, inline(text), inline(limits_of(schema)))


def _seen(schema: Json, components: dict[str, Json]) -> Json:
    """An enumeration that has a name of its own shows its values in place."""
    inner = resolved(_given(schema), components)
    return {**inner, **schema} if "enum" in inner else schema


def described(schema: Json, components: dict[str, Json]) -> str:
    """Its own description, or for a list that of its items."""
    own = schema.get("description") or schema.get("items", {}).get("description", "")
    inner = resolved(_given(schema), components)
    return str(own or (inner.get("description", "") if "enum" in inner else ""))


def resolved(schema: Json, components: dict[str, Json]) -> Json:
    """The schema itself, or the component that it refers to."""
    name = name_of(schema)
    return resolved(components[name], components) if name else schema


def choices_of(schema: Json, components: dict[str, Json]) -> list[str]:
    """The components that a union may be, by name."""
    schema = resolved(schema, components)
    return [name for choice in schema.get("oneOf") or schema.get("anyOf") or [] if (name := name_of(choice))]
