"""A WebSocket on uvicorn, with the limits and pings that Daphne's have; see hubster/lib/websocket_limits.py."""

import time
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode

from hubster.lib.shared_text import SharedText
from hubster.lib.websocket_rules import ANSWER, EVERY, LONGEST, MOST, PERIOD, PING, TOO_MUCH, UNOPENED

FULL = 65_536  # bytes that wait for a client above which nothing more is sent to it
FAREWELL = 1.0  # seconds that a client is given to take what it was sent when the process ends


class LimitedSocket(WebSocketsSansIOProtocol):
    """Closed when its client sends more frames than one may, or shows no sign of life.

    The three odd names at its end are those of Twisted's IPushProducer, which Daphne's connections have.
    """

    def __init__(self, config: Any, server_state: Any, app_state: dict[str, Any], _loop: Any = None) -> None:
        super().__init__(config, server_state, {**app_state, "push": self.push}, _loop)
        self.began = self.pinged = time.monotonic()
        self.waiting = False  # nothing has come back since the last ping
        self.counted_from, self.counted, self.unopened = float("-inf"), 0, 0
        self.held = False  # nothing is read, as the client does not read either
        self.producer: Any = None

    def connection_made(self, transport: Any) -> None:
        """Full above 64 KB that the client has not taken, and free at none."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=FULL, low=0)

    def data_received(self, data: bytes) -> None:
        """Read on. One that sends on and on before it has been let in is cut off."""
        self.waiting = False
        if not self.handshake_complete:
            self.unopened += len(data)
            if self.unopened > UNOPENED:
                self.transport.abort()
                return
        super().data_received(data)

    def handle_events(self) -> None:
        """Count each frame; after too many nothing more is handed on."""
        frames = [event for event in self.conn.events if isinstance(event, Frame)]
        if frames and self._is_too_much(len(frames)):
            self.conn.events[:] = [frame for frame in frames if frame.opcode is Opcode.CLOSE]
            self._close_for_too_much()
        super().handle_events()

    def _is_too_much(self, frames: int) -> bool:
        now = time.monotonic()
        if now - self.counted_from > PERIOD:
            self.counted_from, self.counted = now, 0
        self.counted += frames
        return self.counted > MOST

    def _close_for_too_much(self) -> None:
        """Say so, then throw away what comes until the client has read it: a reset connection loses the code."""
        if self.close_sent or self.disconnected:
            return
        self.queue.put_nowait({"type": "websocket.disconnect", "code": TOO_MUCH})
        self.conn.send_close(TOO_MUCH)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.close_timer = self.loop.call_later(self.close_timeout, self.transport.close)
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()

    async def receive(self) -> Any:
        """The next message; a connection that is held stays so."""
        message = await super().receive()
        if self.held:
            self.transport.pause_reading()
        return message

    def check(self, now: float) -> None:
        """Called every few seconds: ping who is silent, give up who does not answer, end what lasts too long."""
        if not self.handshake_complete or self.close_sent or self.transport.is_closing():
            return
        since = now - self.pinged
        if now - self.began > LONGEST or (self.waiting and since > ANSWER):
            self.keepalive_timeout()
        elif since > EVERY:
            self.pinged, self.waiting = now, True
            self.transport.write(PING)

    def push(self, shared: SharedText) -> None:
        """Send what many get."""
        if self.handshake_complete and not self.close_sent and not self.transport.is_closing():
            self.transport.write(shared.frame)

    def shutdown(self) -> None:
        """Say goodbye; who takes nothing is not waited for."""
        super().shutdown()
        self.loop.call_later(FAREWELL, self.transport.abort)

    def pause_writing(self) -> None:
        """It is full."""
        super().pause_writing()
        if self.producer:
            self.producer.pauseProducing()

    def resume_writing(self) -> None:
        """It is empty again."""
        super().resume_writing()
        if self.producer:
            self.producer.resumeProducing()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is closed."""
        super().connection_lost(exc)
        if self.producer:
            self.producer.stopProducing()

    @property
    def reading(self) -> "LimitedSocket":
        """The other direction."""
        return self

    def registerProducer(self, producer: Any, streaming: bool) -> None:  # noqa: N802, ARG002
        """Tell somebody from now on."""
        self.producer = producer

    def unregisterProducer(self) -> None:  # noqa: N802
        """Tell nobody."""
        self.producer = None

    def pauseProducing(self) -> None:  # noqa: N802
        """Read no more."""
        self.held = True
        self.transport.pause_reading()

    def resumeProducing(self) -> None:  # noqa: N802
        """Read on, unless a message waits for the application."""
        self.held = False
        if not self.read_paused:
            self.transport.resume_reading()
