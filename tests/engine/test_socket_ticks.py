"""How often a socket reads the database: at every wakeup, and everywhere once per tick however busy it is."""

import asyncio
import inspect
from itertools import pairwise
from types import SimpleNamespace

import pytest

from engine.sockets import backpressure, base
from engine.sockets.backpressure import BackPressure, TooSlow
from engine.sockets.plain import EventsConsumer
from engine.sockets.switchboard import Listener


async def test_a_lost_hint_is_made_up_for_even_when_others_never_stop(monkeypatch):
    ear, rounds, enough, passed = Listener(["i:i1"]), [], asyncio.Event(), [0.0]
    monkeypatch.setattr(base, "time", SimpleNamespace(monotonic=lambda: passed[0]))

    async def look(_, heard):
        rounds.append(heard)
        ear.hear("busy")  # there is always something new
        passed[0] += base.TICK / 4
        await asyncio.sleep(0)
        if rounds.count(set()) == 4:
            enough.set()

    consumer = EventsConsumer()
    consumer.backpressure = BackPressure(Send())
    monkeypatch.setattr(consumer, "_round", look)
    running = asyncio.create_task(consumer._run(None, ear))
    await asyncio.wait_for(enough.wait(), 60)
    running.cancel()
    assert any(first == {"busy"} and second == set() for first, second in pairwise(rounds))


class Connection:
    """A connection as Daphne has it, behind a `send` that waits for nothing."""

    def __init__(self) -> None:
        self.producer = None
        self.transport = self
        self.read = True

    def pauseProducing(self) -> None:
        self.read = False

    def resumeProducing(self) -> None:
        self.read = True

    def unregisterProducer(self) -> None:
        self.producer = None

    def registerProducer(self, producer, streaming) -> None:
        self.producer = producer if streaming else None


class Send:
    """`functools.partial(server.handle_reply, connection)`, as far as it is looked at."""

    def __init__(self, *args) -> None:
        self.args = args


async def test_a_full_connection_is_waited_for_until_it_is_empty_or_closed():
    connection = Connection()
    gate = BackPressure(Send(connection))
    await gate.wait()
    for end in (connection.producer.resumeProducing, connection.producer.stopProducing):
        connection.producer.pauseProducing()
        waiting = asyncio.create_task(gate.wait())
        await asyncio.sleep(0)
        assert not waiting.done()
        end()
        await asyncio.wait_for(waiting, 60)


async def test_one_that_does_not_read_is_not_read_from_and_is_heard_again_before_it_is_sent_more():
    connection = Connection()
    gate = BackPressure(Send(connection))
    connection.producer.pauseProducing()
    assert not connection.read
    connection.producer.resumeProducing()
    assert connection.read
    assert not gate.free.is_set()
    connection.producer.pauseProducing()
    await asyncio.sleep(0)
    assert not gate.free.is_set(), "it is full again"
    connection.producer.resumeProducing()
    await asyncio.wait_for(gate.wait(), 60)


async def test_one_that_stays_full_is_given_up(monkeypatch):
    monkeypatch.setattr(backpressure, "PATIENCE", 0.01)
    connection = Connection()
    gate = BackPressure(Send(connection))
    connection.producer.pauseProducing()
    with pytest.raises(TooSlow):
        await gate.wait()


async def test_a_server_whose_send_waits_by_itself_is_left_alone():
    async def send(message) -> None:
        """As of other servers."""

    await BackPressure(send).wait()


def test_daphne_still_hands_out_its_connection():
    from daphne.server import Server

    source = inspect.getsource(Server.create_application)
    assert "send=partial(self.handle_reply, protocol)" in source
