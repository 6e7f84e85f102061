"""One round of a kind's database thread: results are stored, free rows are claimed and loaded."""

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

from django.db import close_old_connections, connection

from engine.work.claim import Held, claim, put_off
from engine.work.kind import Item, Kind
from hubster.lib.pool import is_away

log = logging.getLogger("engine.work")
Result = TypeVar("Result")


class Room(NamedTuple):
    """Room for the next claim: rows in all, sharers without room, and the rooms of endpoints."""

    rows: int
    full: list[Any]
    rooms: dict[Any, int]
    others: int


class Round(NamedTuple):
    """A round of the database thread: rows claimed, and how many of them were given back as soon as they were looked
    at; items whose work is to be begun, and results not stored yet.
    """

    claimed: int = 0
    given_back: int = 0
    items: tuple[Item, ...] = ()
    unstored: tuple[Item, ...] = ()


def turn_over(kind: Kind, done: list[Item], singly: bool, room: Room | None) -> Round:
    """Store, claim and load. Items that wait for nobody are worked on and stored at once, without a way to the loop."""
    if done:
        _commit(kind, done, singly)
    if room is None or room.rows <= 0:
        return Round()
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
            _commit(kind, quick, singly=False)
    except Exception as fault:
        if not is_away(fault):
            raise
        return Round(len(held), given_back, calling, tuple(quick))
    return Round(len(held), given_back, calling)


def _commit(kind: Kind, done: list[Item], singly: bool) -> None:
    """Store what is done; one by one when all together failed by a fault of ours, or again and again.

    What fails though the database answers is not stored: its row is begun anew after a pause.
    """
    try:
        kind.commit(done)
        return
    except Exception as fault:
        if is_away(fault):
            close_old_connections()
            if not (singly and _answers()):
                raise
        if len(done) == 1:
            log.exception("a result cannot be stored", extra={"kind": kind.name, "row": str(done[0].key)})
            put_off(kind.model, done[0].key, done[0].token)
            return
    for item in done:
        _commit(kind, [item], singly)


def _answers() -> bool:
    """True if the database can be used, whatever it said of a statement."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        return False
    return True


def _loaded(kind: Kind, held: Held) -> list[Item]:
    """A row that cannot be loaded keeps nobody else from it; it is tried again, after longer and longer pauses."""
    try:
        return list(kind.load(held))
    except Exception as fault:
        if is_away(fault):
            raise
        if len(held) == 1:
            ((key, token),) = held.items()
            log.exception("a row cannot be worked on", extra={"kind": kind.name, "row": str(key)})
            put_off(kind.model, key, token)
            return []
    return [item for key, token in held.items() for item in _loaded(kind, {key: token})]


def in_database(function: Callable[[], Result]) -> Result:
    try:
        return function()
    except Exception:
        close_old_connections()
        raise
