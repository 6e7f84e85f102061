"""Rotation of the keys that sign tokens."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from django.conf import settings
from django.db import transaction

from hubster.lib import clock
from portal.identity import keys
from portal.models import JwtKey

# In which a token is of use: one of a visitor still renews the visitor's identity after its end.
_VISITORS_SECONDS = settings.WEBCHAT_TOKEN_SECONDS + settings.WEBCHAT_RENEWAL_SECONDS
TOKEN_LIFE = timedelta(seconds=max(settings.TOKEN_SECONDS, _VISITORS_SECONDS))


class NoSuchKey(Exception):
    """No active key has this id."""


@dataclass(frozen=True)
class Standing:
    """The duty of an active key: it signs, waits to sign, or only verifies what it signed before."""

    key: JwtKey
    signs: bool
    signs_from: datetime | None = None
    replaced: datetime | None = None  # since when no process signs with it


def standings() -> list[Standing]:
    """All active keys, newest first."""
    found = list(JwtKey.objects.filter(active=True))
    return list(_standings(found)) if found else []


def _standings(newest_first: Sequence[JwtKey]) -> Iterator[Standing]:
    signer, replaced = keys.signer(newest_first), dict(_replaced(newest_first))
    waiting = True
    for key in newest_first:
        waiting = waiting and key != signer
        if key == signer:
            yield Standing(key, True)
        elif waiting:
            yield Standing(key, False, signs_from=key.created + keys.PUBLISHED_FIRST)
        else:
            yield Standing(key, False, replaced=replaced[key])


def _replaced(newest_first: Sequence[JwtKey]) -> Iterator[tuple[JwtKey, datetime]]:
    """Each key that has a successor, with the moment from which no process signs with it."""
    late = keys.PUBLISHED_FIRST + timedelta(seconds=keys.CACHE_SECONDS)
    for successor, key in pairwise(newest_first):
        yield key, successor.created + late


def do_rotate(retire_after: timedelta = TOKEN_LIFE) -> tuple[JwtKey, list[JwtKey]]:
    """(the new key, the retired ones): those that were replaced so long ago."""
    limit = clock.now() - retire_after
    with transaction.atomic():
        active = _locked()
        over = [key for key, replaced in _replaced(active) if replaced <= limit]
        made = keys.make_key()
        JwtKey.objects.filter(pk__in=[key.pk for key in over]).update(active=False, modified=clock.now())
    keys.forget()
    return made, over


def do_retire(kid: UUID) -> JwtKey | None:
    """Retire one key now; the key made in its place when it was the last. Raises `NoSuchKey`."""
    with transaction.atomic():
        active = _locked()
        if kid not in [key.pk for key in active]:
            raise NoSuchKey
        JwtKey.objects.filter(pk=kid).update(active=False, modified=clock.now())
        made = keys.make_key() if len(active) == 1 else None
    keys.forget()
    return made


def _locked() -> list[JwtKey]:
    """The active keys, newest first, held against another rotation at the same moment."""
    found = JwtKey.objects.select_for_update().filter(active=True).order_by("id")
    return sorted(found, key=lambda key: key.created, reverse=True)
