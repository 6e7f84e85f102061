"""Serializer field for enumerations that answers show by name."""

from typing import Any

from rest_framework import serializers

from hubster.lib.errors import NOT_VALID


class NamedField(serializers.Field):  # type: ignore[type-arg]
    """One of a few names, in any case or by documented number."""

    default_error_messages = {"invalid_choice": NOT_VALID}

    def __init__(self, names: dict[str, int], **kwargs: Any) -> None:
        self.names = names
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        """The name in its documented spelling."""
        for name, number in self.names.items():
            if not isinstance(data, bool) and str(data).lower() in (name.lower(), str(number)):
                return name
        return str(self.fail("invalid_choice", value=str(data)[:40]))

    def to_representation(self, value: Any) -> str:
        return str(value)

    def json_schema(self, auto: Any) -> dict[str, Any]:
        """For the OpenAPI document."""
        numbers = ", ".join(f"{number} for {name}" for name, number in self.names.items())
        return {"type": "string", "enum": list(self.names), "description": f"In any case, or by number: {numbers}."}
