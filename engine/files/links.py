"""Addresses of files: whoever has one may read that file, and nobody can make one up."""

import base64
import uuid

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from engine.files.names import in_address

_SALT = "hubster.files"
_BYTES = 24


def signature(tenant_id: uuid.UUID, file_id: uuid.UUID, secret: str | bytes | None = None) -> str:
    """32 characters that only the holder of the secret key can know."""
    mac = salted_hmac(_SALT, f"{tenant_id}:{file_id}", secret=secret, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(mac[:_BYTES]).decode()


def fits(given: str, tenant_id: uuid.UUID, file_id: uuid.UUID) -> bool:
    """True if a signature is right; also when it was made with a key that has since been replaced."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(constant_time_compare(given, signature(tenant_id, file_id, key)) for key in keys)


def address_of(tenant_id: uuid.UUID, file_id: uuid.UUID, name: str) -> str:
    """The whole address, as messages carry it to everybody."""
    return f"{settings.PUBLIC_URL}/files/{file_id}/{signature(tenant_id, file_id)}/{in_address(name)}"
