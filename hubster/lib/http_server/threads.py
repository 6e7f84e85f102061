"""The threads that answer requests: a few, and more while all of them wait for something else."""

import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from hubster.lib.pool import keep_connection

log = logging.getLogger("hubster.serve")
FEWEST, MOST = 8, 64  # more than the processor can use: most wait for the database, some for a slow endpoint
MORE = 8  # threads that are added at once


class Threads:
    """Calls what it is given in its threads, first come, first served."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[tuple[Callable[..., None], Any]] = SimpleQueue()
        self._begun = 0  # jobs; written by several threads, and nobody minds a lost count
        self._seen = -1
        self.count = 0
        self._add(FEWEST)

    def put(self, work: Callable[..., None], about: Any) -> None:
        """Do this as soon as a thread is free."""
        self._jobs.put((work, about))

    def look(self) -> None:
        """Called now and then: where jobs wait and none was begun since the last time, there are too few threads."""
        stuck = self._begun == self._seen and not self._jobs.empty()
        self._seen = self._begun
        if stuck and self.count < MOST:
            self._add(min(MORE, MOST - self.count))

    def _add(self, number: int) -> None:
        for _ in range(number):
            threading.Thread(target=self._work, args=[self.count < FEWEST], name="request", daemon=True).start()
            self.count += 1

    def _work(self, keeps: bool) -> None:
        if keeps:  # those that come later share what the pool has left
            keep_connection()
        while True:
            work, about = self._jobs.get()
            self._begun += 1
            try:
                work(about)
            except Exception:
                log.exception("a request failed")
            del work, about  # nothing of it is kept while this thread waits
