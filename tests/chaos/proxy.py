"""A TCP proxy in front of PostgreSQL or Redis that delays, swallows, tears, or cuts in the middle of a COMMIT."""

import asyncio
import random
import threading
from collections.abc import Callable
from contextlib import suppress

COMMIT = b"COMMIT"
FORTH, BACK = "forth", "back"  # from the product to the server, and the answers


class Link:
    """One connection through the proxy."""

    def __init__(self, server: asyncio.StreamWriter, client: asyncio.StreamWriter) -> None:
        self.server, self.client = server, client
        self.cut = False  # what the server answers is not passed on: the connection breaks instead
        self.robbed: set[str] = set()  # directions in which bytes were swallowed: it can never be whole again

    def abort(self) -> None:
        """Reset both sides."""
        for writer in (self.client, self.server):
            writer.transport.abort()


class Proxy(threading.Thread):
    """What it does to every link is set from outside, at any time.

    `armed` is the number of COMMITs still to be hit: before the server has it, or before its answer is passed on.
    `torn` is the number of answers still to be cut in the middle. `latency` delays each answer, in seconds.
    `dead` are the directions in which bytes are taken and not passed on: both are a black hole, one is half open.
    """

    def __init__(self, port: int, target: int) -> None:
        super().__init__(daemon=True)
        self.port, self.target = port, target
        self.armed = self.torn = 0
        self.latency = 0.0
        self.dead: frozenset[str] = frozenset()
        self.before = self.after = self.tears = self.swallowed = 0  # cuts of either kind, tears made, bytes lost
        self.links: set[Link] = set()
        self.loop = asyncio.new_event_loop()
        self.serving = threading.Event()

    def run(self) -> None:
        """Serve until the harness ends."""
        self.loop.run_until_complete(self._serve())

    def mend(self) -> None:
        """The network is whole again; links that lost bytes are reset, as by a peer that knows nothing of them."""
        self.dead, self.latency, self.armed, self.torn = frozenset(), 0.0, 0, 0
        self._in_loop(lambda: [link.abort() for link in list(self.links) if link.robbed])

    def reset(self) -> None:
        """Break every connection, at once and without a word."""
        self._in_loop(lambda: [link.abort() for link in list(self.links)])

    def _in_loop(self, work: Callable[[], object]) -> None:
        done = threading.Event()
        self.loop.call_soon_threadsafe(lambda: (work(), done.set()))
        done.wait(10)

    async def _serve(self) -> None:
        async with await asyncio.start_server(self._link, "127.0.0.1", self.port) as server:
            self.serving.set()
            await server.serve_forever()

    async def _link(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        try:
            answers, server = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            back.close()
            return
        link = Link(server, back)
        self.links.add(link)
        tasks = [asyncio.create_task(self._forth(client, link)), asyncio.create_task(self._back(answers, link))]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        self.links.discard(link)
        for task in tasks:
            task.cancel()
            with suppress(Exception, asyncio.CancelledError):
                await task
        for writer in (server, back):
            with suppress(Exception):
                writer.close()

    async def _forth(self, client: asyncio.StreamReader, link: Link) -> None:
        while data := await client.read(65_536):
            if COMMIT in data and self.armed > 0:
                self.armed -= 1
                if random.random() < 0.5:
                    self.before += 1
                    link.client.transport.abort()
                    return
                self.after += 1
                link.cut = True
            await self._pass_on(FORTH, link, link.server, data)

    async def _back(self, answers: asyncio.StreamReader, link: Link) -> None:
        while data := await answers.read(65_536):
            if link.cut:
                link.client.transport.abort()
                return
            if self.torn > 0 and len(data) > 1:
                self.torn -= 1
                self.tears += 1
                link.client.write(data[: len(data) // 2])
                await link.client.drain()
                return
            if self.latency:
                await asyncio.sleep(self.latency)
            await self._pass_on(BACK, link, link.client, data)

    async def _pass_on(self, way: str, link: Link, writer: asyncio.StreamWriter, data: bytes) -> None:
        if way in self.dead or way in link.robbed:
            link.robbed.add(way)
            self.swallowed += len(data)
            return
        writer.write(data)
        await writer.drain()
