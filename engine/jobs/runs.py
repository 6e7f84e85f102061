"""Runs of jobs, in threads of their own: they use the database, and no other work waits for them."""

import asyncio
import logging
import os
import platform
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import BoundedSemaphore, Thread

from django.db import transaction
from django.utils.translation import gettext as _

from engine import jobs
from engine.models import Job
from engine.work import Item, lock, wake
from hubster.lib import clock
from hubster.lib.pool import release_connection

log = logging.getLogger("engine.jobs")
_places = BoundedSemaphore(2)  # jobs that run at once


class Run(Item):
    """A run of a job that this process holds."""

    def __init__(self, job: jobs.Periodic, token: uuid.UUID) -> None:
        self.job, self.token = job, token
        self.handled = 0
        self.is_over = False
        self.error = ""

    @property
    def key(self) -> str:
        return self.job.name

    async def work(self) -> None:
        """Run it in a thread; it is held while it waits for its place. A process that ends waits for no such thread."""
        loop, over = asyncio.get_running_loop(), asyncio.Event()

        def run() -> None:
            with _places:
                self._do_in_thread()
            with suppress(RuntimeError):  # the event loop has ended
                loop.call_soon_threadsafe(over.set)

        Thread(target=run, name="job", daemon=True).start()
        await over.wait()

    def _do_in_thread(self) -> None:
        try:
            self.do()
        finally:
            release_connection()

    def do(self) -> None:
        """Batch after batch, until it is over, has failed, or the process is to end."""
        try:
            batches = self.job.run()
            while not self.is_over and not wake.shutting_down.is_set():
                batch = next(batches, None)
                self.handled, self.is_over = self.handled + (batch or 0), batch is None
        except Exception as fault:
            log.exception("job failed", extra={"job": self.key})
            self.error = _("%(fault)s. The worker's log has the details.") % {"fault": type(fault).__name__}


def load(held: Mapping[str, uuid.UUID]) -> list[Run]:
    """Runs of the jobs that are held. The row of a job that is no more is not due again."""
    known = jobs.all_jobs()
    gone = [name for name in held if name not in known]
    if gone:
        Job.objects.filter(pk__in=gone).update(due=None, lease_token=None, lease_until=None)
    mine = {name: token for name, token in held.items() if name in known}
    for name, token in mine.items():
        Job.objects.filter(pk=name, lease_token=token).update(started=clock.now(), holder=this_process())
    return [Run(known[name], token) for name, token in mine.items()]


@transaction.atomic
def commit(done: Sequence[Run]) -> None:
    """Record how the runs went, where the jobs are still ours. A run that was broken off is due at once."""
    rows = lock(Job, {run.key: run.token for run in done})
    now = clock.now()
    for run in (run for run in done if run.key in rows):
        row = rows[run.key]
        row.lease_token = row.lease_until = None
        row.holder, row.handled = "", run.handled
        row.due = now + run.job.every if run.is_over or run.error else now
        if run.error:
            row.failed, row.error = now, run.error
        elif run.is_over:
            row.ended, row.error = now, ""
        row.save()


def this_process() -> str:
    """The name of this process in a job's row."""
    return f"{platform.node()[:60]}, process {os.getpid()}"
