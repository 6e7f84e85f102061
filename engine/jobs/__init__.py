"""Periodic jobs: every file of this folder with a generator `run` is one, with a `PURPOSE` and a period `EVERY`.

`run` does a batch, yields how many rows that were, and goes on when it is asked again; never within a transaction.
Jobs are a kind of work: whoever claims a job's row has the job, one process at a time. When that process dies, another
one starts the job anew, so a job may be repeated at any place.
"""

import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import import_module
from typing import Any

from engine.models import Job
from hubster.lib import clock


@dataclass(frozen=True)
class Periodic:
    """A job: its file's name, how often it runs, and its work in batches."""

    name: str
    every: timedelta
    run: Callable[[], Iterator[int]]
    purpose: Any = ""  # a sentence for people; translated when it is shown


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


def do_add_missing() -> None:
    """Give every job a row: a new one is due at once, and so is one that was gone for a while."""
    known = dict(Job.objects.values_list("name", "due"))
    now = clock.now()
    missing = [Job(name=name, due=now) for name in all_jobs() if name not in known]
    if missing:
        Job.objects.bulk_create(missing, ignore_conflicts=True)
    back = [name for name in all_jobs() if name in known and known[name] is None]
    if back:
        Job.objects.filter(pk__in=back, due=None).update(due=now)
