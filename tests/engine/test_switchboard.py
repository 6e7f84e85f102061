"""The switchboard: who hears what, what a listener remembers, and a subscription that dies without a word."""

import asyncio

import pytest

from engine.sockets import switchboard as module
from engine.sockets.switchboard import MOST, Listener, Switchboard

HINT = {"hub": "h1", "conversation": "c1", "ends": ["i1"], "event": 1}


class Layer:
    """A channel layer of one process; `dead` takes everything and gives nothing back."""

    def __init__(self) -> None:
        self.dead, self.flushed = False, 0
        self.added: asyncio.Queue[str] = asyncio.Queue()
        self.queue: asyncio.Queue[dict] = asyncio.Queue()

    async def new_channel(self) -> str:
        return "channel"

    async def group_add(self, group: str, channel: str) -> None:
        await self.added.put(channel)

    async def receive(self, channel: str) -> dict:
        return await self.queue.get()

    async def group_send(self, group: str, message: dict) -> None:
        if not self.dead:
            await self.queue.put(message)

    async def flush(self) -> None:
        self.flushed += 1
        self.dead = False


@pytest.fixture
async def layer(monkeypatch):
    made = Layer()
    monkeypatch.setattr(module, "get_channel_layer", lambda: made)
    monkeypatch.setattr(module, "QUIET", 0.05)
    monkeypatch.setattr(module.settings, "EMBEDDED", False)
    return made


@pytest.fixture
async def board(layer):
    made = Switchboard()
    yield made
    if made.subscription:
        made.subscription.cancel()


async def test_a_listener_hears_what_its_keys_are_about(board, layer):
    ears = [board.join(key) for key in ("i:i1/c1", "i:i1", "h:h1")]
    other = board.join("i:i1/c2", "i:i2/c1")
    await asyncio.wait_for(layer.added.get(), 60)
    assert [await ear.wait(60) for ear in [*ears, other]] == [set()] * 4  # the subscription stands: look everywhere
    await module.publish(layer, HINT)
    assert [await ear.wait(60) for ear in ears] == [{"c1"}] * 3
    assert not other.event.is_set()


async def test_a_subscription_that_died_unnoticed_is_renewed_and_everybody_looks_again(board, layer):
    ear = board.join("i:i1")
    await asyncio.wait_for(layer.added.get(), 60)
    assert await ear.wait(60) == set()
    layer.dead = True
    await asyncio.wait_for(layer.added.get(), 60)
    assert layer.flushed == 1
    assert await ear.wait(60) == set()
    await module.publish(layer, HINT)
    assert await ear.wait(60) == {"c1"}


async def test_a_quiet_subscription_that_lives_is_left_alone(board, layer):
    board.join("i:i1")
    await asyncio.wait_for(layer.added.get(), 60)
    asked = asyncio.Event()
    plain = layer.group_send

    async def send(group, message):
        await plain(group, message)
        sends.append(message)
        if len(sends) == 3:
            asked.set()

    sends: list[dict] = []
    layer.group_send = send
    await asyncio.wait_for(asked.wait(), 60)
    assert (layer.flushed, layer.added.empty()) == (0, True)


async def test_a_listener_that_does_not_look_remembers_a_bounded_number_of_conversations():
    ear = Listener(["i:i1"])
    for number in range(3 * MOST):
        ear.hear(f"c{number}")
        assert len(ear.heard) <= MOST
    assert await ear.wait(60) == set()  # everywhere
    ear.hear("c1")
    assert await ear.wait(60) == {"c1"}


async def test_what_is_heard_after_a_word_to_look_everywhere_does_not_narrow_it():
    ear = Listener(["i:i1"])
    ear.look_everywhere()
    ear.hear("c1")
    assert await ear.wait(60) == set()
