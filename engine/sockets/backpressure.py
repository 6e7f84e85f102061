"""Back pressure: a client that does not read is not read for, and closed when that lasts.

ASGI wants `send` to wait while the connection is full. Daphne's does not and keeps everything in memory, so we have its
connection tell us. A client that does not read is not read from either: what it says might need an answer, and the
server below answers pings without asking anybody.
"""

import asyncio
from typing import Any

PATIENCE = 30.0  # seconds that a full connection is given to become empty
TOO_SLOW = 4408  # the close code of one that did not: 408 is HTTP's "Request Timeout". It means: resume


class TooSlow(Exception):
    """The client has taken nothing for too long."""


class BackPressure:
    """Knows if a connection takes more. It is full above 64 KB that the client has not taken, and free at none.

    The two odd names are those of Twisted's IPushProducer.
    """

    def __init__(self, send: Any) -> None:
        """`send` is the server's own. One that is not Daphne's waits by itself, as ASGI says."""
        self.free = asyncio.Event()
        self.free.set()
        self.full = False
        self.loop = asyncio.get_running_loop()
        self.reading: Any = None  # the connection's other direction
        connection = next(iter(getattr(send, "args", ())), None)
        if connection is not None and hasattr(connection, "registerProducer"):
            connection.unregisterProducer()  # the HTTP connection that the socket began as
            connection.registerProducer(self, True)
            self.reading = connection.transport

    async def wait(self) -> None:
        """Until the connection takes more; raises `TooSlow`."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self.free.wait()
        except TimeoutError:
            raise TooSlow from None

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
