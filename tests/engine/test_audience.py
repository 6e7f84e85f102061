"""Sockets that listen to the same: one read for all of them, and nobody waits for, or misses, what another does."""

import asyncio
import json
from collections import defaultdict

import pytest
from channels.testing import WebsocketCommunicator
from django.db import connections
from django.test.utils import CaptureQueriesContext

from engine.sockets import audience as module
from engine.sockets import base, lookout, token_watch
from engine.sockets import switchboard as switchboard_module
from engine.sockets.audience import audiences
from engine.sockets.plain import EventsConsumer
from engine.sockets.switchboard import switchboard
from tests.engine.test_feed_cursors import said


def outside(function, *args, **more):
    """Run as a thread would, with the connection of the test, which a running loop would hide."""
    loop = asyncio.get_running_loop()
    asyncio._set_running_loop(None)
    try:
        return function(*args, **more)
    finally:
        asyncio._set_running_loop(loop)


def say(party, conversation) -> int:
    return outside(said, party, conversation)


def establish(party):
    return outside(party.establish)


def statements() -> CaptureQueriesContext:
    return CaptureQueriesContext(outside(lambda: connections["default"]))


class Reads:
    """Database work in this thread; `hold` lets none of it end until it is released, `broken` lets one fail."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.go = asyncio.Event()
        self.go.set()
        self.begun = asyncio.Event()
        self.broken = False

    async def __call__(self, function, *args):
        name = function.__name__
        result = outside(function, *args)
        self.done.append(name)
        self.begun.set()
        await self.go.wait()
        if self.broken and name == "_first_page":
            self.broken = False
            raise OSError("gone")
        return result


@pytest.fixture
async def reads(monkeypatch):
    """A process of its own: no Redis, and all that sockets read."""
    made = Reads()
    for user in (module, base, lookout, token_watch):
        monkeypatch.setattr(user, "in_thread", made)
    monkeypatch.setattr(switchboard_module.settings, "EMBEDDED", True)
    monkeypatch.setattr(switchboard, "listeners", defaultdict(set))
    monkeypatch.setattr(audiences, "open", {})
    monkeypatch.setattr(lookout.lookout, "watched", set())
    monkeypatch.setattr(token_watch, "EVERY", 3_600.0)  # or a slow machine's tokens are looked at in between
    return made


class Client:
    """A socket's client, that can stop to take what comes."""

    def __init__(self, party, conversation=None, leid=None, integration=None) -> None:
        query = f"iId={(integration or party.agent).id}&access_token={outside(party.token, 'engine')}"
        query += f"&cId={conversation.id}" if conversation else ""
        query += f"&leid={leid}" if leid is not None else ""
        self.consumer = EventsConsumer()
        self.link = WebsocketCommunicator(self.consumer, f"/?{query}")

    async def open(self) -> "Client":
        assert (await self.link.connect())[0]
        await until(lambda: self.consumer.follower and self.consumer.follower.level)
        return self

    async def heard(self, count: int) -> list[int]:
        return [(await self.link.receive_json_from(60))["eventId"] for _ in range(count)]

    async def silent(self) -> bool:
        return bool(await self.link.receive_nothing(0.02))

    def stop(self) -> None:
        """Its connection is full, as Daphne tells."""
        self.consumer.backpressure.reading = self
        self.consumer.backpressure.pauseProducing()

    def go_on(self) -> None:
        self.consumer.backpressure.resumeProducing()

    def pauseProducing(self) -> None: ...

    def resumeProducing(self) -> None: ...


async def until(condition) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0)


async def all_level() -> None:
    followers = [one for audience in audiences.open.values() for one in audience.followers]
    await until(lambda: all(one.level for one in followers))


@pytest.fixture
async def opens(reads, pair):
    """Opens clients, and closes them at the end."""
    clients: list[Client] = []

    async def made(count: int, *args, party=None, **more) -> list[Client]:
        found = [await Client(party or pair.acme, *args, **more).open() for _ in range(count)]
        clients.extend(found)
        return found

    yield made
    for client in clients:
        await client.link.disconnect()
    assert not audiences.open
    assert not switchboard.listeners


def wake(conversation, *ends) -> None:
    switchboard.dispatch({
        "hub": str(conversation.hub_id), "conversation": str(conversation.id), "ends": [str(end.id) for end in ends],
        "event": 0,
    })  # fmt: skip


@pytest.mark.parametrize("alone", [False, True], ids=["integration", "conversation"])
async def test_a_message_is_read_once_for_however_many_sockets(pair, opens, reads, alone):
    place = establish(pair.acme)
    counts = []
    clients = []
    for more in (2, 18):
        clients += await opens(more, place if alone else None)
        event_id = say(pair.acme, place)
        del reads.done[:]
        with statements() as queries:
            wake(place, pair.acme.agent)
            assert [await client.heard(1) for client in clients] == [[event_id]] * len(clients)
        counts.append((len(queries), list(reads.done)))
    assert counts == [(1, ["_first_page"])] * 2
    assert all([await client.silent() for client in clients])


async def test_each_gets_what_is_new_to_it_alone(pair, opens):
    place, other = establish(pair.acme), establish(pair.acme)
    first, second = say(pair.acme, place), say(pair.acme, other)
    [fresh], [old], [knows] = await opens(1), await opens(1, leid=0), await opens(1, leid=second)
    assert await old.heard(2) == [first, second]
    third = say(pair.acme, place)
    wake(place, pair.acme.agent)
    assert [await one.heard(1) for one in (fresh, old, knows)] == [[third]] * 3
    fourth = say(pair.acme, other)
    wake(other, pair.acme.agent)
    assert [await one.heard(1) for one in (fresh, old, knows)] == [[fourth]] * 3
    assert all([await one.silent() for one in (fresh, old, knows)])


async def test_one_that_takes_nothing_holds_up_nobody_and_reads_on_for_itself(pair, opens, reads):
    place = establish(pair.acme)
    slow, *quick = await opens(3)
    slow.stop()
    events = []
    for _ in range(3):
        events.append(say(pair.acme, place))
        wake(place, pair.acme.agent)
        assert [await one.heard(1) for one in quick] == [events[-1:]] * 2
    assert await slow.silent()
    assert "read" not in reads.done[-3:], "nothing is read for one that takes nothing"
    slow.go_on()
    assert await slow.heard(3) == events
    await all_level()
    events.append(say(pair.acme, place))
    wake(place, pair.acme.agent)
    assert [await one.heard(1) for one in (slow, *quick)] == [events[-1:]] * 3


async def test_who_joins_while_a_read_is_under_way_misses_nothing_and_gets_nothing_twice(pair, opens, reads):
    place = establish(pair.acme)
    [first] = await opens(1, leid=0)
    events = [say(pair.acme, place)]
    reads.go.clear()
    reads.begun.clear()
    wake(place, pair.acme.agent)
    await reads.begun.wait()
    joining = asyncio.create_task(opens(1, leid=0))
    await until(lambda: len(audiences.open[pair.acme.agent.id, None].followers) == 2)
    events.append(say(pair.acme, place))
    wake(place, pair.acme.agent)
    reads.go.set()
    [second] = await joining
    assert [await one.heard(2) for one in (first, second)] == [events] * 2
    assert all([await one.silent() for one in (first, second)])


async def test_wakeups_during_a_read_are_one_next_read_and_order_holds(pair, opens, reads):
    places = [establish(pair.acme) for _ in range(2)]
    clients = await opens(2)
    reads.begun.clear()
    reads.go.clear()
    events = [say(pair.acme, places[0])]
    wake(places[0], pair.acme.agent)
    await reads.begun.wait()
    for turn in range(6):
        events.append(say(pair.acme, places[turn % 2]))
        wake(places[turn % 2], pair.acme.agent)
    del reads.done[:]
    reads.go.set()
    assert [await one.heard(7) for one in clients] == [events] * 2
    assert reads.done == ["_first_page"]


async def test_what_no_wakeup_told_of_is_found_by_one_look_for_all(pair, opens, reads):
    acme = pair.acme
    place, other = establish(acme), establish(acme)
    wide, narrow, both = await opens(2), await opens(2, place), await opens(1, other)
    event_id = say(acme, place)
    with statements() as queries:
        await lookout.lookout.tick()
        assert [await one.heard(1) for one in (*wide, *narrow)] == [[event_id]] * 4
    assert len(queries) == 4, "a look for integrations, one for conversations, and a read for each audience"
    assert await both[0].silent()
    del reads.done[:]
    await lookout.lookout.tick()
    assert [await one.silent() for one in (*wide, *narrow)] == [True] * 4
    assert reads.done == ["newest"]


async def test_a_look_compares_with_what_each_has_and_costs_one_statement_for_fifty_conversations(pair, opens, reads):
    places = [establish(pair.acme) for _ in range(5)]
    clients = [(await opens(1, place))[0] for place in places]
    events = [say(pair.acme, place) for place in places[:3]]
    for place in places[:2]:
        wake(place, pair.acme.agent)
    assert [await one.heard(1) for one in clients[:2]] == [[event] for event in events[:2]]
    with statements() as queries:
        await lookout.lookout.tick()
        assert await clients[2].heard(1) == events[2:]
    assert len(queries) == 2
    assert all([await one.silent() for one in clients])


async def test_a_tick_lets_those_who_are_behind_look_everywhere(pair, opens, reads):
    lost, place = establish(pair.acme), establish(pair.acme)
    [slow, quick] = await opens(2)
    slow.stop()
    events = [say(pair.acme, place)]
    wake(place, pair.acme.agent)
    assert await quick.heard(1) == events
    events.append(say(pair.acme, lost))
    await lookout.lookout.tick()
    assert await quick.heard(1) == events[1:]
    slow.go_on()
    assert await slow.heard(2) == events


async def test_after_a_new_subscription_all_look_at_once(pair, opens, reads):
    place, other = establish(pair.acme), establish(pair.acme)
    wide, narrow = await opens(2), await opens(1, other)
    events = [say(pair.acme, place), say(pair.acme, other)]
    del reads.done[:]
    switchboard._wake_all()
    assert [await one.heard(2) for one in wide] == [events] * 2
    assert await narrow[0].heard(1) == events[1:]
    assert reads.done == ["newest", "_first_page", "_first_page"]


async def test_when_the_read_for_all_fails_each_reads_for_itself(pair, opens, reads):
    place = establish(pair.acme)
    clients = await opens(2)
    reads.broken = True
    event_id = say(pair.acme, place)
    wake(place, pair.acme.agent)
    assert [await one.heard(1) for one in clients] == [[event_id]] * 2
    await all_level()
    event_id = say(pair.acme, place)
    wake(place, pair.acme.agent)
    assert [await one.heard(1) for one in clients] == [[event_id]] * 2


async def test_nobody_gets_what_is_for_another_integration_or_tenant(pair, opens):
    acme, globex = pair.acme, pair.globex
    [mine], [customer], [theirs] = await opens(1), await opens(1, establish(acme), integration=acme.customer), \
        await opens(1, party=globex)  # fmt: skip
    place, elsewhere = establish(acme), establish(globex)
    events = [say(acme, place), say(globex, elsewhere)]
    for spoken in (place, elsewhere):
        wake(spoken, acme.agent, acme.customer, globex.agent)
    assert await mine.heard(1) == events[:1]
    assert await theirs.heard(1) == events[1:]
    assert all([await one.silent() for one in (mine, theirs, customer)])


async def test_pages_of_many_go_to_all_in_order(pair, opens, monkeypatch):
    monkeypatch.setattr("engine.sockets.feed.ROOM", 1)
    monkeypatch.setattr(module, "TURN", 1)
    place, other = establish(pair.acme), establish(pair.acme)
    clients = await opens(3)
    events = [say(pair.acme, spoken) for spoken in (place, other, place, other)]
    for spoken in (place, other):
        wake(spoken, pair.acme.agent)
    assert [await one.heard(4) for one in clients] == [events] * 3


async def test_frames_are_the_same_text_for_all(pair, opens, monkeypatch):
    place, made = establish(pair.acme), []
    clients = await opens(3)
    monkeypatch.setattr(module, "SharedText", lambda text: made.append(text) or Plain(text))

    class Plain(base.SharedText):
        """Counted."""

    event_id = say(pair.acme, place)
    wake(place, pair.acme.agent)
    assert [await one.heard(1) for one in clients] == [[event_id]] * 3
    assert [json.loads(text)["eventId"] for text in made] == [event_id]
