"""Pings that cost little: of thousands of silent websockets they are all the work there is.

The library below makes random bytes, timers and log records for each ping, and reads each pong as any frame. Ours are
empty, and an empty pong is known by its length.
"""

import time
from typing import Any

from daphne.ws_protocol import WebSocketProtocol

from hubster.lib.websocket_rules import ANSWER, EVERY, PING, PONG, PONG_SIZE


class PingedSocket(WebSocketProtocol):  # type: ignore[misc]
    """A websocket whose client must show now and then that it is there."""

    pinged = float("-inf")  # when it last was, or began, by the monotonic clock
    waiting = False  # nothing has come back yet

    def onOpen(self) -> None:  # noqa: N802
        """The time of the first ping counts from now."""
        self.pinged = time.monotonic()
        super().onOpen()

    def check_timeouts(self) -> None:
        """Called every few seconds for each connection."""
        if self.state != self.STATE_OPEN:
            super().check_timeouts()
            return
        since = time.monotonic() - self.pinged
        if self.duration() > self.server.websocket_timeout:
            self.serverClose()
        elif self.waiting and since > ANSWER:
            self.onAutoPingTimeout()
        elif since > EVERY:
            self.pinged, self.waiting = time.monotonic(), True
            self.write_now(PING)

    def is_pong(self, data: bytes) -> bool:
        """True for an empty pong and nothing else. Any data shows that the client is there."""
        self.waiting = False
        if len(data) != PONG_SIZE or not data.startswith(PONG):
            return False
        return bool(self.state == self.STATE_OPEN and not self.data and self.current_frame is None)

    def write_now(self, data: bytes) -> None:
        """Send at once where nothing waits before it: by way of the loop it would cost twice as much."""
        connection: Any = self.transport
        sent = 0
        if not (connection.dataBuffer or connection._tempDataBuffer):
            sent = connection.writeSomeData(data)
            if sent == len(data):
                return
            if not isinstance(sent, int) or sent < 0:  # it is lost, which the connection notices for itself
                sent = 0
        connection.write(data[sent:])
