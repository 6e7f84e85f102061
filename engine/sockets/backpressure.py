"""Back pressure: a client that does not read is not read for, and closed when that lasts.

ASGI wants `send` to wait while the connection is full. Daphne's does not and keeps everything in memory, so we have the
connection tell us; so do our sockets on uvicorn. A client that does not read is not read from either: what it says
might need an answer, and the server below answers pings without asking anybody.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from engine.sockets.at_once import at_once
from hubster.lib.shared_text import SharedText

PATIENCE = 30.0  # seconds that a full connection is given to become empty
TOO_SLOW = 4408  # the close code of one that did not: 408 is HTTP's "Request Timeout". It means: resume


class TooSlow(Exception):
    """The client has taken nothing for too long."""


class BackPressure:
    """Knows if a connection takes more. It is full above 64 KB that the client has not taken, and free at none.

    The two odd names are those of Twisted's IPushProducer.
    """

    def __init__(self, send: Any, push: Callable[[SharedText], None] | None = None) -> None:
        """`send` is the server's own. One of a server that is not ours waits by itself, as ASGI says.

        `push` is the short way of our own servers for what many get; others have none.
        """
        self.send, self.short_way = send, push
        self.rest: asyncio.Task[None] | None = None  # of a send that waits
        self.free = asyncio.Event()
        self.free.set()
        self.full = False
        self.loop = asyncio.get_running_loop()
        self.reading: Any = None  # the connection's other direction
        connection = getattr(send, "__self__", None) or next(iter(getattr(send, "args", ())), None)
        if connection is not None and hasattr(connection, "registerProducer"):
            connection.unregisterProducer()  # the HTTP connection that the socket began as
            connection.registerProducer(self, True)
            self.reading = getattr(connection, "reading", None) or connection.transport

    async def wait(self) -> None:
        """Until the connection takes more; raises `TooSlow`."""
        if self.free.is_set():
            return
        try:
            async with asyncio.timeout(PATIENCE):
                await self.free.wait()
        except TimeoutError:
            raise TooSlow from None

    def push(self, shared: SharedText) -> bool:
        """Send without waiting for it; False: the connection is full, and nothing was sent."""
        if not self.free.is_set():
            return False
        if self.short_way:
            self.short_way(shared)
            return True
        self.rest = at_once(self.send(shared.message))
        if self.rest:
            self.free.clear()
            self.rest.add_done_callback(self._taken)
        return True

    def _taken(self, rest: asyncio.Task[None]) -> None:
        """A send has ended. Whatever was wrong with it, the server tells the consumer that its client has gone."""
        _ = rest.cancelled() or rest.exception()
        self._let_on()

    def pauseProducing(self) -> None:
        """It is full."""
        self.full = True
        self.free.clear()
        self.reading.pauseProducing()

    def resumeProducing(self) -> None:
        """It is empty again. First it is read from, or one who reads slowly could not be heard while there is much."""
        self.full = False
        self.reading.resumeProducing()
        self.loop.call_soon(self._let_on)

    def _let_on(self) -> None:
        if not self.full:
            self.free.set()

    def stopProducing(self) -> None:
        """It is closed: nobody needs to wait for it."""
        self.full = False
        self.free.set()
        if self.rest:
            self.rest.cancel()
