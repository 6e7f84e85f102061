"""One loop for each kind of work and process: it stores what is done, claims what is free, works on what it holds.

A cycle begins as soon as there is something to do, and what came up during the last one is its batch: alone, a row
waits for nobody. While many calls are under way, their results are gathered for a moment, so that hundreds share a
transaction. A wake-up that is lost costs a sweep's pause, never a row.
"""

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.db import close_old_connections, connection

from engine.work.claim import Held, claim, put_off, release, renew
from engine.work.kind import Item, Kind
from engine.work.windows import Windows
from hubster.lib import http
from hubster.lib.pool import is_away, release_connection

log = logging.getLogger("engine.work")
Result = TypeVar("Result")
GATHER = 0.1  # seconds for which results are gathered while more calls are under way than have ended
TRIES = 3  # to store a batch while the database says that it cannot be used


class _Room(NamedTuple):
    """Room for the next claim: rows in all, sharers without room, and the rooms of endpoints."""

    rows: int
    full: list[Any]
    rooms: dict[Any, int]
    others: int


class _Round(NamedTuple):
    """A round of the database thread: rows claimed, items whose work is to be begun, and results not stored yet."""

    claimed: int = 0
    items: tuple[Item, ...] = ()
    unstored: tuple[Item, ...] = ()


class Loop:
    """Works on one kind until `stop`. Runs in the event loop that `run` is called in."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.done: list[Item] = []
        self.tries = 0  # that what is done was not stored
        self.under_way: dict[asyncio.Task[None], Item] = {}
        self.windows = Windows(kind.window, kind.most)
        self.woken = asyncio.Event()
        self.gathering: asyncio.TimerHandle | None = None
        self.stopping = False
        self.database = ThreadPoolExecutor(1, thread_name_prefix=f"work-{kind.name}")

    def wake(self) -> None:
        """There may be something to do."""
        self.woken.set()

    def has_room(self) -> bool:
        """True if what comes up now can be taken at once. From any thread."""
        return len(self.under_way) < self.kind.most

    async def run(self) -> None:
        """Until it is stopped. A database that is away is asked again after a sweep's pause."""
        renewing, failed = asyncio.create_task(self._keep_renewing()), False
        while not self.stopping:
            self.woken.clear()
            try:
                again = await self._cycle()
            except Exception as fault:
                log.warning("work failed", extra={"kind": self.kind.name, "fault": type(fault).__name__})
                again = not failed  # a connection that died unnoticed is replaced at once
                failed = True
            else:
                failed = False
            if not again:
                await self._rest()
        await self._end()
        renewing.cancel()

    async def _cycle(self) -> bool:
        """Store, claim, begin; True if there may be more to claim at once, also in place of what was given back."""
        room = self._room()
        found = await self._store(room)
        for item in found.items:
            self._begin(item)
        return found.claimed > len(found.items) or found.claimed == room.rows > 0

    async def _store(self, room: _Room | None) -> _Round:
        """Store what is done and claim as much as there is room for.

        What is done is kept while the database is away, and stored when it is back, if it is still ours then.
        """
        done, self.done = self.done, []
        if self.gathering:
            self.gathering.cancel()
            self.gathering = None
        try:
            found = await self._ask(partial(_turn_over, self.kind, done, self.tries >= TRIES, room))
        except Exception as fault:
            if is_away(fault) and done:
                self.done, self.tries = done + self.done, self.tries + 1
            raise
        self.tries = 0
        if found.unstored:
            self.done += found.unstored
            self.woken.set()
        return found

    def _begin(self, item: Item) -> None:
        self.windows.begin(item.endpoint)
        task = asyncio.create_task(item.work())
        self.under_way[task] = item
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        item = self.under_way.pop(task)
        self.windows.end(item.endpoint, item.seconds)
        if task.cancelled():
            return
        self.done.append(item)
        if len(self.done) >= min(len(self.under_way), self.kind.batch):
            self.woken.set()
        elif self.gathering is None:
            self.gathering = asyncio.get_running_loop().call_later(GATHER, self.woken.set)

    def _room(self) -> _Room:
        rows = min(self.kind.batch, self.kind.most - len(self.under_way))
        limited = self.kind.limited_by
        return _Room(rows, self._full(), self.windows.rooms() if limited else {}, self.windows.others())

    def _full(self) -> list[Any]:
        """Those who have half of the places already, where they are shared."""
        if not self.kind.shared_by:
            return []
        shares = Counter(item.sharer for item in self.under_way.values())
        return [sharer for sharer, count in shares.items() if count >= self.kind.most // 2]

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(settings.HUBSTER_SWEEP_EVERY):
                await self.woken.wait()
        except TimeoutError:
            return

    async def _keep_renewing(self) -> None:
        """Hold rows that wait for others for longer than one lease."""
        while True:
            await asyncio.sleep(self.kind.lease.total_seconds() / 3)
            if not (held := self._held()):
                continue
            try:
                await self._ask(partial(renew, self.kind, held))
            except Exception as fault:
                log.warning("a lease cannot be renewed", extra={"fault": type(fault).__name__})

    def _held(self) -> Held:
        return {item.key: item.token for item in self.under_way.values()}

    async def _end(self) -> None:
        """Store what is done. Calls under way are waited for a while; what waits still is left to others."""
        held: Held = {}
        try:
            await self._drain()
            held = self._held()
            for task in list(self.under_way):
                task.cancel()
            await self._store(None)
            await self._ask(partial(release, self.kind.model, held))
        except Exception as fault:
            log.warning("the last work cannot be stored", extra={"fault": type(fault).__name__})
        await self._ask(release_connection)
        self.database.shutdown(wait=False)

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + self.kind.drain
        while self.under_way and loop.time() < end:
            await asyncio.wait(self.under_way, timeout=end - loop.time(), return_when=asyncio.FIRST_COMPLETED)
            await asyncio.sleep(0)  # the tasks' own callbacks
            await self._store(None)

    async def _ask(self, function: Callable[[], Result]) -> Result:
        """In the kind's database thread, which keeps its connection."""
        return await asyncio.get_running_loop().run_in_executor(self.database, _in_database, function)


def _turn_over(kind: Kind, done: list[Item], singly: bool, room: _Room | None) -> _Round:
    """What waits for nobody is worked on and stored at once: it makes no second way to the event loop and back."""
    if done:
        _commit(kind, done, singly)
    if room is None or room.rows <= 0:
        return _Round()
    held = claim(kind, room.rows, full=room.full, rooms=room.rooms, others=room.others)
    items = _loaded(kind, held) if held else []
    quick = [item for item in items if not item.calls_out]
    calling = tuple(item for item in items if item.calls_out)
    for item in quick:
        with suppress(StopIteration):
            item.work().send(None)
    try:
        if quick:
            _commit(kind, quick, singly=False)
    except Exception:  # the database is away
        return _Round(len(held), calling, tuple(quick))
    return _Round(len(held), calling)


def _commit(kind: Kind, done: list[Item], singly: bool) -> None:
    """Store what is done; one by one when all together failed by a fault of ours, or again and again.

    What fails though the database answers is not stored: its row is begun anew after a pause.
    """
    try:
        kind.commit(done)
        return
    except Exception as fault:
        if is_away(fault):
            close_old_connections()
            if not (singly and _answers()):
                raise
        if len(done) == 1:
            log.exception("a result cannot be stored", extra={"kind": kind.name, "row": str(done[0].key)})
            put_off(kind.model, done[0].key, done[0].token)
            return
    for item in done:
        _commit(kind, [item], singly)


def _answers() -> bool:
    """True if the database can be used, whatever it said of a statement."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        return False
    return True


def _loaded(kind: Kind, held: Held) -> list[Item]:
    """A row that cannot be loaded keeps nobody else from it; it is tried again, after longer and longer pauses."""
    try:
        return list(kind.load(held))
    except Exception as fault:
        if is_away(fault):
            raise
        if len(held) == 1:
            ((key, token),) = held.items()
            log.exception("a row cannot be worked on", extra={"kind": kind.name, "row": str(key)})
            put_off(kind.model, key, token)
            return []
    return [item for key, token in held.items() for item in _loaded(kind, {key: token})]


def _in_database(function: Callable[[], Result]) -> Result:
    try:
        return function()
    except Exception:
        close_old_connections()
        raise


class Loops:
    """All kinds of work of a process, in one thread."""

    def __init__(self, kinds: "list[Kind]") -> None:
        self.kinds = kinds
        self.loops: dict[str, Loop] = {}
        self.ready = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="work", daemon=True)
        self.thread.start()
        self.ready.wait()

    async def _run(self) -> None:
        self.event_loop = asyncio.get_running_loop()
        self.loops = {kind.name: Loop(kind) for kind in self.kinds}
        self.ready.set()
        await asyncio.gather(*(loop.run() for loop in self.loops.values()))
        await http.close()

    def take(self, kind: str) -> bool:
        """From any thread: wake the kind if what came up can be begun at once; False: let another process have it."""
        loop = self.loops.get(kind)
        if loop is None or loop.stopping or not loop.has_room():
            return False
        self.wake(kind)
        return True

    def wake(self, kind: str) -> None:
        """From any thread: there may be something to do."""
        if loop := self.loops.get(kind):
            with suppress(RuntimeError):  # the event loop has ended
                self.event_loop.call_soon_threadsafe(loop.wake)

    def wake_all(self) -> None:
        """From any thread: there may be something to do of every kind."""
        for kind in self.loops:
            self.wake(kind)

    def stop(self) -> threading.Thread:
        """Claim no more, store what is done; the thread ends when that is over."""
        for loop in self.loops.values():
            loop.stopping = True
        self.wake_all()
        return self.thread
