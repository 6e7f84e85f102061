"""Serializer fields for the documented enumerations."""

from typing import Any

from django.core.validators import MinValueValidator
from django.db.models import IntegerChoices
from pydantic import WithJsonSchema
from rest_framework import serializers

from engine.activity import Message
from engine.activity.messages import Event
from hubster.lib import clock
from hubster.lib.errors import NOT_VALID
from hubster.lib.openapi.shapes import Shape, register
from portal.actions.commands import MAX_RESPONSES


def named(statuses: type[IntegerChoices]) -> Any:
    """The schema of an answer's status: numbers, with names for generated clients."""
    text = ", ".join(f"{status.value}: {status.label}" for status in statuses)
    return WithJsonSchema(_enumeration(list(statuses), f"{text}."))


def _enumeration(statuses: list[IntegerChoices], text: str) -> dict[str, Any]:
    return {
        "type": "integer",
        "enum": [int(status.value) for status in statuses],
        "x-enum-varnames": [status.name for status in statuses],
        "description": text,
    }


class StatusField(serializers.Field):  # type: ignore[type-arg]
    """A status by documented number or by name in any case; Canceled is the platform's to set, not the caller's."""

    default_error_messages = {"invalid_choice": NOT_VALID}

    def __init__(self, statuses: Any, **kwargs: Any) -> None:
        self.statuses = [status for status in statuses if status.name != "CANCELED"]
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> int:
        for status in self.statuses:
            if not isinstance(data, bool) and str(data).lower() in (str(status.value), status.name.lower()):
                return int(status.value)
        return self.fail("invalid_choice", value=str(data)[:40])

    def to_representation(self, value: Any) -> int:
        return int(value)

    def json_schema(self, auto: Any) -> dict[str, Any]:
        """For the OpenAPI document."""
        name = "Settable" + type(self.statuses[0]).__qualname__.replace(".", "")
        text = " or ".join(f"{status.value}: {status.label}" for status in self.statuses)
        return register(auto.registry, name, _enumeration(self.statuses, f"{text}; the names are taken too."))


class StrictCharField(serializers.CharField):
    """Text that must come as text: numbers and booleans are faults, not text."""

    default_error_messages = {"invalid": "must be text."}

    def to_internal_value(self, data: Any) -> str:
        """The text, without blanks around it."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)

    def json_schema(self, auto: Any) -> dict[str, Any]:
        """For the OpenAPI document."""
        most = {"maxLength": self.max_length} if self.max_length else {}
        example = {"examples": [f"Your {self.field_name}"]}
        return {"type": "string", **most, **example, **({} if self.allow_blank else {"minLength": 1, "pattern": r"\S"})}


class UrlField(StrictCharField):
    """A web address; what may be called or opened is for others to check."""

    def json_schema(self, auto: Any) -> dict[str, Any]:
        """For the OpenAPI document."""
        return {"type": "string", "format": "uri", "maxLength": self.max_length}


class ResponsesField(serializers.JSONField):
    """Messages or events of the common format; which of them, another property says."""

    def json_schema(self, auto: Any) -> dict[str, Any]:
        """For the OpenAPI document."""
        items = Shape(Message | Event).resolve(auto)
        return {"type": "array", "minItems": 1, "maxItems": MAX_RESPONSES, "items": items}


class ConfigurationField(serializers.JSONField):
    """A channel's configuration; what it must hold, the channel's adapter says."""

    def json_schema(self, auto: Any) -> dict[str, Any]:
        """For the OpenAPI document: of an update, which may leave out what an integration keeps for life."""
        text = "The whole configuration of its channel, as its schema `…Configuration` has it."
        return {"type": "object", "additionalProperties": True, "description": text}


class CountField(serializers.IntegerField):
    """A whole number from 0; a negative one has a code of its own."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, **kwargs)
        for validator in self.validators:
            if isinstance(validator, MinValueValidator):
                validator.code = "negative"


class FutureField(serializers.DateTimeField):
    """A moment that lies ahead, in ISO 8601; without an offset it is UTC."""

    def to_internal_value(self, value: Any) -> Any:
        """The moment; 204 when it is none, 207 when it has passed."""
        try:
            moment = super().to_internal_value(value)
        except serializers.ValidationError:
            raise serializers.ValidationError(
                "give a date in ISO 8601, such as 2030-01-31T00:00:00Z.", "date"
            ) from None
        if moment <= clock.now():
            raise serializers.ValidationError("the moment must lie in the future.", "min_value")
        return moment
