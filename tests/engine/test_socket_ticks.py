"""The pulse of all sockets, and what a connection takes at once."""

import asyncio
import inspect

import pytest

from engine.sockets import backpressure, pulse
from engine.sockets.at_once import at_once
from engine.sockets.backpressure import BackPressure, TooSlow
from engine.sockets.pulse import Pulse
from hubster.lib.shared_text import SharedText


class Silent:
    """A socket, as far as the pulse knows it."""

    def __init__(self, spoke: float) -> None:
        self.spoke, self.signs = spoke, 0

    def was_silent(self) -> None:
        self.signs += 1
        if self.signs == 1 and self.spoke == 77.0:
            raise OSError


def test_who_was_silent_for_a_tick_gives_a_sign_of_life_and_a_failing_one_stops_nobody():
    now, made = 77.0, Pulse()
    silent, talking, failing = Silent(now - 15), Silent(now - 14), Silent(now - 20)
    made.sockets = {silent, talking, failing}
    made._beat(now)
    assert [one.signs for one in (silent, talking, failing)] == [1, 0, 1]
    made._beat(now + 1)
    assert [one.signs for one in (silent, talking, failing)] == [1, 1, 1]
    made._beat(now + 15)
    assert [one.signs for one in (silent, talking, failing)] == [2, 1, 2]


async def test_the_pulse_looks_for_what_was_missed_once_a_tick_and_survives_a_failing_look(monkeypatch):
    looks, enough, made = [], asyncio.Event(), Pulse()

    async def tick():
        looks.append(len(looks))
        if len(looks) == 3:
            enough.set()
        raise OSError("gone")

    monkeypatch.setattr(pulse, "TICK", 0.01)
    monkeypatch.setattr(pulse, "BEAT", 0.01)
    monkeypatch.setattr(pulse.lookout, "tick", tick)
    socket = Silent(0.0)
    made.join(socket)
    await asyncio.wait_for(enough.wait(), 60)
    assert socket.signs
    made.leave(socket)
    await asyncio.wait_for(made.task, 60)


async def test_a_coroutine_that_waits_is_finished_by_a_task_and_one_that_does_not_by_nobody():
    gate, seen = asyncio.Event(), []

    async def waits() -> None:
        await gate.wait()
        seen.append("waited")
        with pytest.raises(OSError, match="gone"):
            await fails()
        await asyncio.sleep(0)
        seen.append("ended")

    async def fails() -> None:
        await asyncio.wait_for(broken, 60)

    broken = asyncio.get_running_loop().create_future()
    assert at_once(asyncio.sleep(0, None)) is not None
    rest = at_once(waits())
    assert rest
    assert seen == []
    gate.set()
    broken.set_exception(OSError("gone"))
    await asyncio.wait_for(rest, 60)
    assert seen == ["waited", "ended"]

    async def ends() -> None:
        seen.append("at once")

    assert at_once(ends()) is None
    assert seen[-1] == "at once"


async def test_a_server_whose_send_waits_holds_up_nobody_and_is_given_up(monkeypatch):
    monkeypatch.setattr(backpressure, "PATIENCE", 0.01)
    gate, sent = asyncio.Event(), []

    async def send(message) -> None:
        sent.append(message["text"])
        await gate.wait()

    slow = BackPressure(send)
    assert slow.push(SharedText("one"))
    assert not slow.push(SharedText("two"))
    with pytest.raises(TooSlow):
        await slow.wait()
    gate.set()
    monkeypatch.setattr(backpressure, "PATIENCE", 60)
    await slow.wait()
    assert slow.push(SharedText("three"))
    assert sent == ["one", "three"]


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
