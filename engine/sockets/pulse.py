"""The pulse of the process: one timer for all sockets. Who was silent for long gives a sign of life."""

import asyncio
import logging
import time
from typing import Protocol

from engine.sockets.lookout import lookout

log = logging.getLogger("engine.sockets")
TICK = 15.0  # seconds of silence before a sign of life, and between looks for what was missed
BEAT = 1.0  # seconds


class Beating(Protocol):
    """A socket, as far as the pulse knows it."""

    spoke: float  # when it last sent something, by the monotonic clock

    def was_silent(self) -> None:
        """It has sent nothing for a tick. Nothing may be waited for here."""


class Pulse:
    """Knows the open sockets."""

    def __init__(self) -> None:
        self.sockets: set[Beating] = set()
        self.task: asyncio.Task[None] | None = None
        self.look: asyncio.Task[None] | None = None

    def join(self, socket: Beating) -> None:
        """Begin to beat for a socket. Must run in the process's event loop."""
        self.sockets.add(socket)
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._run())

    def leave(self, socket: Beating) -> None:
        """The socket is closed."""
        self.sockets.discard(socket)

    async def _run(self) -> None:
        looked = time.monotonic()
        while self.sockets:
            await asyncio.sleep(BEAT)
            now = time.monotonic()
            self._beat(now)
            if now - looked >= TICK and (self.look is None or self.look.done()):
                looked = now
                self.look = asyncio.create_task(_look())

    def _beat(self, now: float) -> None:
        for socket in [socket for socket in self.sockets if now - socket.spoke >= TICK]:
            socket.spoke = now
            try:
                socket.was_silent()
            except Exception as fault:  # the others go on
                log.warning("sign of life failed", extra={"fault": type(fault).__name__})


async def _look() -> None:
    try:
        await lookout.tick()
    except Exception as fault:
        log.warning("tick of sockets failed", extra={"fault": type(fault).__name__})


pulse = Pulse()
