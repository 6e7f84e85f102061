"""Proves, at most every few seconds, that this process can write where it has to."""

import tempfile
import time
from pathlib import Path

from django.db import DatabaseError, InterfaceError

from engine.files import store
from engine.models import WriteProbe
from hubster.lib import clock

KNOWN_FOR = 5.0  # seconds that an answer is believed
_BYTES = 65_536  # more than what a file system keeps within its own tables
_known: list[tuple[float, dict[str, str]]] = []


def proofs() -> dict[str, str]:
    """`ok` or `failed` by place: the database, the folder of files, that of temporary files."""
    if _known and time.monotonic() < _known[0][0]:
        return _known[0][1]
    found = {"writable": _database(), "files": _folder(store.folder()), "temporary": _folder(None)}
    _known[:] = [(time.monotonic() + KNOWN_FOR, found)]
    return found


def forget() -> None:
    """Try anew; for tests."""
    _known.clear()


def _database() -> str:
    try:
        WriteProbe.objects.update_or_create(pk=1, defaults={"at": clock.now()})
    except (DatabaseError, InterfaceError):
        return "failed"
    return "ok"


def _folder(place: Path | None) -> str:
    """By a file that nobody sees; None is the folder of temporary files."""
    try:
        if place:
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=place, buffering=0) as file:
            file.write(b"\x00" * _BYTES)
    except OSError:
        return "failed"
    return "ok"
