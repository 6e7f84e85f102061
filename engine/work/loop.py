"""One loop for each kind of work and process: it stores what is done, claims what is free, works on what it holds.

A cycle begins as soon as the last is over, and what came up meanwhile is its batch: alone, a row waits for nobody;
under load, hundreds share a transaction. A wake-up that is lost costs a sweep's pause, never a row.
"""

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from django.conf import settings
from django.db import close_old_connections

from engine.work.claim import Held, claim, release, renew
from engine.work.kind import Item, Kind
from hubster.lib.pool import is_away, release_connection

log = logging.getLogger("engine.work")
Result = TypeVar("Result")


class Loop:
    """Works on one kind until `stop`. Runs in the event loop that `run` is called in."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.done: list[Item] = []
        self.under_way: dict[asyncio.Task[None], Item] = {}
        self.woken = asyncio.Event()
        self.stopping = False
        self.database = ThreadPoolExecutor(1, thread_name_prefix=f"work-{kind.name}")

    def wake(self) -> None:
        """There may be something to do."""
        self.woken.set()

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
            if not again and (failed or not self.done):
                await self._rest()
        renewing.cancel()
        await self._end()

    async def _cycle(self) -> bool:
        """Store, claim, begin; True if there may be more to claim at once."""
        done, self.done = self.done, []
        room = min(self.kind.batch, self.kind.most - len(self.under_way))
        full = self._full()
        try:
            items = await self._ask(lambda: _turn_over(self.kind, done, room, full))
        except Exception as fault:
            if is_away(fault):  # what is done is stored when it is back, if it is still ours then
                self.done = done + self.done
            raise
        for item in items:
            self._begin(item)
        return len(items) == room > 0

    def _begin(self, item: Item) -> None:
        if item.calls_out:
            task = asyncio.create_task(item.work())
            self.under_way[task] = item
            task.add_done_callback(self._ended)
            return
        try:
            item.work().send(None)
        except StopIteration:
            self.done.append(item)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        item = self.under_way.pop(task)
        if not task.cancelled():
            self.done.append(item)
            self.woken.set()

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
            try:
                await self._ask(partial(renew, self.kind, self._held()))
            except Exception as fault:
                log.warning("a lease cannot be renewed", extra={"fault": type(fault).__name__})

    def _held(self) -> Held:
        return {item.key: item.token for item in self.under_way.values()}

    async def _end(self) -> None:
        """Store what is done; what still waits for others is left to them, who begin anew."""
        held = self._held()
        for task in list(self.under_way):
            task.cancel()
        try:
            await self._ask(partial(_put_down, self.kind, self.done, held))
        except Exception as fault:
            log.warning("the last work cannot be stored", extra={"fault": type(fault).__name__})
        await self._ask(release_connection)
        self.database.shutdown(wait=False)

    async def _ask(self, function: Callable[[], Result]) -> Result:
        """In the kind's database thread, which keeps its connection."""
        return await asyncio.get_running_loop().run_in_executor(self.database, _in_database, function)


def _turn_over(kind: Kind, done: list[Item], room: int, full: list[Any]) -> "list[Item]":
    if done:
        kind.commit(done)
    held = claim(kind, room, full=full) if room > 0 else {}
    return _loaded(kind, held) if held else []


def _loaded(kind: Kind, held: Held) -> list[Item]:
    """A row that cannot be loaded keeps nobody else from it; it is tried again when its lease has run out."""
    try:
        return list(kind.load(held))
    except Exception as fault:
        if is_away(fault):
            raise
        if len(held) == 1:
            log.exception("a row cannot be worked on", extra={"kind": kind.name, "row": str(next(iter(held)))})
            return []
    return [item for key, token in held.items() for item in _loaded(kind, {key: token})]


def _put_down(kind: Kind, done: list[Item], held: Held) -> None:
    if done:
        kind.commit(done)
    release(kind.model, held)


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
