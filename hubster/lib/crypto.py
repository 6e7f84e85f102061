"""Encryption at rest and keyed hashes, with a key of their own that is not the session key."""

import hashlib
import hmac
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


@cache
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    """`text` encrypted with the newest key."""
    return _box(tuple(settings.HUBSTER_ENCRYPTION_KEYS)).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """The text behind `token`; raises `cryptography.fernet.InvalidToken` when no key fits."""
    return _box(tuple(settings.HUBSTER_ENCRYPTION_KEYS)).decrypt(token.encode()).decode()


def with_newest_key(token: str) -> str | None:
    """`token` encrypted anew with the newest key; None when it is already. Raises `InvalidToken` when no key fits."""
    newest, *_ = keys = tuple(settings.HUBSTER_ENCRYPTION_KEYS)
    try:
        _box((newest,)).decrypt(token.encode())
    except InvalidToken:
        return _box(keys).rotate(token.encode()).decode()
    return None


def secret_digest(secret: str) -> str:
    """Keyed SHA-256 of a secret or a token of ours. They are 256 random bits, so a slow hash would only cost CPU."""
    return hmac.new(settings.HUBSTER_HASH_KEY.encode(), secret.encode(), hashlib.sha256).hexdigest()
