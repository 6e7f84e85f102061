"""HMAC signatures of outgoing webhooks: the documented one and the Standard Webhooks one."""

import base64
import hashlib
import hmac
from collections.abc import Iterable


def _mac(key: bytes, message: bytes) -> str:
    return base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()


def hubster_signature(private_key: str, body: bytes) -> str:
    """`x-hubster-signature`: base64 of HMAC-SHA256 over the exact body, keyed with the key's UTF-8 bytes."""
    return _mac(private_key.encode(), body)


def standard_secret(private_key: str) -> str:
    """A private key in the form that Standard Webhooks verifiers take: `whsec_` and base64."""
    return "whsec_" + base64.b64encode(private_key.encode()).decode()


def standard_signature(private_keys: Iterable[str], message_id: str, timestamp: int, body: bytes) -> str:
    """`webhook-signature`: one `v1,` entry for each valid key, so that a rotation has an overlap."""
    content = f"{message_id}.{timestamp}.".encode() + body
    return " ".join("v1," + _mac(key.encode(), content) for key in private_keys)
