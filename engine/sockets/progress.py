"""The progress of one reader: what a socket was told, and so what is new to it. Memory only; nothing here reads."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Q

from hubster.lib import clock

MOST = 10_000  # cursors; of more, those that no activity has needed for long are forgotten
LOOK_BACK_MS = 15 * 60 * 1000  # how far the tick looks for what no wake-up told of
LOOK_BACK = timedelta(milliseconds=LOOK_BACK_MS)
Position = tuple[int, uuid.UUID | None]
Floor = tuple[int, datetime | None]  # behind it is what has a later event id, or became available later if that counts
NO_FLOOR: Floor = (-1, None)


class Cursor(NamedTuple):
    """The position up to which a client has everything: by event id, and by the moment at which it became available."""

    event_id: int
    created: datetime

    def later(self, event_id: int, created: datetime) -> "Cursor":
        """The later of both, each by itself: clocks of different processes differ."""
        return Cursor(max(self.event_id, event_id), max(self.created, created))

    def covers(self, event_id: int, created: datetime) -> bool:
        """True if both lie before it."""
        return event_id <= self.event_id and created <= self.created


@dataclass
class Progress:
    """Cursors of one reader. Without a conversation, each conversation of the integration has its own."""

    integration_id: uuid.UUID
    conversation_id: uuid.UUID | None
    start: int
    opened: datetime
    cursors: dict[uuid.UUID, Cursor] = field(default_factory=dict, kw_only=True)
    told: set[uuid.UUID] = field(default_factory=set, kw_only=True)  # late deliveries that were told
    newest: Cursor | None = field(default=None, kw_only=True)  # the latest that was told, of all conversations
    # What was told of conversations without a cursor lies before this.
    forgotten: Cursor | None = field(default=None, kw_only=True)
    most: int = field(default=MOST, kw_only=True)

    def begin(self, heard: Iterable[str] = ()) -> Position:
        """Where a round of reading begins: at the cursors of what was heard of, or looking back without a wake-up."""
        if self.conversation_id:
            return self._last_of(self.conversation_id, self.start), None
        early = self.start - LOOK_BACK_MS  # one that was said before may come out of the pipeline only now
        if heard:
            return min(self._last_of(uuid.UUID(name), early) for name in heard), None
        newest = self.newest.event_id if self.newest else self.start
        return max(early, newest - LOOK_BACK_MS), None

    def _last_of(self, conversation_id: uuid.UUID, otherwise: int) -> int:
        cursor = self.cursors.get(conversation_id)
        return cursor.event_id if cursor else otherwise

    def is_new(self, row: Any) -> bool:
        """True if the client cannot have a delivery."""
        if self.told and row.id in self.told:
            return False
        return self.lacks(row.conversation_id, row.event_id, row.created)

    def lacks(self, conversation_id: uuid.UUID, event_id: int, created: datetime) -> bool:
        """True if there is something new in a conversation of which these are the newest.

        In a conversation of which nothing was read yet, the moment at which it became available tells, too:
        conversations are handled side by side, so ids do not come out in order.
        """
        cursor = self.cursors.get(conversation_id)
        if cursor:
            return event_id > cursor.event_id
        if self.forgotten and self.forgotten.covers(event_id, created):
            return False
        return event_id > self.start or (not self.conversation_id and created > self.opened)

    def tell(self, row: Any) -> None:
        """The client has it now."""
        before = self.cursors.get(row.conversation_id)
        created = max(before.created, row.created) if before else row.created
        self.cursors[row.conversation_id] = Cursor(row.event_id, created)
        newest = self.newest or Cursor(max(row.event_id, self.start), row.created)
        self.newest = newest.later(row.event_id, row.created)

    def trim(self) -> None:
        """Drop the cursors of conversations in which nothing was told for long, once there are many.

        What comes there next is later than all that was, by its id or by the moment at which it became available. A
        clock that is ahead makes nothing look old: our own counts as well.
        """
        if len(self.cursors) <= self.most or not self.newest:
            return
        old = Cursor(
            min(self.newest.event_id, clock.now_ms()) - LOOK_BACK_MS,
            min(self.newest.created, clock.now()) - LOOK_BACK,
        )
        self.cursors = {name: cursor for name, cursor in self.cursors.items() if not old.covers(*cursor)}
        self.forgotten = self.forgotten.later(*old) if self.forgotten else old
        self.most = max(MOST, 2 * len(self.cursors))

    def floors(self, conversation_id: uuid.UUID) -> tuple[Floor, Floor]:
        """A delivery of the conversation may be new if it lies behind both. As `is_new`; that one decides."""
        if conversation_id == self.conversation_id:
            return NO_FLOOR, NO_FLOOR
        cursor = self.cursors.get(conversation_id)
        if cursor:
            return (cursor.event_id, None), NO_FLOOR
        return (self.start, self.opened), self.forgotten or NO_FLOOR

    def unread(self, heard: Iterable[str]) -> Q:
        """Of a few conversations, what lies behind each one's own cursor. As `is_new`; that one decides."""
        names = {uuid.UUID(name) for name in heard}
        wanted = Q(event_id__gt=self.start) | Q(created__gt=self.opened)
        if self.forgotten:
            wanted &= Q(event_id__gt=self.forgotten.event_id) | Q(created__gt=self.forgotten.created)
        wanted &= Q(conversation__in=names - self.cursors.keys())
        for name in names & self.cursors.keys():
            wanted |= Q(conversation=name, event_id__gt=self.cursors[name].event_id)
        return wanted
