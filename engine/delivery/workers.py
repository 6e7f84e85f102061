"""Workers as threads: all of them in the embedded default, the senders and the sweeper in every Celery worker too.

Groups are apart, so that what hangs delays only its like: the pipeline, the senders, the slow-endpoint workers,
and the callers of commands. Of those that call out, one tenant has half at most while
others wait.
"""

import logging
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.db import close_old_connections, connection

from engine import wake
from engine.commands.call import do_call
from engine.delivery.fair_queue import FairQueue, QueueItem
from engine.delivery.send import do_deliver
from engine.delivery.sweep import do_sweep
from engine.watchdog import Watchdog
from engine.work import Loops, all_kinds, release_all
from hubster.lib.pool import release_connection

log = logging.getLogger("engine.workers")
CALLS = 3  # calls of one command that a process makes at once


def shares_of(threads: int) -> tuple[int, int]:
    """The threads of a pool that one tenant may have (while others wait, while nobody else does).

    All of its endpoints may hang. An eighth is kept for whoever comes next, who must not wait for the end of a call.
    """
    share = max(1, threads // 2)
    return share, max(share, threads - max(1, threads // 8))


class _Group:
    """Threads that take turns at one kind of work, started as they are needed."""

    def __init__(self, name: str, most: int, work: Callable[[QueueItem], object], queue: FairQueue) -> None:
        self.name, self.most, self.work, self.queue = name, most, work, queue
        self.lock = threading.Lock()
        self.threads: list[threading.Thread] = []

    def put(self, key: str, tenant: str = "", at: str = "") -> None:
        """Queue an id, and whose it is."""
        if self.queue.put(QueueItem(key, tenant, at)):
            with self.lock:
                waiting, under_way = self.queue.count()
                if waiting > len(self.threads) - under_way and len(self.threads) < self.most:
                    self._start_thread()

    def _start_thread(self) -> None:
        thread = threading.Thread(target=self._run, name=f"{self.name}-{len(self.threads)}", daemon=True)
        self.threads.append(thread)
        thread.start()

    def _run(self) -> None:
        while item := self.queue.take():
            try:
                self.work(item)
            except Exception:
                log.exception("work failed")
                close_old_connections()
            release_connection()
            self.queue.release(item)
        connection.close()

    def stop(self) -> list[threading.Thread]:
        """Let every thread finish its present job, then end; what is still queued is found by the next sweeper."""
        self.queue.end()
        with self.lock:
            return list(self.threads)


class Senders:
    """The threads that deliver. They mostly wait for the network, so there are many."""

    def __init__(self) -> None:
        most = settings.HUBSTER_SENDERS
        share, alone = shares_of(most)
        self.groups = {
            "deliver": _Group("sender", most, _send, FairQueue(share, alone)),
            "deliver_to_slow": _Group("slow-endpoint", most, _send_to_slow, FairQueue(share, alone)),
            "call_command": _Group("caller", most, _call, FairQueue(share, alone, CALLS)),
        }

    def put(self, work: wake.Work, *args: str) -> None:
        """Queue what a wake-up names: an id, its tenant, and of a command's call the command."""
        self.groups[work].put(*args)

    def take(self, work: wake.Work, args: tuple[str, ...]) -> bool:
        """Queue it if a thread is free for it; False: let another process have it."""
        group = self.groups.get(work)
        if group is None or sum(group.queue.count()) >= group.most:
            return False
        group.put(*args)
        return True

    def stop(self) -> list[threading.Thread]:
        """End the threads; those that are still to end."""
        return [thread for group in self.groups.values() for thread in group.stop()]


def _send(item: QueueItem) -> None:
    do_deliver(int(item.key), tenant=item.tenant)


def _send_to_slow(item: QueueItem) -> None:
    do_deliver(int(item.key), slow_endpoints=True, tenant=item.tenant)


def _call(item: QueueItem) -> None:
    do_call(int(item.key))


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
        self.senders = Senders()
        self.sweeper = Sweeper()
        wake.shutting_down.clear()
        wake.use_embedded(self.submit)
        self.sweeper.start()

    def submit(self, work: wake.Work, args: tuple[str, ...]) -> None:
        """Queue what is to be done."""
        if work == "run_pipeline":
            self.loops.wake("pipeline")
        else:
            self.senders.put(work, *args)

    def stop(self, patience: float = 5.0) -> None:
        """End the threads."""
        wake.use_embedded(None)
        wake.shutting_down.set()
        self.sweeper.stopping.set()
        threads = [self.sweeper, self.loops.stop(), *self.senders.stop()]
        _join(threads, patience)


def _join(threads: list[threading.Thread], patience: float) -> None:
    end = time.monotonic() + patience
    for thread in threads:
        if thread.is_alive():
            thread.join(max(0.0, end - time.monotonic()))


_present: list[Senders] = []


def present_senders() -> Senders:
    """The senders of this process, made for its first delivery: a Celery worker's pool may be threads or processes."""
    if not _present:
        _present.append(Senders())
    return _present[0]


def end_senders(patience: float) -> None:
    """End them, at most `patience` seconds for calls under way; a call that is cut off is made again."""
    if _present:
        _join(_present.pop().stop(), patience)
