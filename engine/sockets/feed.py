"""Reads what an integration receives after a cursor, in order, each activity once: for one socket, or for many."""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from engine import access, serialize
from engine.activity import CHUNK, weight
from engine.models import Conversation, Delivery
from engine.sockets.conversation_page import conversation_page
from engine.sockets.frames import json_text
from engine.sockets.progress import LOOK_BACK_MS, Cursor, Position, Progress
from hubster.lib import clock
from hubster.lib.errors import fail
from hubster.lib.ids import parse_guid
from portal.identity.tokens import Caller, Visitor
from portal.models import Integration

PAGE = 3 * CHUNK  # rows
SIFTED = 2_000  # rows that are looked at together, without contents, where hardly ever one is new
FEW = 100  # conversations whose cursors a statement names, each by itself
ROOM = 524_288  # bytes of activities after which a page ends, see `weight`
LATE = timedelta(minutes=10)
_ENDS = ("destination", "activity__sender_integration", "activity__recipient_integration")


class News(NamedTuple):
    """A delivery as JSON, and what decides for whom it is new. While it waits for clients it needs less memory so."""

    id: uuid.UUID
    conversation_id: uuid.UUID
    event_id: int
    created: datetime
    text: str


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
            return [f"i:{self.integration_id}/{self.conversation_id}"]
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


def _news(row: Delivery) -> News:
    text = json_text(serialize.delivery_json(row))
    return News(row.id, row.conversation_id, row.event_id, row.created, text)


@dataclass
class Feed(Progress):
    """A reader that reads: page by page, from its own cursors on."""

    late: list[uuid.UUID] = field(default_factory=list)  # deliveries to tell before all others

    def read(self, heard: set[str], position: Position) -> tuple[list[News], Position | None]:
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
            if self.is_new(row):
                self.tell(row)
                shown.append(_news(row))
                room -= weight(row.activity.content)
            if room <= 0:
                break
        self.trim()
        return shown, following

    def _read_late(self) -> tuple[list[News], int]:
        """(what was late, the room that is left); `late` keeps those for which there was none."""
        shown: list[News] = []
        asked, room = self.late[:CHUNK], ROOM
        for row in deliveries().filter(pk__in=asked).order_by("event_id", "id") if asked else ():
            if room <= 0:
                self.late = [late for late in self.late if late not in self.told]
                return shown, room
            self.told.add(row.pk)
            shown.append(_news(row))
            room -= weight(row.activity.content)
        self.late = self.late[CHUNK:]
        return shown, room

    def _rows(self, heard: set[str], position: Position) -> Iterator[tuple[Delivery, Position | None]]:
        """A page's rows, of which only a few are in memory at a time, each with the position after it."""
        for _ in range(PAGE // CHUNK):
            rows = self._chunk(heard, position)
            for row in self._overtaken(rows, position):
                yield row, position
            for row in rows[:-1]:
                yield row, (row.event_id, row.id)
            if not rows:
                return
            position = rows[-1].event_id, rows[-1].id
            yield rows[-1], position if len(rows) == CHUNK else None
            if len(rows) < CHUNK:
                return

    def _chunk(self, heard: set[str], position: Position) -> list[Delivery]:
        names = {self.conversation_id} if self.conversation_id else {uuid.UUID(name) for name in heard}
        if len(names) > 1:
            return list(self._behind(deliveries(), heard, position)[:CHUNK])
        (name,) = names
        return conversation_page(self.integration_id, name, position, self.floors(name), CHUNK)

    def _sifted(self, heard: set[str], position: Position | None) -> Iterator[tuple[Delivery, Position | None]]:
        """The new rows of all that lie after a position. What is not new is looked at without its contents."""
        many = PAGE
        while position:
            rows = self._behind(Delivery.objects.all(), heard, position)
            found = list(rows.values_list("id", "event_id", "conversation_id", "created", named=True)[:many])
            for row in self._overtaken(found, position):
                yield row, position
            position = (found[-1].event_id, found[-1].id) if len(found) == many else None
            new = [row.id for row in found if self.is_new(row)]
            many = PAGE if new else SIFTED
            for at in range(0, len(new), CHUNK):
                for row in deliveries().filter(pk__in=new[at : at + CHUNK]).order_by("event_id", "id"):
                    yield row, position if row.id == new[-1] else (row.event_id, row.id)

    def _overtaken(self, rows: list[Any], position: Position) -> Iterator[Delivery]:
        """Deliveries that became available only after this round had passed their place.

        Each must come before what follows it in its conversation, or it would never be new again.
        """
        passed, last = position
        if self.conversation_id or last is None or passed < clock.now_ms() - LOOK_BACK_MS:
            return
        names = sorted({str(row.conversation_id) for row in rows if self.is_new(row)})
        for at in range(0, len(names), CHUNK):
            wanted = self.unread(names[at : at + CHUNK])
            late = deliveries().filter(wanted, destination=self.integration_id, status=Delivery.Status.AVAILABLE)
            yield from late.filter(event_id__lte=passed).order_by("event_id", "id")

    def _behind(self, rows: QuerySet[Delivery], heard: set[str], position: Position) -> QuerySet[Delivery]:
        event_id, last = position
        after = Q(event_id__gt=event_id)
        if last:
            after |= Q(event_id=event_id, id__gt=last)
        rows = rows.filter(after, destination=self.integration_id, status=Delivery.Status.AVAILABLE)
        if heard:
            rows = rows.filter(self.unread(heard) if len(heard) <= FEW else Q(conversation__in=heard))
        return rows.order_by("event_id", "id")


def together(feeds: list[Feed], heard: Iterable[str]) -> Feed:
    """A feed that reads, of what was heard of, everything that is new to any of them; perhaps a little more.

    They listen to the same. Each then takes what is new to itself.
    """
    names = {feeds[0].conversation_id} if feeds[0].conversation_id else {uuid.UUID(name) for name in heard}
    known = {name: [feed.cursors[name] for feed in feeds if name in feed.cursors] for name in names if name}
    shared = {name: min(found) for name, found in known.items() if len(found) == len(feeds)}
    # Where some have no cursor, theirs is what they never look behind, and the lowest of all counts.
    others = [cursor.event_id for name, found in known.items() if name not in shared for cursor in found]
    floors = [feed.forgotten or Cursor(feed.start, feed.opened) for feed in feeds]
    start, opened = min([feed.start for feed in feeds] + others), min(feed.opened for feed in feeds)
    made = Feed(feeds[0].integration_id, feeds[0].conversation_id, start, opened, cursors=shared)
    if any(feed.forgotten for feed in feeds):
        lowest = min([floor.event_id for floor in floors] + others)
        made.forgotten = Cursor(lowest, min(floor.created for floor in floors))
    return made


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
    return Feed(query.integration_id, query.conversation_id, query.leid, opened, late=late)


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
