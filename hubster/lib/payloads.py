"""Typed payloads: property names matched without regard to case, every fault listed with its place."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from hubster.lib.errors import MOST_FAULTS, Fault

SHOWN = 80  # characters of a caller's own text that an error repeats


class PayloadError(ValueError):
    """Raised by validators of models: a kind of `CodeSet`, and a text that follows the property's name."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class Typed(BaseModel):
    """A payload in camelCase. Unknown properties are ignored, absent ones stay out of the output."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", hide_input_in_errors=True
    )

    @model_validator(mode="before")
    @classmethod
    def _match_names(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        known, renamed = _names(cls), {}
        if data.keys() <= known.exact and None not in data.values():  # as most senders write it
            return data
        room = MOST_FAULTS if cls.model_config.get("extra") == "forbid" else 0  # unknown ones that are still judged
        for key, item in data.items():
            name = known.by_lower.get(key.lower()) if isinstance(key, str) else None
            if name is None and key not in cls.model_fields:
                if room <= 0:
                    continue
                room -= 1
            elif name is not None and name in renamed:
                raise PayloadError("unsupported", f"'{name}' is given twice.")
            if name is None or item is not None:  # null says that a property is not given
                renamed[name or key] = item
        return renamed

    def dump(self) -> dict[str, Any]:
        """The payload as JSON-ready values, in camelCase, without what is absent."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class _Names(NamedTuple):
    """The names of a model's properties: as they are written, and by their lower case."""

    exact: frozenset[str]
    by_lower: dict[str, str]


_cached_names: dict[type[Typed], _Names] = {}


def _names(model: type[Typed]) -> _Names:
    names = _cached_names.get(model)
    if names is None:
        exact = [field.alias or name for name, field in model.model_fields.items()]
        names = _cached_names[model] = _Names(frozenset(exact), {name.lower(): name for name in exact})
    return names


def get_blind(data: Any, name: str) -> Any:
    """The value of a property of a raw object, matched without regard to case."""
    if not isinstance(data, (dict, Mapping)):  # a dict is told at once, another mapping by its ancestors
        return None
    if name in data:
        return data[name]
    return next((item for key, item in data.items() if isinstance(key, str) and key.lower() == name.lower()), None)


# What pydantic calls a fault, as a row of `CodeSet`.
_KINDS = {
    "missing": "missing",
    "union_tag_not_found": "missing",
    "union_tag_invalid": "choice",
    "literal_error": "choice",
    "enum": "choice",
    "extra_forbidden": "unsupported",
    "too_short": "empty_list",
    "string_too_short": "missing",
    "float_parsing": "decimal",
    "float_type": "decimal",
    "finite_number": "decimal",
    "greater_than_equal": "range",
    "less_than_equal": "range",
    "string_too_long": "range",
    "too_long": "range",
}


class CodeSet(dict[str, str]):
    """Error codes for the kinds of faults a payload can have; `other` serves the rest.

    Validators of models raise `PayloadError` to name a kind of their own. A `choice` is a value that
    is none of the allowed ones; where it has no code of its own it is told as `unsupported`, like unknown properties.
    """

    def of(self, kind: str) -> str:
        """The code of a kind."""
        if kind == "choice" and kind not in self:
            kind = "unsupported"
        return self.get(kind) or self["other"]


def faults(error: ValidationError, codes: CodeSet, root: str = "") -> list[Fault]:
    """Every fault of a payload, each with its code and a sentence that names the property."""
    found: list[Fault] = []
    for item in error.errors(include_url=False, include_context=True, include_input=False):
        path = _path(item["loc"], root)
        if item["type"] == "value_error":
            found.append(_own_fault(item["ctx"]["error"], codes, path))
            continue
        kind = _KINDS.get(item["type"], "other")
        if item["type"].startswith("union_tag"):
            path += ".type"
        said = "is required." if kind == "missing" else _sentence(item)
        found.append(Fault(codes.of(kind), path, said))
    return found


def _own_fault(error: ValueError, codes: CodeSet, path: str) -> Fault:
    kind = error.kind if isinstance(error, PayloadError) else "other"
    return Fault(codes.of(kind), path, str(error), quoted=True)


# The library's words are for programmers; these are for whoever reads the answer.
_WORDS = {
    "extra_forbidden": "is not supported.",
    "string_type": "must be text.",
    "list_type": "must be a list.",
    "dict_type": "must be an object.",
    "model_type": "must be an object.",
    "model_attributes_type": "must be an object.",
    "bool_type": "must be true or false.",
    "bool_parsing": "must be true or false.",
    "int_type": "must be a whole number.",
    "int_parsing": "must be a whole number.",
    "float_type": "must be a number.",
    "float_parsing": "must be a number.",
    "finite_number": "must be a finite number.",
}


def _sentence(item: ErrorDetails) -> str:
    if item["type"] in _WORDS:
        return _WORDS[item["type"]]
    if item["type"] == "literal_error":
        return f"must be {item['ctx']['expected']}."
    if item["type"] == "union_tag_invalid":
        expected = item["ctx"]["expected_tags"].replace("tag:", "")
        return f"'{item['ctx']['tag'].removeprefix('tag:')[:40]}' is not supported; use one of {expected}."
    return item["msg"].rstrip(".") + "."


def _path(places: tuple[int | str, ...], root: str) -> str:
    path = root
    for place in places:
        if isinstance(place, int):
            path += f"[{place}]"
        elif not place.startswith(("tag:", "function-")):
            path += f".{place[:SHOWN]}" if path else place[:SHOWN]
    return path or "body"
