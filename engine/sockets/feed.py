"""The feed of one socket: what an integration receives after a cursor, in order, each activity once."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from engine import access, serialize
from engine.activity import CHUNK, weight
from engine.models import Conversation, Delivery
from hubster.lib import clock
from hubster.lib.errors import fail
from hubster.lib.ids import parse_guid
from portal.identity.tokens import Caller, Visitor
from portal.models import Integration

PAGE = 3 * CHUNK  # rows
SIFTED = 2_000  # rows that are looked at together, without contents, where hardly ever one is new
FEW = 100  # conversations whose cursors a statement names, each by itself
MOST = 10_000  # cursors; of more, those that no activity has needed for long are forgotten
ROOM = 524_288  # bytes of activities after which a page ends, see `weight`
LOOK_BACK_MS = 15 * 60 * 1000  # how far the tick looks for what no wake-up told of
LOOK_BACK = timedelta(milliseconds=LOOK_BACK_MS)
LATE = timedelta(minutes=10)
_ENDS = ("destination", "activity__sender_integration", "activity__recipient_integration")
Position = tuple[int, uuid.UUID | None]


@dataclass(frozen=True)
class FeedQuery:
    """The query of a client, checked for form only: integration, conversation, last event id."""

    integration_id: uuid.UUID
    conversation_id: uuid.UUID | None
    leid: int | None

    @property
    def keys(self) -> list[str]:
        """The switchboard's keys to listen to."""
        if self.conversation_id:
            return [f"c:{self.conversation_id}"]
        return [f"i:{self.integration_id}"]


def parse_feed_query(query: dict[str, str]) -> FeedQuery:
    """The query of a socket (`iId`, `cId`, `leid`, any case); raises with the fault."""
    given = {key.lower(): value for key, value in query.items()}
    if not given.get("iid"):
        raise fail("ENG000200", text="Give the integration as 'iId'.")
    integration, conversation = parse_guid(given["iid"]), parse_guid(given.get("cid", ""))
    if integration is None or (given.get("cid") and conversation is None):
        raise fail("ENG000203", text="'iId' and 'cId' must be GUIDs.")
    leid = given.get("leid") or None
    if leid is not None and not (leid.isdecimal() and leid.isascii() and len(leid) <= 18):
        raise fail("ENG000210", text="'leid' must be a whole number of milliseconds.")
    return FeedQuery(integration, conversation, int(leid) if leid is not None else None)


def deliveries() -> QuerySet[Delivery]:
    """Deliveries with what showing them needs; configurations stay where they are."""
    rows = Delivery.objects.select_related("activity", "conversation", *_ENDS)
    return rows.defer(*(f"{path}__configuration" for path in _ENDS))


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
class Feed:
    """Cursors of one socket. Without a conversation, each conversation of the integration has its own."""

    integration_id: uuid.UUID
    conversation_id: uuid.UUID | None
    start: int
    opened: datetime
    late: list[uuid.UUID] = field(default_factory=list)  # deliveries to tell before all others
    cursors: dict[uuid.UUID, Cursor] = field(default_factory=dict)
    told: set[uuid.UUID] = field(default_factory=set)  # those that were
    newest: Cursor | None = None  # the latest that was told, of all conversations
    forgotten: Cursor | None = None  # what was told of conversations without a cursor lies before this
    most: int = MOST

    def begin(self, heard: set[str]) -> Position:
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

    def read(self, heard: set[str], position: Position) -> tuple[list[dict[str, Any]], Position | None]:
        """(activities not yet sent, the position to go on from). None: the round is complete.

        No more are shown than there is `ROOM` for, but one at least; the contents of what was sent are not read again.
        """
        shown, room = self._read_late()
        if self.late:
            return shown, position
        following: Position | None = None
        sifting = not self.conversation_id and not 0 < len(heard) <= FEW
        for row, after in (self._sifted if sifting else self._rows)(heard, position):
            following = after
            if self._is_new(row):
                self._tell(row)
                shown.append(serialize.delivery_json(row))
                room -= weight(row.activity.content)
            if room <= 0:
                break
        if len(self.cursors) > self.most:
            self._forget()
        return shown, following

    def _tell(self, row: Delivery) -> None:
        before = self.cursors.get(row.conversation_id)
        created = max(before.created, row.created) if before else row.created
        self.cursors[row.conversation_id] = Cursor(row.event_id, created)
        newest = self.newest or Cursor(max(row.event_id, self.start), row.created)
        self.newest = newest.later(row.event_id, row.created)

    def _forget(self) -> None:
        """Drop the cursors of conversations in which nothing was told for long.

        What comes there next is later than all that was, by its id or by the moment at which it became available. A
        clock that is ahead makes nothing look old: our own counts as well.
        """
        assert self.newest
        now = clock.now()
        old = Cursor(
            min(self.newest.event_id, clock.now_ms()) - LOOK_BACK_MS, min(self.newest.created, now) - LOOK_BACK
        )
        self.cursors = {name: cursor for name, cursor in self.cursors.items() if not old.covers(*cursor)}
        self.forgotten = self.forgotten.later(*old) if self.forgotten else old
        self.most = max(MOST, 2 * len(self.cursors))

    def _read_late(self) -> tuple[list[dict[str, Any]], int]:
        """(what was late, the room that is left); `late` keeps those for which there was none."""
        shown: list[dict[str, Any]] = []
        asked, room = self.late[:CHUNK], ROOM
        for row in deliveries().filter(pk__in=asked).order_by("event_id", "id") if asked else ():
            if room <= 0:
                self.late = [late for late in self.late if late not in self.told]
                return shown, room
            self.told.add(row.pk)
            shown.append(serialize.delivery_json(row))
            room -= weight(row.activity.content)
        self.late = self.late[CHUNK:]
        return shown, room

    def _rows(self, heard: set[str], position: Position) -> Iterator[tuple[Delivery, Position | None]]:
        """A page's rows, of which only a few are in memory at a time, each with the position after it."""
        for _ in range(PAGE // CHUNK):
            rows = list(self._behind(deliveries(), heard, position)[:CHUNK])
            for row in rows[:-1]:
                yield row, (row.event_id, row.id)
            if not rows:
                return
            position = rows[-1].event_id, rows[-1].id
            yield rows[-1], position if len(rows) == CHUNK else None
            if len(rows) < CHUNK:
                return

    def _sifted(self, heard: set[str], position: Position | None) -> Iterator[tuple[Delivery, Position | None]]:
        """The new rows of all that lie after a position. What is not new is looked at without its contents."""
        many = PAGE
        while position:
            rows = self._behind(Delivery.objects.all(), heard, position)
            found = list(rows.values_list("id", "event_id", "conversation_id", "created", named=True)[:many])
            position = (found[-1].event_id, found[-1].id) if len(found) == many else None
            new = [row.id for row in found if self._is_new(row)]
            many = PAGE if new else SIFTED
            for at in range(0, len(new), CHUNK):
                for row in deliveries().filter(pk__in=new[at : at + CHUNK]).order_by("event_id", "id"):
                    yield row, position if row.id == new[-1] else (row.event_id, row.id)

    def _is_new(self, row: Any) -> bool:
        """True if the client cannot have it. In a conversation of which nothing was read yet, the moment at which it
        became available tells, too: conversations are handled side by side, so ids do not come out in order."""
        cursor = self.cursors.get(row.conversation_id)
        if cursor:
            return bool(row.event_id > cursor.event_id)
        if self.forgotten and self.forgotten.covers(row.event_id, row.created):
            return False
        if not self.conversation_id and row.created > self.opened:
            return row.id not in self.told
        return bool(row.event_id > self.start)

    def _behind(self, rows: QuerySet[Delivery], heard: set[str], position: Position) -> QuerySet[Delivery]:
        event_id, last = position
        after = Q(event_id__gt=event_id)
        if last:
            after |= Q(event_id=event_id, id__gt=last)
        rows = rows.filter(after, destination=self.integration_id, status=Delivery.Status.AVAILABLE)
        if self.conversation_id:
            rows = rows.filter(conversation=self.conversation_id)
        elif heard:
            rows = rows.filter(self._unread(heard) if len(heard) <= FEW else Q(conversation__in=heard))
        return rows.order_by("event_id", "id")

    def _unread(self, heard: set[str]) -> Q:
        """Of a few conversations, what lies behind each one's own cursor. As `_is_new`; that one decides."""
        names = {uuid.UUID(name) for name in heard}
        wanted = Q(event_id__gt=self.start) | Q(created__gt=self.opened)
        if self.forgotten:
            wanted &= Q(event_id__gt=self.forgotten.event_id) | Q(created__gt=self.forgotten.created)
        wanted &= Q(conversation__in=names - self.cursors.keys())
        for name in names & self.cursors.keys():
            wanted |= Q(conversation=name, event_id__gt=self.cursors[name].event_id)
        return wanted


def open_feed(caller: Caller | Visitor, query: FeedQuery, since: int) -> Feed:
    """The feed that a caller may have. Listen to `query.keys` before calling this.

    `since` is the moment before the socket was accepted: without a cursor the feed begins there, so that what is
    said right after the client knows itself connected is not missed.

    Raises ENG006000 or ENG006500 for what is not the caller's, ENG000200 when a customer gives no conversation.
    """
    integration = access.get_integration_for(caller, query.integration_id)
    access.check_tenant(integration.hub)
    opened, conversation = clock.now(), None
    if query.conversation_id:
        conversation = _conversation(caller, integration, query.conversation_id)
    elif integration.type == Integration.Type.CUSTOMER:
        raise fail("ENG000200", text="A customer integration must give the conversation as 'cId'.")
    if query.leid is None:
        start = min(since - 1, conversation.last_event_id) if conversation else since - 1
        return Feed(query.integration_id, query.conversation_id, start, opened)
    late = [] if conversation else _late(query.integration_id, query.leid)
    return Feed(query.integration_id, query.conversation_id, query.leid, opened, late)


def _conversation(caller: Caller | Visitor, integration: Integration, conversation_id: uuid.UUID) -> Conversation:
    found = access.get_conversation_for(caller, conversation_id)
    own = found.integration_id == integration.id
    if not own and (integration.type == Integration.Type.CUSTOMER or found.hub_id != integration.hub_id):
        raise fail("ENG006500")
    return found


def _late(integration_id: uuid.UUID, leid: int) -> list[uuid.UUID]:
    """Deliveries of activities with an id up to `leid` that became available only after `leid` itself did.

    Conversations are handled side by side, so one may come out after another's later id; a client that
    reconnects with the highest id it saw would miss it.
    """
    rows = Delivery.objects.filter(destination=integration_id, status=Delivery.Status.AVAILABLE)
    last = rows.filter(event_id=leid).order_by("created").first()  # two conversations may have the same id
    if last is None:
        return []
    missed = rows.filter(event_id__lte=leid, event_id__gt=leid - LOOK_BACK_MS)
    missed = missed.filter(created__gt=last.created, created__lt=last.created + LATE).exclude(pk=last.pk)
    return list(missed.order_by("event_id", "id").values_list("pk", flat=True)[:PAGE])
