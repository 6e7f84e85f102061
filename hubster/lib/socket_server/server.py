"""One process that serves WebSockets. SIGTERM and SIGINT end it in order: clients are told, and resume elsewhere."""

import asyncio
import gc
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from channels.routing import get_default_application
from django.conf import settings

from hubster.lib.open_files import BACKLOG, raise_open_files
from hubster.lib.socket_server.door import Door, sockets_only
from hubster.lib.socket_server.socket import LimitedSocket
from hubster.lib.websocket_rules import LARGEST, LOOK_EVERY

PATIENCE = 20  # seconds that requests under way are given


class SocketServer(uvicorn.Server):
    """uvicorn that says when it is ready, looks after its sockets, and ends with the exit code 0."""

    ready: Callable[[], None]

    async def startup(self, sockets: Any = None) -> None:
        """Open the port."""
        await super().startup(sockets)
        gc.freeze()  # what was imported stays: collecting then takes milliseconds
        self._look()
        self.ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """From now on SIGTERM and SIGINT begin the end; a second one cuts it short."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._begin_to_end)
        yield

    def _begin_to_end(self) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True

    def _look(self) -> None:
        now = time.monotonic()
        for connection in list(self.server_state.connections):
            if isinstance(connection, LimitedSocket):
                connection.check(now)
        asyncio.get_running_loop().call_later(LOOK_EVERY, self._look)


def serve_sockets(host: str, port: int, ready: Callable[[], None]) -> None:
    """Serve WebSockets until SIGINT or SIGTERM; `ready` is called when the port is open."""
    raise_open_files()
    server = SocketServer(uvicorn.Config(
        sockets_only(get_default_application()), host=host, port=port, loop="asyncio", http=Door, ws=LimitedSocket,
        ws_max_size=LARGEST, ws_ping_interval=None, ws_per_message_deflate=False, lifespan="off", log_config=None,
        access_log=False, proxy_headers=False, server_header=False, backlog=BACKLOG,
        timeout_keep_alive=int(settings.HUBSTER_KEEP_ALIVE), timeout_graceful_shutdown=PATIENCE,
    ))  # fmt: skip
    server.ready = ready
    server.run()
