"""Finds what no wake-up told of: every 15 seconds, one look at the database for all audiences of the process."""

import asyncio
import json
import uuid
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from django.db import connection
from django.utils.dateparse import parse_datetime

from engine.sockets.threads import in_thread

PLACES = 1_000  # conversations of a statement
WIDE = 50  # integrations of a statement
Key = tuple[uuid.UUID, uuid.UUID | None]  # integration, and conversation where only that one is listened to
Bounds = dict[Key, int]  # behind which event id to look
_NO_TIME = datetime.min.replace(tzinfo=UTC)


class Newest(NamedTuple):
    """Of a conversation: the latest event id that is available, and the latest moment at which one became so."""

    event_id: int
    created: datetime


Found = dict[Key, dict[str, Newest]]  # by conversation


class Watched(Protocol):
    """An audience, as far as the lookout knows it."""

    key: Key

    def bound(self) -> int | None:
        """Behind which event id to look; None: not at all."""

    def missing(self, found: dict[str, Newest]) -> set[str]:
        """The conversations in which something is new."""

    def tick(self, missed: set[str]) -> None:
        """Some time has passed, and this was missed."""


class Lookout:
    """One for each process."""

    def __init__(self) -> None:
        self.watched: set[Watched] = set()
        self.asked: dict[Watched, asyncio.Future[set[str]]] = {}
        self.task: asyncio.Task[None] | None = None

    def watch(self, audience: Watched) -> None:
        """Look for it at each tick."""
        self.watched.add(audience)

    def forget(self, audience: Watched) -> None:
        """It has ended."""
        self.watched.discard(audience)

    async def look(self, audience: Watched) -> set[str]:
        """The conversations of which an audience missed something; all that ask at the same time are one look."""
        answer = self.asked[audience] = asyncio.get_running_loop().create_future()
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._answer())
        missed: set[str] = await answer
        return missed

    async def tick(self) -> None:
        """Tell every audience what it has missed."""
        watched = list(self.watched)
        found = await self._missed(watched)
        for audience in watched:
            audience.tick(found.get(audience, set()))

    async def _answer(self) -> None:
        while self.asked:
            asked, self.asked = self.asked, {}
            try:
                found = await self._missed(list(asked))
            except Exception as fault:
                for answer in asked.values():
                    if not answer.done():
                        answer.set_exception(fault)
                continue
            for audience, answer in asked.items():
                if not answer.done():
                    answer.set_result(found[audience])

    async def _missed(self, audiences: list[Watched]) -> dict[Watched, set[str]]:
        bounds = {one.key: bound for one in audiences if (bound := one.bound()) is not None}
        found = await in_thread(newest, bounds) if bounds else {}
        return {one: one.missing(found.get(one.key, {})) for one in audiences}


def newest(bounds: Bounds) -> Found:
    """The conversations in which something lies behind the bounds."""
    found: Found = defaultdict(dict)
    places = [(end, place, bound) for (end, place), bound in bounds.items() if place]
    wide = [(end, bound) for (end, place), bound in bounds.items() if not place]
    for at in range(0, len(places), PLACES):
        for end, place, event_id in _newest_in(places[at : at + PLACES]):
            found[_guid(end), _guid(place)][str(_guid(place))] = Newest(event_id, _NO_TIME)
    for at in range(0, len(wide), WIDE):
        for end, place, event_id, created in _newest_of(wide[at : at + WIDE]):
            found[_guid(end), None][str(_guid(place))] = Newest(event_id, _moment(created))
    return found


# As text: the conversations are one parameter, however many they are, and each is one step down an index.
_IN = """
SELECT k.d, k.c, k.newest FROM (
  SELECT d, c, e, (SELECT max(r.event_id) FROM engine_delivery r
                   WHERE r.destination_id = d AND r.conversation_id = c AND r.status = 'available') AS newest
  FROM {keys}) k
WHERE k.newest > k.e
"""
_KEYS = {
    "postgresql": "json_to_recordset(%s::json) AS given(d uuid, c uuid, e bigint)",
    "sqlite": "(SELECT value ->> 'd' AS d, value ->> 'c' AS c, value ->> 'e' AS e FROM json_each(%s))",
}
_OF = """
SELECT destination_id, conversation_id, max(event_id), max(created) FROM engine_delivery
WHERE destination_id = %s AND event_id > %s AND status = 'available' GROUP BY destination_id, conversation_id
"""


def _newest_in(places: list[tuple[uuid.UUID, uuid.UUID, int]]) -> list[tuple[Any, ...]]:
    keys = [{"d": end.hex, "c": place.hex, "e": bound} for end, place, bound in places]
    with connection.cursor() as cursor:
        cursor.execute(_IN.format(keys=_KEYS[connection.vendor]), [json.dumps(keys)])
        return list(cursor.fetchall())


def _newest_of(wide: list[tuple[uuid.UUID, int]]) -> list[tuple[Any, ...]]:
    native = connection.features.has_native_uuid_field
    values = [value for end, bound in wide for value in (end if native else end.hex, bound)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([_OF] * len(wide)), values)
        return list(cursor.fetchall())


def _guid(value: Any) -> uuid.UUID:
    return value if isinstance(value, uuid.UUID) else uuid.UUID(value)


def _moment(value: Any) -> datetime:
    """SQLite gives the text that it keeps."""
    found = value if isinstance(value, datetime) else parse_datetime(value)
    assert found
    return found if found.tzinfo else found.replace(tzinfo=UTC)


lookout = Lookout()
