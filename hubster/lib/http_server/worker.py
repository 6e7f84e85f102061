"""HTTP under gunicorn: its master opens the port, starts our worker, replaces one that dies, and passes signals on."""

import gc
import os
from collections.abc import Callable
from typing import Any

from django.core.servers.basehttp import get_internal_wsgi_application
from django.db import connections
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker

from hubster.lib.http_server.server import PATIENCE, HttpServer
from hubster.lib.open_files import BACKLOG, raise_open_files

YOUNG = 20_000  # new objects after which Python looks for cycles among them
HANGS = 60  # seconds without a sign of the loop after which a worker is killed and replaced


class ThreadsWorker(Worker):  # type: ignore[misc]
    """A worker that is our loop with its threads."""

    def run(self) -> None:
        """Serve until told to end."""
        gc.freeze()  # what was imported stays: collecting then takes milliseconds
        gc.set_threshold(YOUNG)  # a request makes thousands of objects, and nearly all end with it
        HttpServer(self.sockets, self.wsgi).run(self._goes_on)

    def _goes_on(self) -> bool:
        self.notify()
        return bool(self.alive and self.ppid == os.getppid())


class QuietLogger(Logger):  # type: ignore[misc]
    """Gunicorn's own words in our log: warnings and worse."""

    def setup(self, cfg: Any) -> None:
        """Leave handlers and format to the settings."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class ThreadsApplication(BaseApplication):  # type: ignore[misc]
    """Our application and how gunicorn is to run it."""

    def __init__(self, address: str, ready: Callable[[], None]) -> None:
        self._wanted = {
            "bind": address, "backlog": BACKLOG, "workers": 1, "worker_class": ThreadsWorker, "timeout": HANGS,
            "graceful_timeout": int(PATIENCE) + 5, "loglevel": "warning", "logger_class": QuietLogger,
            "control_socket_disable": True, "when_ready": lambda _: ready(),
        }  # fmt: skip
        super().__init__()

    def load_config(self) -> None:
        """Every setting is ours; gunicorn's environment variable and files are not read."""
        for name, value in self._wanted.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Asked for in the worker."""
        return get_internal_wsgi_application()


def serve_http(host: str, port: int, ready: Callable[[], None]) -> None:
    """Serve HTTP until SIGINT or SIGTERM; `ready` is called when the port is open."""
    raise_open_files()
    connections.close_all()  # what a check has opened is not for the child
    for connection in connections.all(initialized_only=True):
        if hasattr(connection, "close_pool"):
            connection.close_pool()
    ThreadsApplication(f"[{host}]:{port}" if ":" in host else f"{host}:{port}", ready).run()
