"""`manage.py serve`: one web process."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS

from engine.workers import EmbeddedWorkers


class Command(BaseCommand):
    """Serves HTTP and sockets; without Redis it also runs the workers, as threads. With an option, one of both."""

    help = __doc__ or ""
    requires_system_checks = []  # `handle` runs them, those of the database included

    def add_arguments(self, parser: CommandParser) -> None:
        """`--host` is for containers and machines behind a proxy."""
        parser.add_argument("--host", default="127.0.0.1")
        only = parser.add_mutually_exclusive_group()
        only.add_argument("--http", action="store_true", help="HTTP only, by gunicorn with threads")
        only.add_argument("--sockets", action="store_true", help="WebSockets only, by uvicorn")

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until stopped, unless a check finds that messages could be lost."""
        self.check(databases=[DEFAULT_DB_ALIAS])
        where = options["host"], settings.PORT, self.announce
        if settings.EMBEDDED and (options["http"] or options["sockets"]):
            raise CommandError("Processes of their own for HTTP and for sockets need Redis; set REDIS_URL.")
        # Each server brings a loop, a reactor or a master of its own: only the wanted one is imported.
        if options["http"]:
            from hubster.lib.http_server.worker import serve_http

            serve_http(*where)
        elif options["sockets"]:
            from hubster.lib.socket_server.server import serve_sockets

            serve_sockets(*where)
        else:
            from hubster.lib.serve import serve

            serve(*where, EmbeddedWorkers if settings.EMBEDDED else None)

    def announce(self) -> None:
        self.stdout.write(f"Serving on port {settings.PORT}.")
        self.stdout.flush()
