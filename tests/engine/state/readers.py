"""The machine of readers: sockets that come and go while much is said, and a client that sees everything once."""

import json
import sys
import uuid
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from engine.models import Conversation, Delivery
from engine.sockets.feed import Feed, FeedQuery, News, open_feed, together
from engine.sockets.lookout import newest
from hubster.lib import clock
from portal.identity.tokens import Caller
from portal.models import Integration
from tests.background import do_run
from tests.engine.state.fixture import StateFixture, committed, one_example
from tests.engine.state.machine import NUMBER, chosen
from tests.engine.state.world import Word, World

MILLISECONDS = st.sampled_from([0, 1, 7])


@dataclass
class Client:
    """Somebody's program: it remembers what it saw, and drops what it has."""

    end: Integration
    place: Conversation | None  # None: all conversations of the integration
    seen: dict[uuid.UUID, list[int]] = field(default_factory=dict)  # event ids by conversation
    feed: Feed | None = None
    heard: set[str] = field(default_factory=set)

    def connect(self) -> None:
        """Ask for everything after the highest event id that was seen."""
        leid = max((found for events in self.seen.values() for found in events), default=0)
        caller = Caller(self.end.hub.tenant_id, "machine", "", None, "")
        query = FeedQuery(self.end.id, self.place.id if self.place else None, leid)
        self.feed, self.heard = open_feed(caller, query, clock.now_ms()), set()
        self.read(set(), again=self.place is None)

    def read(self, heard: set[str], again: bool = False) -> None:
        """One round, as the sockets do it. `again`: what was seen may come once more, right after a reconnect."""
        assert self.feed is not None
        position: Any = self.feed.begin(heard)
        while position:
            shown, position = self.feed.read(heard, position)
            for item in shown:
                self._take(item, again)

    def take(self, shown: list[News]) -> None:
        """A page that was read for many."""
        assert self.feed is not None
        for item in shown:
            if self.feed.is_new(item):
                self.feed.tell(item)
                self._take(item, again=False)

    def _take(self, item: News, again: bool) -> None:
        row = Delivery.objects.get(pk=item.id, destination=self.end)
        assert json.loads(item.text)["eventId"] == row.event_id
        events = self.seen.setdefault(row.conversation_id, [])
        if row.event_id in events:
            assert again, "seen twice"
            return
        assert not events or row.event_id > events[-1], "seen in the wrong order"
        events.append(row.event_id)

    def check(self) -> None:
        """Everything that was for it was seen, in order."""
        rows = Delivery.objects.filter(destination=self.end, status=Delivery.Status.AVAILABLE)
        rows = rows.filter(conversation=self.place) if self.place else rows
        wanted: dict[uuid.UUID, list[int]] = {}
        for row in rows.order_by("event_id"):
            wanted.setdefault(row.conversation_id, []).append(row.event_id)
        assert self.seen == wanted, "missed"


class Readers(RuleBasedStateMachine):
    """An agent's program for everything, one for a single conversation, and a customer's."""

    fixture: ClassVar[StateFixture]
    wakeups: ClassVar[list[dict[str, Any]]]  # to sockets, as they were sent

    def __init__(self) -> None:
        super().__init__()
        self.example = ExitStack()
        self.example.enter_context(one_example(self.fixture, lambda work, args: None))
        self.world = World(self.fixture)
        self.wakeups.clear()
        acme, (first, *_) = self.fixture.parties[0], self.fixture.conversations
        self.clients = [Client(acme.agent, None), Client(acme.agent, first), Client(acme.customer, first)]
        self.audience = [self.clients[0], Client(acme.agent, None), Client(acme.agent, None)]
        self.clients += self.audience[1:]

    @rule(place=st.integers(0, 2), business=st.booleans(), later=MILLISECONDS, handled=st.booleans())
    def say(self, place: int, business: bool, later: int, handled: bool) -> None:
        self.fixture.clock.shift(later / 1000)
        party = self.fixture.parties[0]
        word = Word(uuid.uuid4().hex, self.fixture.conversations[place], party.agent if business else party.customer)
        self.world.say(word)
        if handled:
            self.handle(place)

    @rule(place=st.integers(0, 2))
    def handle(self, place: int) -> None:
        self.fixture.clock.shift(0.001)
        do_run(self.fixture.conversations[place].id)
        committed()
        for wakeup in self.wakeups:
            for client in self.clients:
                if client.feed and (str(client.end.id) in wakeup["ends"] or client.place):
                    client.heard.add(wakeup["conversation"])
        self.wakeups.clear()

    @rule(which=NUMBER)
    def connect(self, which: int) -> None:
        chosen(self.clients, which).connect()

    @rule(which=NUMBER, lost=st.booleans())
    def follow_hints(self, which: int, lost: bool) -> None:
        client = chosen(self.clients, which)
        heard, client.heard = client.heard, set()
        if client.feed and heard and not lost:
            client.read(heard)

    @rule(which=NUMBER)
    def tick(self, which: int) -> None:
        client = chosen(self.clients, which)
        if client.feed:
            client.read(set())

    @rule(lost=st.booleans())
    def follow_hints_together(self, lost: bool) -> None:
        """One read for those who listen to the same."""
        heard = set[str]().union(*(client.heard for client in self.audience if client.feed))
        for client in self.audience:
            client.heard = set()
        if heard and not lost:
            self._read_together(heard)

    @rule()
    def tick_together(self) -> None:
        """What no wake-up told of is found by comparing the newest with what each has."""
        feeds = [client.feed for client in self.audience if client.feed]
        if feeds:
            key = feeds[0].integration_id, None
            found = newest({key: min(feed.begin()[0] for feed in feeds)})[key]
            self._read_together({
                name for name, last in found.items() if any(feed.lacks(uuid.UUID(name), *last) for feed in feeds)
            })  # fmt: skip

    def _read_together(self, heard: set[str]) -> None:
        clients = [client for client in self.audience if client.feed]
        if not (clients and heard):
            return
        feed = together([client.feed for client in clients if client.feed], heard)
        position: Any = feed.begin(heard)
        while position:
            shown, position = feed.read(heard, position)
            for client in clients:
                client.take(shown)

    @rule(which=NUMBER)
    def cut(self, which: int) -> None:
        chosen(self.clients, which).feed = None

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None:
                for place in range(3):
                    self.handle(place)
                for client in self.clients:
                    client.read(set()) if client.feed else client.connect()
                    client.check()
        finally:
            self.example.close()
