"""Identifiers: GUIDs in any documented form on input, random secrets."""

import re
import secrets
import uuid

_HEX = r"[0-9a-fA-F]"
_GUID = re.compile(rf"{_HEX}{{32}}|{_HEX}{{8}}(-{_HEX}{{4}}){{3}}-{_HEX}{{12}}")


def parse_guid(value: object) -> uuid.UUID | None:
    """The GUID in `value` (any case, with or without dashes or braces), or None when it is not one."""
    if isinstance(value, uuid.UUID):
        return value
    if not isinstance(value, str):
        return None
    bare = value[1:-1] if value.startswith("{") and value.endswith("}") else value
    return uuid.UUID(bare) if _GUID.fullmatch(bare) else None


def random_secret() -> str:
    """A client secret of 256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def random_key_hex() -> str:
    """A signing key: 32 upper-case hexadecimal digits."""
    return secrets.token_hex(16).upper()
