"""`manage.py serve`: one web process."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DEFAULT_DB_ALIAS

from engine.delivery.workers import EmbeddedWorkers
from hubster.lib.serve import serve


class Command(BaseCommand):
    """Serves HTTP and sockets; without Redis it also runs the workers, as threads."""

    help = __doc__ or ""
    requires_system_checks = []  # `handle` runs them, those of the database included

    def add_arguments(self, parser: CommandParser) -> None:
        """`--host` is for containers and machines behind a proxy."""
        parser.add_argument("--host", default="127.0.0.1")

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until stopped, unless a check finds that messages could be lost."""
        self.check(databases=[DEFAULT_DB_ALIAS])
        serve(options["host"], settings.PORT, self.announce, EmbeddedWorkers if settings.EMBEDDED else None)

    def announce(self) -> None:
        self.stdout.write(f"Serving on port {settings.PORT}.")
        self.stdout.flush()
