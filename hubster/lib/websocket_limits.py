"""Limits the frames that a websocket's client may send before the application sees any of them.

The server under us answers pings and joins fragments by itself, and keeps the messages that it has read until the
application takes them, one after another. Counted there, they would have filled the memory before the first of those
that are too many came up.
"""

import time
from typing import Any

from daphne.ws_protocol import WebSocketFactory

from hubster.lib.shared_text import SharedText
from hubster.lib.websocket_pings import PingedSocket
from hubster.lib.websocket_rules import MOST, PERIOD, TOO_MUCH, UNOPENED


class LimitedSocket(PingedSocket):
    """A websocket that is closed when more frames come than one may send."""

    counted_from = float("-inf")
    counted = 0

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Read on. One that sends on and on before it has been let in is cut off."""
        if self.state == self.STATE_CONNECTING and len(self.data) + len(data) > UNOPENED:
            self.transport.abortConnection()
        elif self.is_pong(data):
            self._count()
        else:
            super().dataReceived(data)

    def onFrameBegin(self) -> None:  # noqa: N802
        """Count a frame; after too many nothing more is answered, kept or handed on."""
        super().onFrameBegin()
        self._count()

    def _count(self) -> None:
        now = time.monotonic()
        if now - self.counted_from > PERIOD:
            self.counted_from, self.counted = now, 0
        self.counted += 1
        if self.counted > MOST and self.state == self.STATE_OPEN:
            self.failedByMe = True  # whatever else has been read already is thrown away
            self.sendClose(code=TOO_MUCH)

    def push(self, shared: SharedText) -> None:
        """Send what many get."""
        if self.state == self.STATE_OPEN:
            self.write_now(shared.frame)


class LimitedSocketFactory(WebSocketFactory):  # type: ignore[misc]
    """Makes websockets that are limited."""

    protocol: Any = LimitedSocket
