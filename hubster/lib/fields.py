"""Model fields that are encrypted in the database."""

import json
from typing import Any

from django.db import models

from hubster.lib import crypto


class EncryptedJSONField(models.TextField):  # type: ignore[type-arg]
    """A JSON value kept as one encrypted text; neither keys nor values can be read or searched in the database."""

    def get_prep_value(self, value: Any) -> str | None:
        """Encrypt on the way in."""
        return None if value is None else crypto.encrypt(json.dumps(value, separators=(",", ":")))

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        """Decrypt on the way out; a wrong key raises instead of showing cipher text."""
        return None if value is None else json.loads(crypto.decrypt(value))


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """A text kept encrypted."""

    def get_prep_value(self, value: Any) -> str | None:
        """Encrypt on the way in."""
        return None if value is None else crypto.encrypt(str(value))

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        """Decrypt on the way out; a wrong key raises."""
        return None if value is None else crypto.decrypt(value)
