"""One web process: Daphne, with the embedded workers beside it when no Redis is configured."""

import logging
from collections.abc import Callable
from typing import Any

log = logging.getLogger("hubster.serve")


def serve(host: str, port: int, ready: Callable[[], None], workers: Callable[[], Any] | None) -> None:
    """Serve until SIGINT or SIGTERM. `workers` makes something with `stop()`, ended after the last request."""
    from channels.routing import get_default_application
    from daphne.endpoints import build_endpoint_description_strings
    from daphne.server import Server

    endpoint = build_endpoint_description_strings(host=host, port=port)[0] + ":backlog=1024"
    server = Server(
        application=get_default_application(),
        endpoints=[endpoint],
        signal_handlers=True,
        ready_callable=ready,
        http_timeout=120,
        ping_interval=20,
        ping_timeout=30,
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
