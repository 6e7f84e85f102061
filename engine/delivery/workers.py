"""Workers as threads of one process, for the embedded default: the same actions that Celery tasks call.

Two groups, so that endpoints which hang never delay the pipeline, and a sweeper that also runs inside every
Celery worker.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import close_old_connections, connection

from engine import tasks, wake
from engine.delivery.sweep import do_sweep

log = logging.getLogger("engine.workers")
_Job = tuple[Callable[..., None], tuple[Any, ...]] | None
PIPELINE_THREADS = 2


class _Group:
    """Threads that work off one queue. A job that already waits is not queued again, so the queue stays short."""

    def __init__(self, name: str, threads: int) -> None:
        self.queue: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self.stopping = threading.Event()
        self.waiting: set[_Job] = set()
        self.lock = threading.Lock()
        self.threads = [
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True) for number in range(threads)
        ]
        for thread in self.threads:
            thread.start()

    def put(self, job: _Job) -> None:
        """Queue a job."""
        with self.lock:
            if job in self.waiting:
                return
            self.waiting.add(job)
        self.queue.put(job)

    def _work(self) -> None:
        while (job := self.queue.get()) is not None and not self.stopping.is_set():
            with self.lock:
                self.waiting.discard(job)  # before it runs: what comes up meanwhile needs another run
            function, args = job
            try:
                function(*args)
            except Exception:
                log.exception("work failed")
                close_old_connections()
        connection.close()

    def stop(self) -> None:
        """Let every thread finish its present job, then end; what is still queued is found by the next sweeper."""
        self.stopping.set()
        for _ in self.threads:
            self.queue.put(None)


class Sweeper(threading.Thread):
    """Calls the sweep every few seconds until stopped."""

    def __init__(self) -> None:
        super().__init__(name="sweeper", daemon=True)
        self.stopping = threading.Event()

    def run(self) -> None:
        """The loop; a fault (a database that is away) is logged and tried again."""
        while not self.stopping.wait(settings.HUBSTER_SWEEP_EVERY):
            try:
                do_sweep()
            except Exception as fault:
                log.warning("sweep failed", extra={"fault": type(fault).__name__})
                close_old_connections()
        connection.close()


class EmbeddedWorkers:
    """All workers of one process. `stop` waits at most `patience` seconds; what is unfinished is in the database."""

    def __init__(self) -> None:
        self.pipeline = _Group("pipeline", PIPELINE_THREADS)
        self.delivery = _Group("delivery", settings.HUBSTER_WORKERS)
        self.sweeper = Sweeper()
        wake.ending.clear()
        wake.use_embedded(self.submit)
        self.sweeper.start()

    def submit(self, work: wake.Work, args: tuple[str, ...]) -> None:
        """Queue a task's function."""
        group = self.pipeline if work == "run_pipeline" else self.delivery
        group.put((getattr(tasks, work).run, args))

    def stop(self, patience: float = 5.0) -> None:
        """End the threads."""
        wake.use_embedded(None)
        wake.ending.set()
        self.sweeper.stopping.set()
        self.pipeline.stop()
        self.delivery.stop()
        end = time.monotonic() + patience
        for thread in (self.sweeper, *self.pipeline.threads, *self.delivery.threads):
            thread.join(max(0.0, end - time.monotonic()))
