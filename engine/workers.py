"""The workers of a process: the loops of all kinds of work, and the sweeper. A Celery worker hosts them too."""

import logging
import threading
import time

from django.conf import settings
from django.db import close_old_connections, connection

from engine.jobs import do_add_missing
from engine.jobs.mail import do_tell_owners
from engine.work import Loops, all_kinds, release_all, wake
from engine.work.watchdog import Watchdog

log = logging.getLogger("engine.workers")


def do_sweep() -> None:
    """Write letters to account holders; see that every periodic job has a row, so that it is run."""
    do_tell_owners()
    do_add_missing()


class Sweeper(threading.Thread):
    """Calls the sweep every few seconds until stopped; the watchdog, if there is one, looks after each."""

    def __init__(self, watchdog: Watchdog | None = None) -> None:
        super().__init__(name="sweeper", daemon=True)
        self.watchdog = watchdog
        self.stopping = threading.Event()

    def run(self) -> None:
        """The loop; a fault (a database that is away) is logged and tried again."""
        while not self.stopping.wait(settings.HUBSTER_SWEEP_EVERY):
            try:
                do_sweep()
                if self.watchdog:
                    self.watchdog.look()
            except Exception as fault:
                log.warning("sweep failed", extra={"fault": type(fault).__name__})
                close_old_connections()
        connection.close()


class EmbeddedWorkers:
    """All workers of one process. `stop` waits at most `patience` seconds; what is unfinished is in the database."""

    def __init__(self) -> None:
        for kind in all_kinds().values():
            release_all(kind.model)
        self.loops = Loops(list(all_kinds().values()))
        self.sweeper = Sweeper()
        wake.shutting_down.clear()
        wake.use_embedded(self.loops.wake)
        self.sweeper.start()

    def stop(self, patience: float = 5.0) -> None:
        """End the threads."""
        wake.use_embedded(None)
        wake.shutting_down.set()
        self.sweeper.stopping.set()
        end = time.monotonic() + patience
        for thread in (thread for thread in (self.sweeper, self.loops.stop()) if thread.is_alive()):
            thread.join(max(0.0, end - time.monotonic()))
