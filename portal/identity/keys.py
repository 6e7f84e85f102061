"""The RSA keys that sign tokens: made on demand, shared through the database, cached for half a minute.

A key is published in the JWKS as soon as it is there, and signs only when whoever keeps a copy of the JWKS must have
seen it. A replaced key stays published for as long as a token that it signed can live.
"""

import json
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.db import transaction
from jwt.algorithms import RSAAlgorithm

from hubster.lib import clock
from portal.models import JwtKey, Tenant

CACHE_SECONDS = 30
JWKS_SECONDS = 300  # for which others may keep a copy of the JWKS
# Longer than a copy of the JWKS and our own caches can be old, with room to spare.
PUBLISHED_FIRST = timedelta(minutes=10)
_cache: dict[str, Any] = {"at": -1e9, "keys": []}


def make_key() -> JwtKey:
    """A new key: it verifies from now on, and signs when it has been published long enough."""
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


def signing_key() -> JwtKey:
    """The key that signs now."""
    return signer(active_keys())


def signer(newest_first: Sequence[JwtKey]) -> JwtKey:
    """The newest that was published long enough; without such, the one that was published longest."""
    known_since = clock.now() - PUBLISHED_FIRST
    return next((key for key in newest_first if key.created <= known_since), newest_first[-1])


@lru_cache(maxsize=4)
def loaded(private_pem: str) -> RSAPrivateKey:
    """A private key, checked and ready to sign, which takes ten times as long as signing."""
    key = serialization.load_pem_private_key(private_pem.encode(), password=None)
    assert isinstance(key, RSAPrivateKey), "every signing key is an RSA key"
    return key


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
        public = serialization.load_pem_public_key(key.public_pem.encode())
        fields = json.loads(RSAAlgorithm.to_jwk(public))  # type: ignore[arg-type]
        shown.append(
            {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": str(key.id), "n": fields["n"], "e": fields["e"]}
        )
    return {"keys": shown}
