"""One client's connection: reads requests within the limits of size and time, and passes on those that are whole.

A request that is refused still goes to the application, without its body: only that knows the shape of the answer.
What the client goes on sending is read and thrown away for a while, because a connection that is closed on top of
unread bytes is reset, and the client never sees the answer.
"""

import asyncio
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from django.conf import settings

from hubster.lib.body_limits import LINGER, LINGER_QUIET, earned
from hubster.lib.http_server.answer import Answer
from hubster.lib.http_server.incoming import Incoming
from hubster.lib.http_server.reader import Reader

if TYPE_CHECKING:
    from hubster.lib.http_server.server import HttpServer

READ = 65_536  # bytes at once
LATE = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Connection:
    """Everything happens in the loop's thread, except what says that it does not."""

    def __init__(self, server: "HttpServer", link: socket.socket, peer: tuple[str, int]) -> None:
        self.server, self.link, self.peer, self.here = server, link, peer, server.here
        self.reader = Reader(peer[0], self.send)
        self.busy = False  # a request is being answered
        self.paused = False  # nothing is read, as something came while it was busy
        self.closed = False
        self.since = time.monotonic()  # of the last sign of life
        self.said_goodbye = False  # the last answer said that it ends the connection
        self.lingering: float | None = None  # since our side was closed while the client may still be sending
        self.rest = bytearray()  # that the client has not taken yet
        self.sending = threading.Lock()
        self.deadline: asyncio.TimerHandle | None = None
        server.loop.add_reader(link, self.readable)

    # --- Reading ---------------------------------------------------------------------------------------------

    def readable(self) -> None:
        """There is something to read, or the client has gone."""
        if self.busy:
            self._pause()
            return
        try:
            data = self.link.recv(READ)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        self.since = time.monotonic()
        if not data:
            self.close()
        elif not self.reader.done:
            self._read(data)

    def _pause(self) -> None:
        self.server.loop.remove_reader(self.link)
        self.paused = True
        if not self.busy:  # the thread has just finished, and may not have seen that we pause
            self.go_on()

    def _read(self, data: bytes) -> None:
        answer = self.reader.feed(data)
        if answer:
            self._end_with(answer)
        elif self.reader.whole:
            self._hand_on()
        else:
            self._wait()

    def _wait(self) -> None:
        """For the rest of a request."""
        if self.deadline is None:
            self.deadline = self.server.loop.call_later(settings.HUBSTER_REQUEST_DEADLINE, self._late)

    def _late(self) -> None:
        """The deadline is over, but the bytes of an upload earn it more time."""
        self.deadline = None
        request = self.reader.request
        if request is None or request.limit is None:
            self._end_with(LATE)
            return
        more, refusal = earned(request.body, request.path, request.counted)
        request.counted = request.body.received if request.body else 0
        if more >= 1:
            self.deadline = self.server.loop.call_later(more, self._late)
            return
        self.reader.refuse(refusal)
        self._hand_on()

    # --- Answering -------------------------------------------------------------------------------------------

    def _hand_on(self) -> None:
        if self.deadline:
            self.deadline.cancel()
            self.deadline = None
        request = self.reader.whole.popleft()
        self.busy = True
        self.server.threads.put(self._answer, request)

    def _answer(self, request: Incoming) -> None:
        """Answer a request; in a thread."""
        answer = Answer(request, self.send, (self.server.ending or self.reader.done) and not self.reader.whole)
        try:
            answer.give(self.server.application, request.environ(self))
        finally:
            if request.body:
                request.body.close()
            self.said_goodbye = answer.closes
            self.since = time.monotonic()
            self.busy = False  # from here on the loop may read the next request
            if answer.closes or self.paused or self.rest or self.reader.whole or self.reader.request:
                self.server.call_soon(self.go_on)

    def go_on(self) -> None:
        """Nothing is under way: answer the next request, read on, or end."""
        if self.closed or self.busy or self.rest:
            return
        if self.said_goodbye:
            self._end()
        elif self.reader.whole:
            self._hand_on()
        elif self.reader.request:
            self._wait()
        if self.paused and not (self.closed or self.busy):
            self.paused = False
            self.server.loop.add_reader(self.link, self.readable)

    def send(self, data: bytes) -> None:
        """Send, in any thread; what the client does not take at once waits in memory."""
        with self.sending:
            if self.rest:
                self.rest += data
                return
            try:
                sent = self.link.send(data)
            except (BlockingIOError, InterruptedError):
                sent = 0
            except OSError:  # the client has gone, which the loop notices for itself
                return
            if sent < len(data):
                self.rest += data[sent:]
                self.server.call_soon(self._watch)

    def _watch(self) -> None:
        if not self.closed:
            self.server.loop.add_writer(self.link, self._writable)

    def _writable(self) -> None:
        with self.sending:
            try:
                sent = self.link.send(self.rest[:READ])
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                sent = len(self.rest)
            del self.rest[:sent]
        self.since = time.monotonic()
        if not self.rest:
            self.server.loop.remove_writer(self.link)
            self.go_on()

    # --- The end ---------------------------------------------------------------------------------------------

    @property
    def quiet(self) -> bool:
        """Nothing is under way on it but the head of a request, perhaps."""
        reader = self.reader
        return not (self.busy or reader.whole or self.rest or reader.knows_head or self.lingering is not None)

    def look(self, now: float) -> None:
        """Called now and then: end what has lasted too long."""
        since = now - self.since
        if self.lingering is not None:
            if since >= LINGER_QUIET or now - self.lingering >= LINGER:
                self.close()
        elif since > settings.HUBSTER_KEEP_ALIVE and not self.busy and (self.rest or self.quiet):
            self.close()

    def _end_with(self, answer: bytes) -> None:
        """There is no request to hand on: its head has not come whole."""
        self.reader.done = True
        self.send(answer)
        self._end()

    def _end(self) -> None:
        """Close; where more may come only our side, and the other once the client has stopped."""
        if not self.reader.done:
            self.close()
        elif self.lingering is None:
            self.lingering = self.since = time.monotonic()
            with suppress(OSError):
                self.link.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """End it now."""
        if self.closed:
            return
        self.closed = True
        self.server.loop.remove_reader(self.link)
        self.server.loop.remove_writer(self.link)
        if self.deadline:
            self.deadline.cancel()
        self.reader.close()
        self.server.forget(self)
        self.link.close()
