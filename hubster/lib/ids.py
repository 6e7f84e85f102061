"""Identifiers: GUIDs in any documented form on input, random secrets."""

import re
import secrets
import uuid

_GUID = re.compile(r"^\{?([0-9a-fA-F]{8})-?([0-9a-fA-F]{4})-?([0-9a-fA-F]{4})-?([0-9a-fA-F]{4})-?([0-9a-fA-F]{12})\}?$")


def parse_guid(value: object) -> uuid.UUID | None:
    """The GUID in `value` (any case, with or without dashes or braces), or None when it is not one."""
    if isinstance(value, uuid.UUID):
        return value
    found = _GUID.match(value) if isinstance(value, str) else None
    return uuid.UUID("".join(found.groups())) if found else None


def random_secret() -> str:
    """A client secret of 256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def random_key_hex() -> str:
    """A signing key: 32 upper-case hexadecimal digits."""
    return secrets.token_hex(16).upper()
