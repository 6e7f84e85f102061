"""Ends a worker that has stopped working without a word, so that its supervisor starts another one.

Workers have been seen to sit still after Redis came back: alive, connected, and deaf. Whoever sweeps sees rows that
nobody takes; when this process has taken none for as long, it is one of those that do not listen.
"""

import logging
import os
import signal
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import Q

from engine import wake
from engine.backlog import waiting_activities
from engine.delivery.claim import idle_lanes
from hubster.lib import clock

log = logging.getLogger("engine.watchdog")
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
        self.since: datetime | None = None  # from when on every look has found rows that nobody took
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
        taken = datetime.fromtimestamp(wake.taken.value, now.tzinfo)
        if now - max(self.since, taken) >= STALLED:
            text = "this worker takes no work, though there is some: it ends"
            log.error(text, extra={"since": clock.iso(self.since)})
            self.end()


def _is_overdue(now: datetime) -> bool:
    """Whether something could have been taken for 30 seconds already."""
    long_ago = now - STALLED
    old = Q(due__isnull=True, modified__lte=long_ago) | Q(due__lte=long_ago)
    return waiting_activities().filter(old).exists() or idle_lanes().filter(due__lte=long_ago).exists()
