"""The RSA keys that sign tokens: made on demand, shared through the database, cached for a minute."""

import json
import time
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.db import transaction
from jwt.algorithms import RSAAlgorithm

from portal.models import JwtKey, Tenant

CACHE_SECONDS = 30
_cache: dict[str, Any] = {"at": -1e9, "keys": []}


def make_key() -> JwtKey:
    """A new signing key; from now on it signs, and the older active ones still verify."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return JwtKey.objects.create(private_pem=pem.decode(), public_pem=public.decode())


def _first_key() -> list[JwtKey]:
    with transaction.atomic():
        list(Tenant.objects.select_for_update().order_by("id")[:1])  # two processes that start together make one key
        if not JwtKey.objects.filter(active=True).exists():
            make_key()
    return list(JwtKey.objects.filter(active=True))


def forget() -> None:
    """Drop the cache, so that the next look reads the database."""
    _cache.update(at=-1e9, keys=[])


def active_keys() -> list[JwtKey]:
    """The active keys, newest first."""
    if time.monotonic() - _cache["at"] > CACHE_SECONDS:
        found = list(JwtKey.objects.filter(active=True)) or _first_key()
        _cache.update(at=time.monotonic(), keys=found)
    return list(_cache["keys"])


def public_key(kid: str) -> str | None:
    """The public PEM for a `kid`; an unknown one is looked up once more, at most once in two seconds."""
    for fresh in (False, True):
        if fresh:
            if time.monotonic() - _cache["at"] < 2:
                return None
            forget()
        for key in active_keys():
            if str(key.id) == kid:
                return key.public_pem
    return None


def jwks() -> dict[str, Any]:
    """The public keys as RFC 7517 has them."""
    shown = []
    for key in active_keys():
        loaded = serialization.load_pem_public_key(key.public_pem.encode())
        fields = json.loads(RSAAlgorithm.to_jwk(loaded))  # type: ignore[arg-type]
        shown.append(
            {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": str(key.id), "n": fields["n"], "e": fields["e"]}
        )
    return {"keys": shown}
