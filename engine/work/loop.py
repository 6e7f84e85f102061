"""One loop for each kind of work and process: it stores what is done, claims what is free, works on what it holds.

A cycle begins as soon as there is something to do, and what came up during the last one is its batch: alone, a row
waits for nobody. While many calls are under way, their results are gathered for a moment, so that hundreds share a
transaction. A wake-up that is lost costs a sweep's pause, never a row.
"""

import asyncio
import logging
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from django.conf import settings

from engine.work.claim import Held, release, renew
from engine.work.kind import Item, Kind
from engine.work.rounds import LOCK_WAIT, Room, Round, in_database, turn_over
from engine.work.windows import Windows
from hubster.lib import http
from hubster.lib.pool import is_away, limit_lock_waits, release_connection

log = logging.getLogger("engine.work")
Result = TypeVar("Result")
GATHER = 0.1  # seconds for which results are gathered while more calls are under way than have ended
AGAIN = 0.5  # seconds until what could not be stored is tried again
PLACES = 2  # times as many calls as there are places may be under way, with those that take long
TRIES = 3  # to store a batch while the database says that it cannot be used


class Loop:
    """Works on one kind until `stop`. Runs in the event loop that `run` is called in."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.done: list[Item] = []
        self.tries = 0  # that what is done was not stored
        self.unstored: list[Item] = []  # for a moment, as somebody else has their rows locked
        self.under_way: dict[asyncio.Task[None], Item] = {}
        self.young: dict[asyncio.Task[None], float] = {}  # when those will take long that do not yet
        self.windows = Windows(kind.window, kind.most)
        self.woken = asyncio.Event()
        self.gathering: asyncio.TimerHandle | None = None
        self.stopping = False
        self.database = ThreadPoolExecutor(1, f"work-{kind.name}", limit_lock_waits, (LOCK_WAIT,))

    def wake(self) -> None:
        """There may be something to do."""
        self.woken.set()

    def has_room(self) -> bool:
        """True if what comes up now can be taken at once. From any thread."""
        return len(self.young) < self.kind.most

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
        return found.given_back > 0 or found.claimed == room.rows > 0

    async def _store(self, room: Room | None) -> Round:
        """Store what is done and claim as much as there is room for.

        What is done is kept while the database is away, and stored when it is back, if it is still ours then.
        """
        done, self.done = self.done, []
        if self.gathering:
            self.gathering.cancel()
            self.gathering = None
        try:
            found = await self._ask(partial(turn_over, self.kind, done, self.tries >= TRIES, room))
        except Exception as fault:
            if is_away(fault) and done:
                self.done, self.tries = done + self.done, self.tries + 1
            raise
        self.tries = 0
        if found.unstored:
            self.unstored += found.unstored
            asyncio.get_running_loop().call_later(AGAIN, self._try_again)
        return found

    def _try_again(self) -> None:
        self.done, self.unstored = self.done + self.unstored, []
        self.woken.set()

    def _begin(self, item: Item) -> None:
        self.windows.begin(item.endpoint)
        task = asyncio.create_task(item.work())
        self.under_way[task], self.young[task] = item, asyncio.get_running_loop().time() + item.patience
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        item = self.under_way.pop(task)
        self.young.pop(task, None)
        self.windows.end(item.endpoint, item.seconds)
        if task.cancelled():
            return
        self.done.append(item)
        if len(self.done) >= min(len(self.under_way), self.kind.batch):
            self.woken.set()
        elif self.gathering is None:
            self.gathering = asyncio.get_running_loop().call_later(GATHER, self.woken.set)

    def _room(self) -> Room:
        self._look_for_slow()
        most = self.kind.most
        rows = min(self.kind.batch, most - len(self.young), PLACES * most - len(self.under_way))
        if not self.kind.limited_by:
            return Room(rows, self._full(), {}, 1)
        return Room(rows, self._full(), self.windows.rooms(), self.windows.others())

    def _look_for_slow(self) -> None:
        """Calls that take long give their places to others: endpoints that begin to hang together stop nobody else."""
        now = asyncio.get_running_loop().time()
        for task in [task for task, moment in self.young.items() if now >= moment]:
            del self.young[task]
            self.windows.distrust(self.under_way[task].endpoint)

    def _full(self) -> list[Any]:
        """Those who have half of the places already, where they are shared."""
        if not self.kind.shared_by:
            return []
        shares = Counter(self.under_way[task].sharer for task in self.young)
        return [sharer for sharer, count in shares.items() if count >= self.kind.most // 2]

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(settings.HUBSTER_SWEEP_EVERY):
                await self.woken.wait()
        except TimeoutError:
            return

    async def _keep_renewing(self) -> None:
        """Hold rows that wait for others, or to be stored, for longer than one lease."""
        while True:
            await asyncio.sleep(self.kind.lease.total_seconds() / 3)
            waiting = {item.key: item.token for item in (*self.done, *self.unstored)}
            if not (held := self._held() | waiting):
                continue
            try:
                await self._ask(partial(renew, self.kind, held))
            except Exception as fault:
                log.warning("a lease cannot be renewed", extra={"fault": type(fault).__name__})

    def _held(self) -> dict[Any, uuid.UUID]:
        return {item.key: item.token for item in self.under_way.values()}

    async def _end(self) -> None:
        """Store what is done. Calls under way are waited for a while; what waits still is left to others."""
        held: Held = {}
        try:
            await self._drain()
            held = self._held()
            for task in list(self.under_way):
                task.cancel()
            self._try_again()
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
        return await asyncio.get_running_loop().run_in_executor(self.database, in_database, function)


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
