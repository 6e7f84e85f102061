"""Ends a worker that has stopped working without a word, so that its supervisor starts another one.

Workers have been seen to sit still after Redis came back: alive, connected, and deaf. Whoever sweeps sees rows that
nobody takes though they could; when this process has taken none for as long, it is one of those that do not listen.
"""

import logging
import os
import signal
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from engine.work import all_kinds, free, wake
from hubster.lib import clock

log = logging.getLogger("engine.work.watchdog")
STALLED = timedelta(seconds=30)
PATIENCE = 60.0  # seconds for an orderly end; a process that hangs may not manage one
EXIT_CODE = 75  # sysexits.h: a temporary failure
_ending = threading.Event()


def end_process() -> None:
    """SIGTERM to this process; `exit_if_ending` gives it its exit code, a timer sees to it that it ends at all."""
    _ending.set()
    timer = threading.Timer(PATIENCE, os._exit, (EXIT_CODE,))
    timer.daemon = True
    timer.start()
    os.kill(os.getpid(), signal.SIGTERM)


def exit_if_ending() -> None:
    """At the end of an orderly shutdown: tell the supervisor that it was no orderly one."""
    if _ending.is_set():
        logging.shutdown()
        os._exit(EXIT_CODE)


class Watchdog:
    """Looks after every sweep. `end` is what ends the process."""

    def __init__(self, end: Callable[[], None] = end_process) -> None:
        self.end = end
        self.since: datetime | None = None  # from when on every look has found rows that nobody takes
        self.looked = clock.now()

    def look(self) -> None:
        """End the process when it has taken nothing for 30 seconds in which there was something to take."""
        now = clock.now()
        away, self.looked = now - self.looked >= STALLED, now  # this process, or the database
        if not _is_overdue(now):
            self.since = None
            return
        if self.since is None or away:
            self.since = now
        taken = datetime.fromtimestamp(wake.heartbeat.value, now.tzinfo)
        if now - max(self.since, taken) >= STALLED:
            text = "this worker takes no work, though there is some: it ends"
            log.error(text, extra={"since": clock.iso(self.since)})
            self.end()


def _is_overdue(now: datetime) -> bool:
    """True if something could have been taken for 30 seconds already."""
    long_ago = now - STALLED
    rows = (kind.model._default_manager.filter(free(), due__lte=long_ago) for kind in all_kinds().values())
    return any(old.exists() and _any_free(old) for old in rows)


def _any_free(rows: QuerySet[Any]) -> bool:
    """True if one of the rows is not locked: what a worker holds, also one that is frozen, nobody else can take.

    The lock that shows it is given back at once. A worker that comes in that instant passes the row over, and the
    next sweep wakes it again.
    """
    with transaction.atomic():
        locked = rows.select_for_update(skip_locked=True, of=("self",))
        return bool(locked.values_list("pk", flat=True)[:1])
