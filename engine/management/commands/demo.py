"""`manage.py demo`: everything in one process, with data to try."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS

from engine.workers import EmbeddedWorkers
from hubster.lib.serve import serve
from portal.demo import do_seed

_TEXT = """
Hubster is running.

  Try it        {base}/            a shop with the chat, and a link to the desk
  Agent desk    {base}/admin/desk/ log in as agent / agent
  Admin         {base}/admin/      owner / owner, manager / manager, or admin / admin (operator)
  API           portal: client hubster.portal.api.{tenant}  secret demo-portal-secret
                engine: client hubster.engine.api.{tenant}  secret demo-engine-secret

Data is kept in {data}. Stop with Ctrl-C.
"""


class Command(BaseCommand):
    """Migrates, seeds what is missing, serves. A second start keeps the data."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuses in production."""
        if settings.PRODUCTION:
            raise CommandError("The demo has well-known passwords; unset HUBSTER_ENV=production to run it.")
        self.check(databases=[DEFAULT_DB_ALIAS])
        call_command("migrate", verbosity=0)
        do_seed()
        serve("127.0.0.1", settings.PORT, self.announce, EmbeddedWorkers if settings.EMBEDDED else None)

    def announce(self) -> None:
        """Where to go and how to log in."""
        tenant = "1".rjust(32, "0")
        self.stdout.write(_TEXT.format(base=settings.PUBLIC_URL, tenant=tenant, data=settings.DATA_DIR))
        self.stdout.flush()
