"""One round of a kind's database thread: results are stored, free rows are claimed and loaded."""

import logging
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple, TypeVar

from django.db import close_old_connections, connection

from engine.work.claim import Held, claim, put_off
from engine.work.kind import Item, Kind
from hubster.lib.pool import is_away, is_locked, limit_lock_waits, lock_wait

log = logging.getLogger("engine.work")
Result = TypeVar("Result")
LOCK_WAIT = 300  # milliseconds that a batch waits for a row that somebody else has locked
SHORT_WAIT = 10  # that each of its items waits after that


class Room(NamedTuple):
    """Room for the next claim: rows in all, sharers without room, and the rooms of endpoints."""

    rows: int
    full: list[Any]
    rooms: dict[Any, int]
    others: int


class Round(NamedTuple):
    """A round of the database thread: rows claimed, and how many of them were given back as soon as they were looked
    at; items whose work is to be begun, and results not stored yet, as the database is away or somebody else has their
    rows locked.
    """

    claimed: int = 0
    given_back: int = 0
    items: tuple[Item, ...] = ()
    unstored: tuple[Item, ...] = ()


def turn_over(kind: Kind, done: list[Item], singly: bool, room: Room | None) -> Round:
    """Store, claim and load. Items that wait for nobody are worked on and stored at once, without a way to the loop."""
    unstored = tuple(store(kind, done, singly)) if done else ()
    if room is None or room.rows <= 0:
        return Round(unstored=unstored)
    held = claim(kind, room.rows, full=room.full, rooms=room.rooms, others=room.others)
    items = _loaded(kind, held) if held else []
    given_back = len(held) - len(items)
    quick = [item for item in items if not item.calls_out]
    calling = tuple(item for item in items if item.calls_out)
    for item in quick:
        with suppress(StopIteration):
            item.work().send(None)
    try:
        if quick:
            unstored += tuple(store(kind, quick))
    except Exception as fault:
        if not is_away(fault):
            raise
        unstored += tuple(quick)
    return Round(len(held), given_back, calling, unstored)


def store(kind: Kind, done: Sequence[Item], singly: bool = False) -> list[Item]:
    """Store what is done; one by one when all together failed by a fault of ours, or again and again.

    Those whose rows somebody else has locked are returned: to wait for them would hold up all others. What fails though
    the database answers is not stored: its row is begun anew after a pause.
    """
    try:
        kind.commit(done)
        return []
    except Exception as fault:
        if is_away(fault):
            close_old_connections()
            if not (singly and _answers()):
                raise
        if len(done) == 1:
            if is_locked(fault):
                return list(done)
            log.exception("a result cannot be stored", extra={"kind": kind.name, "row": str(done[0].key)})
            _put_off(kind, done[0].key, done[0].token)
            return []
    with _short_wait():
        return [left for item in done for left in store(kind, [item], singly)]


@contextmanager
def _short_wait() -> Iterator[None]:
    """Within, statements hardly wait: a row that was locked a moment ago is likely to be locked still."""
    former = lock_wait()
    limit_lock_waits(SHORT_WAIT)
    try:
        yield
    finally:
        limit_lock_waits(former)


def _put_off(kind: Kind, key: Any, token: uuid.UUID) -> None:
    """Where somebody has the row locked, it is begun anew when its lease has run out."""
    try:
        put_off(kind.model, key, token)
    except Exception as fault:
        if not is_locked(fault):
            raise


def _answers() -> bool:
    """True if the database can be used, whatever it said of a statement."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        return False
    return True


def _loaded(kind: Kind, held: Held) -> list[Item]:
    """A row that cannot be loaded keeps nobody else from it; it is tried again, after longer and longer pauses.

    One that somebody else has locked is begun anew when its lease has run out.
    """
    try:
        return list(kind.load(held))
    except Exception as fault:
        if is_away(fault):
            raise
        if len(held) == 1:
            ((key, token),) = held.items()
            if not is_locked(fault):
                log.exception("a row cannot be worked on", extra={"kind": kind.name, "row": str(key)})
                _put_off(kind, key, token)
            return []
    with _short_wait():
        return [item for key, token in held.items() for item in _loaded(kind, {key: token})]


def in_database(function: Callable[[], Result]) -> Result:
    try:
        return function()
    except Exception:
        close_old_connections()
        raise
