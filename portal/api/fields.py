"""Serializer fields for the documented enumerations."""

from typing import Any

from rest_framework import serializers

from hubster.lib import clock


class StatusField(serializers.Field):  # type: ignore[type-arg]
    """A status by documented number or by name in any case; Canceled is the platform's to set, not the caller's."""

    default_error_messages = {"invalid_choice": "'{value}' is not supported; use {allowed}."}

    def __init__(self, statuses: Any, **kwargs: Any) -> None:
        self.statuses = [status for status in statuses if status.name != "CANCELED"]
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> int:
        """The number."""
        for status in self.statuses:
            if not isinstance(data, bool) and str(data).lower() in (str(status.value), status.name.lower()):
                return int(status.value)
        allowed = " or ".join(f"{status.value} ({status.label})" for status in self.statuses)
        return self.fail("invalid_choice", value=str(data)[:40], allowed=allowed)

    def to_representation(self, value: Any) -> int:
        """The number."""
        return int(value)


class StrictCharField(serializers.CharField):
    """Text that must come as text: numbers and booleans are faults, not text."""

    default_error_messages = {"invalid": "must be text."}

    def to_internal_value(self, data: Any) -> str:
        """The text, without blanks around it."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


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
