"""The feed of one socket: what an integration receives after a cursor, in order, each activity once."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from engine import access, present
from engine.activity import CHUNK, weight
from engine.models import Conversation, Delivery
from hubster.lib import clock
from hubster.lib.errors import fail
from hubster.lib.ids import parse_guid
from portal.identity.tokens import Caller, Visitor
from portal.models import Integration

PAGE = 3 * CHUNK  # rows
ROOM = 524_288  # bytes of activities after which a page ends, see `weight`
LOOK_BACK_MS = 15 * 60 * 1000  # how far the tick looks for what no hint told of
LATE = timedelta(minutes=10)
_ENDS = ("destination", "activity__sender_integration", "activity__recipient_integration")
Position = tuple[int, uuid.UUID | None]


@dataclass(frozen=True)
class Wish:
    """What a client asked for, checked for form only: integration, conversation, last event id."""

    integration_id: uuid.UUID
    conversation_id: uuid.UUID | None
    leid: int | None

    @property
    def keys(self) -> list[str]:
        """The switchboard's keys to listen to."""
        if self.conversation_id:
            return [f"c:{self.conversation_id}"]
        return [f"i:{self.integration_id}"]


def parse_wish(query: dict[str, str]) -> Wish:
    """The wish in a socket's query (`iId`, `cId`, `leid`, any case); raises with the fault."""
    given = {key.lower(): value for key, value in query.items()}
    if not given.get("iid"):
        raise fail("ENG000200", "Give the integration as 'iId'.")
    integration, conversation = parse_guid(given["iid"]), parse_guid(given.get("cid", ""))
    if integration is None or (given.get("cid") and conversation is None):
        raise fail("ENG000203", "'iId' and 'cId' must be GUIDs.")
    leid = given.get("leid") or None
    if leid is not None and not (leid.isdecimal() and leid.isascii() and len(leid) <= 18):
        raise fail("ENG000210", "'leid' must be a whole number of milliseconds.")
    return Wish(integration, conversation, int(leid) if leid is not None else None)


def deliveries() -> QuerySet[Delivery]:
    """Deliveries with what showing them needs; configurations stay where they are."""
    rows = Delivery.objects.select_related("activity", "conversation", *_ENDS)
    return rows.defer(*(f"{path}__configuration" for path in _ENDS))


@dataclass
class Feed:
    """Cursors of one socket. Without a conversation, each conversation of the integration has its own."""

    integration_id: uuid.UUID
    conversation_id: uuid.UUID | None
    start: int
    opened: datetime
    late: list[uuid.UUID] = field(default_factory=list)  # deliveries to tell before all others
    cursors: dict[uuid.UUID, int] = field(default_factory=dict)
    told: set[uuid.UUID] = field(default_factory=set)  # those that were

    def begin(self, heard: set[str]) -> Position:
        """Where a round of reading begins: at the cursors of what was heard of, or looking back without a hint."""
        if self.conversation_id:
            return self.cursors.get(self.conversation_id, self.start), None
        early = self.start - LOOK_BACK_MS  # one that was said before may come out of the pipeline only now
        if heard:
            return min(self.cursors.get(uuid.UUID(name), early) for name in heard), None
        newest = max(self.cursors.values(), default=self.start)
        return max(early, newest - LOOK_BACK_MS), None

    def read(self, heard: set[str], position: Position) -> tuple[list[dict[str, Any]], Position | None]:
        """(activities not yet sent, the position to go on from). None: the round is complete.

        At most `PAGE` rows are looked at, and no more shown than there is `ROOM` for, but one at least.
        """
        shown, room = self._read_late()
        if self.late:
            return shown, position
        count = 0
        for row in self._rows(heard, position):
            count, position = count + 1, (row.event_id, row.id)
            if self._is_new(row):
                self.cursors[row.conversation_id] = row.event_id
                shown.append(present.delivery_json(row))
                room -= weight(row.activity.content)
            if room <= 0:
                return shown, position
        return shown, position if count == PAGE else None

    def _read_late(self) -> tuple[list[dict[str, Any]], int]:
        """(what was late, the room that is left); `late` keeps those for which there was none."""
        shown: list[dict[str, Any]] = []
        asked, room = self.late[:CHUNK], ROOM
        for row in deliveries().filter(pk__in=asked).order_by("event_id", "id") if asked else ():
            if room <= 0:
                self.late = [late for late in self.late if late not in self.told]
                return shown, room
            self.told.add(row.pk)
            shown.append(present.delivery_json(row))
            room -= weight(row.activity.content)
        self.late = self.late[CHUNK:]
        return shown, room

    def _rows(self, heard: set[str], position: Position) -> Iterator[Delivery]:
        """A page's rows, of which only a few are in memory at a time."""
        for _ in range(PAGE // CHUNK):
            rows = list(self._query(heard, position)[:CHUNK])
            yield from rows
            if len(rows) < CHUNK:
                return
            position = rows[-1].event_id, rows[-1].id

    def _is_new(self, row: Delivery) -> bool:
        """Whether the client cannot have it. In a conversation of which nothing was read yet, the moment at which it
        became available tells, too: conversations are handled side by side, so ids do not come out in order."""
        cursor = self.cursors.get(row.conversation_id)
        if cursor is None and not self.conversation_id and row.created > self.opened:
            return row.pk not in self.told
        return row.event_id > (self.start if cursor is None else cursor)

    def _query(self, heard: set[str], position: Position) -> QuerySet[Delivery]:
        event_id, last = position
        after = Q(event_id__gt=event_id)
        if last:
            after |= Q(event_id=event_id, id__gt=last)
        rows = deliveries().filter(after, destination=self.integration_id, status=Delivery.Status.AVAILABLE)
        if self.conversation_id:
            rows = rows.filter(conversation=self.conversation_id)
        elif heard:
            rows = rows.filter(conversation__in=heard)
        return rows.order_by("event_id", "id")


def open_feed(caller: Caller | Visitor, wish: Wish, since: int) -> Feed:
    """The feed that a caller may have. Listen to `wish.keys` before calling this.

    `since` is the moment before the socket was accepted: without a cursor the feed begins there, so that what is
    said right after the client knows itself connected is not missed.

    Raises ENG006000 or ENG006500 for what is not the caller's, ENG000200 when a customer gives no conversation.
    """
    integration = access.get_integration_for(caller, wish.integration_id)
    access.check_tenant(integration.hub)
    opened, conversation = clock.now(), None
    if wish.conversation_id:
        conversation = _conversation(caller, integration, wish.conversation_id)
    elif integration.type == Integration.Type.CUSTOMER:
        raise fail("ENG000200", "A customer integration must give the conversation as 'cId'.")
    if wish.leid is None:
        start = min(since - 1, conversation.last_event_id) if conversation else since - 1
        return Feed(wish.integration_id, wish.conversation_id, start, opened)
    late = [] if conversation else _late(wish.integration_id, wish.leid)
    return Feed(wish.integration_id, wish.conversation_id, wish.leid, opened, late)


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
