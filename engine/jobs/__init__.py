"""Periodic jobs: every file of this folder with a generator `run` is one, with a `PURPOSE` and a period `EVERY`.

`run` does a batch, yields how many rows that were, and goes on when it is asked again; never within a transaction.
So a long job takes a little of every sweep and holds up nobody. Its row in the database is the lock: whoever moves
`next_run` on has the job for a minute, and renews that while it goes on. When its process dies, another one starts
the job anew, so a job may be repeated at any place.
"""

import logging
import os
import pkgutil
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import import_module
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from engine.models import Job
from engine.work import wake
from hubster.lib import clock

log = logging.getLogger("engine.jobs")
LEASE = timedelta(minutes=1)
SHARE = 1.0  # seconds that one sweep gives to all jobs together


@dataclass(frozen=True)
class Periodic:
    """A job: its file's name, how often it runs, and its work in batches."""

    name: str
    every: timedelta
    run: Callable[[], Iterator[int]]
    purpose: Any = ""  # a sentence for people; translated when it is shown


@dataclass(frozen=True)
class _Run:
    """A run of this process that is not over."""

    batches: Iterator[int]
    lease: datetime  # `next_run` as we wrote it: another value says that somebody else took over


_under_way: dict[str, _Run] = {}


@cache
def all_jobs() -> dict[str, Periodic]:
    """Every job by name."""
    names = [module.name for module in pkgutil.iter_modules(__path__)]
    found = {name: import_module(f"{__name__}.{name}") for name in names}
    return {
        name: Periodic(name, module.EVERY, module.run, module.PURPOSE)
        for name, module in found.items()
        if hasattr(module, "run")
    }


def this_process() -> str:
    """The name of this process in a job's row."""
    return f"{platform.node()[:60]}, process {os.getpid()}"


def do_run_jobs() -> int:
    """A share of what is due; the number of rows handled. For the sweeper, after everything that is urgent."""
    due = _due(clock.now())
    return sum(_do_share(job, row, SHARE / len(due)) for job, row in due if not wake.shutting_down.is_set())


def _due(now: datetime) -> list[tuple[Periodic, Job]]:
    """Jobs whose time has come, and those that this process is in the middle of."""
    jobs, rows = all_jobs(), {row.name: row for row in Job.objects.all()}
    missing = [Job(name=name, next_run=now) for name in jobs if name not in rows]
    if missing:
        Job.objects.bulk_create(missing, ignore_conflicts=True)
        rows.update((row.name, row) for row in missing)
    return [(job, rows[name]) for name, job in jobs.items() if name in _under_way or rows[name].next_run <= now]


def _do_share(job: Periodic, row: Job, seconds: float) -> int:
    """Work on one job for a while, unless somebody else has it; the number of rows handled."""
    run = _do_take(job, row)
    if run is None:
        return 0
    handled, over, error = 0, False, ""
    ends = time.monotonic() + seconds
    try:
        while not over and time.monotonic() < ends and not wake.shutting_down.is_set():
            batch = next(run.batches, None)
            handled, over = handled + (batch or 0), batch is None
    except Exception as fault:
        log.exception("job failed", extra={"job": job.name})
        error = _("%(fault)s. The worker's log has the details.") % {"fault": type(fault).__name__}
    _do_put_down(job, run, handled, over, error)
    return handled


def _do_take(job: Periodic, row: Job) -> _Run | None:
    """Take the job or go on with it: of all processes that try, one succeeds."""
    mine = _under_way.pop(job.name, None)
    if mine and mine.lease != row.next_run:
        return None  # this process was away for longer than its lease
    now = clock.now()
    run = _Run(mine.batches if mine else job.run(), now + LEASE)
    begun: dict[str, Any] = {} if mine else {"started": now, "handled": 0}
    held = {"next_run": run.lease, "holder": this_process()}
    taken = Job.objects.filter(pk=job.name, next_run=row.next_run).update(**held, **begun)
    return run if taken else None


def _do_put_down(job: Periodic, run: _Run, handled: int, over: bool, error: str) -> None:
    """Record what was done. What is not over goes on at the next sweep; when this process ends, in another one."""
    now = clock.now()
    changes: dict[str, Any] = {"handled": F("handled") + handled, "holder": ""}
    if error:
        changes |= {"next_run": now + job.every, "failed": now, "error": error}
    elif over:
        changes |= {"next_run": now + job.every, "ended": now, "error": ""}
    elif wake.shutting_down.is_set():
        changes |= {"next_run": now}
    else:
        _under_way[job.name] = run
        del changes["holder"]
    Job.objects.filter(pk=job.name, next_run=run.lease).update(**changes)
