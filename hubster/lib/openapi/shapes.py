"""Read shapes in the document: typed dictionaries and pydantic models, as JSON schemas with named components."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent
from pydantic import GetCoreSchemaHandler, TypeAdapter, WithJsonSchema
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema

_TEMPLATE = "#/components/schemas/{model}"
Guid = Annotated[str, WithJsonSchema({"type": "string", "format": "uuid"})]
Moment = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]


@dataclass(frozen=True)
class As:
    """In `Annotated[Any, As(Message)]`: what is stored as plain JSON, and what it is in the document."""

    of: Any

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return handler.generate_schema(self.of)


class _Generator(GenerateJsonSchema):
    """Without titles, which repeat names, and without null, which answers leave out."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """The schema of a value that is not null."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """A default of null says only that it is optional."""
        shown = super().default_schema(schema)
        if shown.get("default", ...) is None:
            del shown["default"]
        return shown


def component_name(name: str) -> str:
    """`HubRead` is shown as `Hub`: in the document it is the noun itself."""
    return name.removesuffix("Read")


def _renamed(value: Any) -> Any:
    """The schema with references to components by their shown names."""
    if isinstance(value, list):
        return [_renamed(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: component_name(item) if key == "$ref" and isinstance(item, str) else _renamed(item)
        for key, item in value.items()
    }


def json_schema(of: Any, mode: JsonSchemaMode = "validation") -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """(schema, components by name) of a type; a type with a name is a reference to its component."""
    # Inside a list even the outermost type gets a name.
    whole = TypeAdapter(list[of]).json_schema(ref_template=_TEMPLATE, schema_generator=_Generator, mode=mode)
    found = {}
    for name, schema in whole.get("$defs", {}).items():
        schema.pop("title", None)
        found[component_name(name)] = _renamed(schema)
    return _renamed(whole["items"]), found


def register(registry: ComponentRegistry, name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Put a schema among the components once; a reference to it."""
    made: Any = ResolvedComponent
    component = made(name=name, type=made.SCHEMA, object=name, schema=schema)
    registry.register_on_missing(component)
    return dict(component.ref)


@dataclass(frozen=True)
class Shape:
    """A body described by a type."""

    of: Any

    def resolve(self, auto: Any) -> dict[str, Any]:
        """Its schema, with its components registered."""
        schema, components = json_schema(self.of)
        for name, component in components.items():
            register(auto.registry, name, component)
        return schema


@dataclass(frozen=True)
class Made:
    """A body described by a function of the view's schema, for what no single type can say; `optional`: or no body."""

    make: Callable[[Any], dict[str, Any]]
    optional: bool = False

    def resolve(self, auto: Any) -> dict[str, Any]:
        return self.make(auto)
