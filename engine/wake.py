"""Hints that something is to be done. A lost hint costs seconds (the sweeper finds the row), never a message."""

import logging
import threading
from collections.abc import Callable
from multiprocessing.sharedctypes import RawValue
from typing import Literal

from celery import current_app
from django.conf import settings
from django.db import transaction

from hubster.lib import clock

log = logging.getLogger("engine.wake")
ending = threading.Event()  # set when this process is to end: long work stops at its next safe place
taken = RawValue("d", 0.0)  # when this process, or a child of its pool, last took work: seconds since the epoch
# The tasks of tasks.py by name: what wakes need not import what works.
Work = Literal["run_pipeline", "deliver", "deliver_patiently"]
Submit = Callable[[Work, tuple[str, ...]], None]
_embedded: list[Submit] = []


def took() -> None:
    """A row was taken to be worked on; see watchdog.py."""
    taken.value = clock.now().timestamp()


def use_embedded(submit: Submit | None) -> None:
    """Send hints to workers of this process (None: no longer)."""
    _embedded[:] = [submit] if submit else []


def hint(work: Work, *args: str) -> None:
    """Wake a worker now; the arguments are ids as text."""
    try:
        if _embedded:
            _embedded[0](work, args)
        elif not settings.EMBEDDED:
            current_app.send_task(f"engine.tasks.{work}", args, retry=False, ignore_result=True)
    except Exception as fault:
        log.warning("hint lost", extra={"work": work, "fault": type(fault).__name__})


def after_commit(work: Work, *args: str) -> None:
    """Wake a worker once the present transaction is committed."""
    transaction.on_commit(lambda: hint(work, *args), robust=True)
