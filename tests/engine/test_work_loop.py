"""The loop of a kind of work: what waits for others holds up nobody, and what is done is stored in batches."""

import asyncio
import uuid
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.db import OperationalError
from psycopg.errors import LockNotAvailable

from engine.models import PipelineLane
from engine.work import Item, Kind, loop, rounds
from engine.work.kind import _kinds

PATIENCE = 20  # seconds that a test waits for what should come at once


@dataclass
class Toy(Item):
    """A row at work: it waits for `gate`, if it has one."""

    key: str = ""
    gate: asyncio.Event | None = None
    sharer: str = "Acme"
    token: uuid.UUID = field(default_factory=uuid.uuid4)
    endpoint: str = ""
    seconds: float | None = 0.1
    calls_out: bool = False

    def __post_init__(self) -> None:
        self.calls_out = self.gate is not None

    async def work(self) -> None:
        if self.gate:
            await self.gate.wait()


class Table:
    """In place of the database: what is free, what was stored, and what was given back."""

    def __init__(self) -> None:
        self.free: list[Toy] = []
        self.held: dict[str, Toy] = {}
        self.stored: list[list[str]] = []
        self.released: list[str] = []
        self.put_off: list[str] = []
        self.renewed: list[str] = []
        self.asked: list[tuple[int, list[str]]] = []
        self.away = 0
        self.poison = ""
        self.unstored = ""
        self.locked = ""
        self.back: list[str] = []
        self.room = 1_000
        self.changed = asyncio.Event()

    def claim(self, kind, most, full, rooms, others):
        self._fail()
        self.asked.append((most, list(full)))
        taken = [toy for toy in self.free if toy.sharer not in full][: min(most, self.room)]
        self.free = [toy for toy in self.free if toy not in taken]
        self.held.update({toy.key: toy for toy in taken})
        return {toy.key: toy.token for toy in taken}

    def load(self, held):
        if self.poison in held:
            raise ValueError(self.poison)
        return [self.held[key] for key in held if key not in self.back]

    def commit(self, done):
        self._fail()
        if self.unstored in [toy.key for toy in done]:
            raise ValueError(self.unstored)
        if self.locked in [toy.key for toy in done]:
            raise OperationalError("locked") from LockNotAvailable()
        self.stored.append([toy.key for toy in done])
        self.events.call_soon_threadsafe(self.changed.set)

    def renew(self, kind, held):
        self.renewed += held
        self.events.call_soon_threadsafe(self.changed.set)

    def _fail(self):
        if self.away:
            self.away -= 1
            raise OperationalError("the server is away")

    async def until(self, true):
        """Wait for a change that makes something true."""
        async with asyncio.timeout(PATIENCE):
            while not true():
                await self.changed.wait()
                self.changed.clear()


@pytest.fixture
async def table(monkeypatch, settings):
    settings.HUBSTER_SWEEP_EVERY = 0.05
    monkeypatch.setattr(loop, "release_connection", lambda: None)
    monkeypatch.setattr(rounds, "close_old_connections", lambda: None)
    found = Table()
    found.events = asyncio.get_running_loop()
    monkeypatch.setattr(rounds, "claim", found.claim)
    monkeypatch.setattr(loop, "renew", found.renew)
    monkeypatch.setattr(rounds, "put_off", lambda model, key, token: found.put_off.append(key))
    monkeypatch.setattr(loop, "release", lambda model, held: found.released.extend(held))
    return found


@pytest.fixture
async def running(table, monkeypatch):
    monkeypatch.setitem(_kinds, "toy", None)
    kind = Kind("toy", PipelineLane, table.load, table.commit, "tenant", lease=timedelta(seconds=0.3), batch=5, most=4)
    found = loop.Loop(kind)
    task = asyncio.create_task(found.run())
    yield found
    found.stopping = True
    found.wake()
    async with asyncio.timeout(PATIENCE):
        await task


async def test_who_waits_for_others_holds_up_nobody(table, running):
    gate = asyncio.Event()
    table.free += [Toy("slow", gate), Toy("quick"), Toy("other")]
    running.wake()
    await table.until(lambda: table.stored)
    assert sum(table.stored, []) == ["quick", "other"]
    table.free.append(Toy("late"))
    running.wake()
    await table.until(lambda: ["late"] in table.stored)
    gate.set()
    await table.until(lambda: ["slow"] in table.stored)


async def test_what_waits_for_nobody_is_stored_at_once(table, running, settings):
    settings.HUBSTER_SWEEP_EVERY = 3_600
    table.free.append(Toy("quick"))
    running.wake()
    await table.until(lambda: ["quick"] in table.stored)


async def test_what_waits_for_nobody_is_worked_on_once_though_the_database_goes_away(table, running, monkeypatch):
    worked: list[str] = []

    class Counted(Toy):
        async def work(self) -> None:
            worked.append(self.key)
            table.away = 3

    table.free.append(Counted("quick"))
    running.wake()
    await table.until(lambda: ["quick"] in table.stored)
    assert worked == ["quick"]


async def test_results_are_gathered_while_more_calls_are_under_way_than_have_ended(table, monkeypatch):
    monkeypatch.setattr(loop, "GATHER", 3_600)
    monkeypatch.setitem(_kinds, "toy", None)
    found = loop.Loop(Kind("toy", PipelineLane, table.load, table.commit, batch=10, most=20))
    gates = [asyncio.Event() for _ in range(4)]
    for number, gate in enumerate(gates):
        found._begin(Toy(f"t{number}", gate))
    for ended, woken in ((0, False), (1, True)):
        found.woken.clear()
        gates[ended].set()
        while len(found.done) <= ended:
            await asyncio.sleep(0)
        assert found.woken.is_set() is woken
    await found._store(None)
    assert sorted(sum(table.stored, [])) == ["t0", "t1"]
    assert found.gathering is None
    for gate in gates:
        gate.set()
    await asyncio.gather(*found.under_way)


async def test_a_few_results_wait_for_a_moment_only(table, monkeypatch):
    monkeypatch.setattr(loop, "GATHER", 0.0)
    monkeypatch.setitem(_kinds, "toy", None)
    found = loop.Loop(Kind("toy", PipelineLane, table.load, table.commit, batch=10, most=20))
    gates = [asyncio.Event() for _ in range(4)]
    for number, gate in enumerate(gates):
        found._begin(Toy(f"t{number}", gate))
    gates[0].set()
    async with asyncio.timeout(PATIENCE):
        await found.woken.wait()
    for gate in gates:
        gate.set()
    await asyncio.gather(*found.under_way)


async def test_what_waits_for_others_is_held_for_longer_than_a_lease(table, running):
    gate = asyncio.Event()
    table.free.append(Toy("slow", gate))
    running.wake()
    await table.until(lambda: table.renewed.count("slow") >= 3)
    gate.set()
    await table.until(lambda: ["slow"] in table.stored)


async def test_a_sharer_has_half_of_the_places_at_most(table, running):
    gate = asyncio.Event()
    table.free += [Toy(f"a{number}", gate) for number in range(3)]
    running.wake()
    await table.until(lambda: len(table.held) == 3)  # of one claim: it was not known before that they wait
    table.free += [Toy("a3", gate), Toy("b", sharer="Globex")]
    running.wake()
    await table.until(lambda: ["b"] in table.stored)
    assert "a3" not in table.held
    assert table.asked[-1] == (1, ["Acme"])
    gate.set()
    await table.until(lambda: "a3" in sum(table.stored, []))


async def test_where_nobody_shares_all_places_may_be_taken(table):
    found = loop.Loop(Kind("toy", PipelineLane, table.load, table.commit, batch=5, most=4))
    _kinds.pop("toy")
    gate = asyncio.Event()
    for toy in (Toy("a", gate, None), Toy("b", gate, None), Toy("c", gate, None)):
        found._begin(toy)
    await found._cycle()
    assert table.asked == [(1, [])]
    gate.set()
    await asyncio.gather(*found.under_way)


async def test_a_row_that_cannot_be_loaded_keeps_nobody_else_from_it(table, running):
    table.poison = "bad"
    table.free += [Toy("bad"), Toy("good"), Toy("other")]
    running.wake()
    await table.until(lambda: sum(table.stored, []) == ["good", "other"])
    assert table.put_off == ["bad"]


async def test_a_result_that_cannot_be_stored_costs_no_other_one(table, running):
    table.unstored = "bad"
    table.free += [Toy("one"), Toy("bad"), Toy("other")]
    running.wake()
    await table.until(lambda: sum(table.stored, []) == ["one", "other"])
    assert table.put_off == ["bad"]


async def test_a_result_whose_row_is_locked_holds_up_nobody_and_is_stored_later(table, running, monkeypatch):
    monkeypatch.setattr(loop, "AGAIN", 0.01)
    table.locked = "busy"
    gate = asyncio.Event()
    table.free += [Toy("busy", gate), Toy("other", gate)]
    running.wake()
    while len(table.held) < 2:
        await asyncio.sleep(0)
    gate.set()
    await table.until(lambda: ["other"] in table.stored)
    await table.until(lambda: "busy" in table.renewed)
    assert "busy" not in sum(table.stored, []) + table.put_off
    table.locked = ""
    await table.until(lambda: ["busy"] in table.stored)


async def test_calls_that_take_long_give_their_places_to_others(table, monkeypatch):
    monkeypatch.setitem(_kinds, "toy", None)
    kind = Kind("toy", PipelineLane, table.load, table.commit, "tenant", "tenant", window=4, batch=9, most=4)
    found, gate = loop.Loop(kind), asyncio.Event()
    for _ in range(3):
        found.windows.begin("hook")
        found.windows.end("hook", 0.1)
    for number in range(4):
        found._begin(Toy(f"h{number}", gate, "Acme", endpoint="hook"))
    assert found._room()[:2] == (0, ["Acme"])
    assert not found.has_room()
    found.young = dict.fromkeys(found.young, 0.0)  # they take long now
    assert found._room() == (4, [], {}, 0), "the endpoint counts as one of which nothing is known"
    assert found.has_room()
    for number in range(4):
        found._begin(Toy(f"i{number}", gate, "Globex", endpoint="other"))
    assert found._room()[0] == 0, "there is an end to it"
    gate.set()
    await asyncio.gather(*found.under_way)


@pytest.mark.parametrize(("back", "again"), [([], False), (["one"], True)])
async def test_only_where_rows_were_given_back_it_looks_again_at_once(table, monkeypatch, back, again):
    monkeypatch.setitem(_kinds, "toy", None)
    table.back, table.free = back, [Toy("one"), Toy("other")]
    assert await loop.Loop(Kind("toy", PipelineLane, table.load, table.commit))._cycle() is again


async def test_where_rows_are_given_back_at_once_the_next_ones_are_looked_for(table, running, settings):
    settings.HUBSTER_SWEEP_EVERY = 3_600
    table.back = ["first", "second"]  # as lanes in which nothing can be sent now
    table.free += [Toy(key) for key in ("first", "second", "third")]
    table.room = 1
    running.wake()
    await table.until(lambda: ["third"] in table.stored)


async def test_what_is_done_while_the_database_is_away_is_stored_when_it_is_back(table, running):
    gate = asyncio.Event()
    table.free.append(Toy("slow", gate))
    running.wake()
    await table.until(lambda: True)
    while "slow" not in table.held:
        await asyncio.sleep(0)
    table.away = 3
    gate.set()
    await table.until(lambda: ["slow"] in table.stored)
    assert table.away == 0


async def test_at_the_end_what_is_done_is_stored_and_what_waits_is_left_to_others(table, running):
    gate = asyncio.Event()
    table.free += [Toy("slow", gate), Toy("quick")]
    running.wake()
    await table.until(lambda: ["quick"] in table.stored)
    running.stopping = True
    running.wake()
    while "slow" not in table.released:
        await asyncio.sleep(0)
    assert "slow" not in sum(table.stored, [])
