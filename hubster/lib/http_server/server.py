"""The loop: takes connections, looks after them, and ends in order.

SIGTERM and SIGINT close the door; requests that are under way get their answers, then the process ends.
"""

import asyncio
import logging
import signal
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from hubster.lib.body_limits import MOST_QUIET, held, trim_memory
from hubster.lib.http_server.answer import Application
from hubster.lib.http_server.connection import Connection
from hubster.lib.http_server.threads import Threads

log = logging.getLogger("hubster.serve")
AT_ONCE = 64  # connections that are taken before somebody else's turn
PATIENCE = 20.0  # seconds that requests under way are given
QUIET = 0.2  # seconds without a request after which none is on its way over an open connection
LOOK_EVERY, LOOK_AT_END = 0.25, 0.05  # seconds
NO_ROOM = 1.0  # seconds without a look at the door after the system refused to open it


class HttpServer:
    """Serves an application to whoever connects to its listeners."""

    def __init__(self, listeners: Sequence[socket.socket], application: Application) -> None:
        self.listeners, self.application = list(listeners), application
        self.here: tuple[str, int] = listeners[0].getsockname()[:2] if listeners else ("", 0)
        self.loop = asyncio.new_event_loop()
        self.threads = Threads()
        self.connections: dict[Connection, None] = {}  # the oldest first
        self.ending = False

    def run(self, alive: Callable[[], bool]) -> None:
        """Serve until a signal, or until `alive`, which is asked again and again, says no."""
        for number in (signal.SIGTERM, signal.SIGINT):
            self.loop.add_signal_handler(number, self.begin_to_end)
        for listener in self.listeners:
            listener.setblocking(False)
            self.loop.add_reader(listener, self._take, listener)
        self._look(alive)
        try:
            self.loop.run_forever()
        finally:
            for connection in list(self.connections):
                connection.close()
            self.loop.close()

    def call_soon(self, work: Callable[..., Any], *args: Any) -> None:
        """Have something done in the loop; for threads."""
        with suppress(RuntimeError):  # the loop has ended, and with it whatever this is about
            self.loop.call_soon_threadsafe(work, *args)

    def forget(self, connection: Connection) -> None:
        """A connection is closed."""
        self.connections.pop(connection, None)

    def _take(self, listener: socket.socket, most: int = AT_ONCE) -> None:
        for _ in range(most):
            try:
                link, peer = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:  # too many files are open
                log.exception("a connection cannot be taken")
                self.loop.remove_reader(listener)
                self.loop.call_later(NO_ROOM, self._open, listener)
                return
            link.setblocking(False)
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections[Connection(self, link, peer[:2])] = None

    def _open(self, listener: socket.socket) -> None:
        if not self.ending:
            self.loop.add_reader(listener, self._take, listener)

    def _look(self, alive: Callable[[], bool]) -> None:
        """Look after everything."""
        now = time.monotonic()
        for connection in list(self.connections):
            connection.look(now)
        self.close_longest_quiet()
        self.threads.look()
        if held.trim_is_due():
            self.loop.run_in_executor(None, trim_memory)
        if not alive():
            self.begin_to_end()
        self.loop.call_later(LOOK_EVERY, self._look, alive)

    def close_longest_quiet(self) -> None:
        """End those that have been quiet for longest, where there are too many."""
        if len(self.connections) <= MOST_QUIET:
            return
        quiet = sorted((one for one in self.connections if one.quiet), key=lambda one: one.since)
        for connection in quiet[: max(0, len(quiet) - MOST_QUIET)]:
            connection.close()

    def begin_to_end(self) -> None:
        """Close the door; the loop stops once the last request has its answer. A second call cuts it short."""
        if self.ending:
            self.loop.stop()
            return
        self.ending = True
        for listener in self.listeners:
            self.loop.remove_reader(listener)
            self._take(listener, most=10_000)  # who has knocked: what waits at a closed door is thrown away
            self.loop.remove_reader(listener)
            listener.close()
        self._look_again(PATIENCE, QUIET)

    def _look_again(self, patience: float, quiet: float) -> None:
        if patience <= 0 or quiet <= 0:
            self.loop.stop()
            return
        busy = any(one.busy or one.reader.whole or one.rest for one in self.connections)
        left = QUIET if busy else quiet - LOOK_AT_END
        self.loop.call_later(LOOK_AT_END, self._look_again, patience - LOOK_AT_END, left)
