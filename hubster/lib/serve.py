"""One web process: Daphne, with the embedded workers beside it when no Redis is configured.

SIGTERM and SIGINT end it in order: no new connections, requests that are under way get their answers, then the rest.
"""

import asyncio
import gc
import logging
import signal
import time
from collections.abc import Callable
from typing import Any

import daphne.server
from daphne.server import Server
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure

from hubster.lib.body_limits import held, trim_memory
from hubster.lib.connections import LimitedFactory
from hubster.lib.open_files import BACKLOG, raise_open_files
from hubster.lib.websocket_limits import LimitedSocketFactory
from hubster.lib.websocket_rules import LARGEST, LONGEST, LOOK_EVERY

log = logging.getLogger("hubster.serve")
PATIENCE = 20.0  # seconds that requests under way are given
QUIET = 0.2  # seconds without a request after which none is on its way over an open connection
_LOOK = 0.05
TRIM_EVERY = 2.0  # seconds


class EndingServer(Server):  # type: ignore[misc]
    """Daphne that lets its requests finish when it is told to end."""

    ending = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ports: list[Any] = []

    def listen_success(self, port: Any) -> None:
        """Remember what listens, to be able to stop it."""
        self.ports.append(port)
        super().listen_success(port)

    def watch_signals(self) -> None:
        """From now on SIGTERM and SIGINT begin the end; a second one cuts it short."""
        loop = asyncio.get_event_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.begin_to_end)

    def watch_memory(self) -> None:
        """From now on give memory back after many bodies."""
        loop = asyncio.get_event_loop()
        if held.trim_is_due():
            loop.run_in_executor(None, trim_memory)
        loop.call_later(TRIM_EVERY, self.watch_memory)

    def begin_to_end(self) -> None:
        """Close the door; `stop` follows once the last request has its answer."""
        if self.ending:
            self.stop()
            return
        self.ending = True
        for port in self.ports:
            # Takes all who have knocked: what waits in the queue of a closed door is thrown away. Left to itself the
            # port takes as many as came the last time, which is one.
            port.numberAccepts = BACKLOG
            port.doRead()
            port.stopReading()
            port.connectionLost(Failure(ConnectionDone()))  # type: ignore[no-untyped-call]
        self._look_again(PATIENCE, QUIET)

    def _look_again(self, patience: float, quiet: float) -> None:
        if patience <= 0 or quiet <= 0:
            self.stop()
            return
        busy = any(_under_way(protocol, details) for protocol, details in self.connections.items())
        left = QUIET if busy else quiet - _LOOK
        asyncio.get_event_loop().call_later(_LOOK, self._look_again, patience - _LOOK, left)

    def timeout_checker(self) -> None:
        """Look at each connection, less often than Daphne does: no time-out is that short."""
        for protocol in list(self.connections):
            protocol.check_timeouts()
        daphne.server.reactor.callLater(LOOK_EVERY, self.timeout_checker)

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """Say whether the server ends, pass the body on as the file that it is, and a way to send what many get."""
        scope.setdefault("state", {}).update(
            ending=lambda: self.ending,
            body=getattr(protocol, "body", None),
            refusal=getattr(protocol, "refusal", None),
            push=getattr(protocol, "push", None),
        )
        return super().create_application(protocol, scope)


def _under_way(protocol: Any, details: dict[str, Any]) -> bool:
    """True if it is an HTTP request without its answer; sockets resume elsewhere."""
    if isinstance(protocol, WebSocketProtocol) or "disconnected" in details:
        return False
    instance = details.get("application_instance")
    return instance is not None and not instance.done()


def closing(application: Any) -> Any:
    """An ASGI application whose answers end their connection while the server ends."""

    async def wrapped(scope: dict[str, Any], receive: Any, send: Any) -> None:
        ending = scope.get("state", {}).get("ending")

        async def send_closing(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start" and ending and ending():
                message = {**message, "headers": [*message.get("headers", []), (b"Connection", b"close")]}
            await send(message)

        await application(scope, receive, send_closing if scope["type"] == "http" else send)

    return wrapped


def steady(reactor: Any) -> None:
    """Count by a clock that nobody sets: one that is put back would stop deadlines, and what tidies up, for as long."""
    reactor.seconds = time.monotonic


def serve(host: str, port: int, ready: Callable[[], None], workers: Callable[[], Any] | None) -> None:
    """Serve until SIGINT or SIGTERM. `workers` makes something with `stop()`, ended after the last request."""
    from channels.routing import get_default_application
    from daphne.endpoints import build_endpoint_description_strings

    def announce() -> None:
        server.watch_signals()
        gc.freeze()  # what was imported stays: collecting then takes milliseconds
        server.watch_memory()
        ready()

    raise_open_files()
    steady(daphne.server.reactor)
    daphne.server.HTTPFactory = LimitedFactory
    daphne.server.WebSocketFactory = LimitedSocketFactory
    endpoint = build_endpoint_description_strings(host=host, port=port)[0] + f":backlog={BACKLOG}"
    server = EndingServer(
        application=closing(get_default_application()),
        endpoints=[endpoint],
        signal_handlers=False,
        ready_callable=announce,
        http_timeout=120,
        websocket_timeout=LONGEST,
        websocket_max_message_size=LARGEST,
        websocket_max_frame_size=LARGEST,
        server_name="hubster",
        verbosity=0,
    )
    running = workers() if workers else None
    try:
        server.run()
    finally:
        # Here the reactor has ended and we are in the main thread: stopping threads from inside the reactor
        # is what made shutdowns crash.
        if running:
            running.stop()
