"""Hints that something is to be done. A lost hint costs seconds (the sweeper finds the row), never a message."""

import logging
import threading
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import transaction

log = logging.getLogger("engine.wake")
ending = threading.Event()  # set when this process is to end: long work stops at its next safe place
_embedded: list[Callable[[Any, tuple[Any, ...]], None]] = []


def use_embedded(submit: Callable[[Any, tuple[Any, ...]], None] | None) -> None:
    """Send hints to workers of this process (None: no longer)."""
    _embedded[:] = [submit] if submit else []


def hint(task: Any, *args: str) -> None:
    """Wake a worker now. `task` is a Celery task; its arguments are ids as text."""
    try:
        if _embedded:
            _embedded[0](task, args)
        elif not settings.EMBEDDED:
            task.apply_async(args, retry=False, ignore_result=True)
    except Exception as fault:
        log.warning("hint lost", extra={"task": task.name, "fault": type(fault).__name__})


def after_commit(task: Any, *args: str) -> None:
    """Wake a worker once the present transaction is committed."""
    transaction.on_commit(lambda: hint(task, *args), robust=True)
