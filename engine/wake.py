"""Wake-ups that something is to be done. A lost wake-up costs seconds (the sweeper finds the row), never a message."""

import logging
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.sharedctypes import RawValue
from typing import Literal

from celery import current_app
from django.conf import settings
from django.db import transaction

from hubster.lib import clock, wakeups

log = logging.getLogger("engine.wake")
shutting_down = threading.Event()  # set when this process is to end: long work stops at its next safe place
heartbeat = RawValue("d", 0.0)  # when this process, or a child of its pool, last took work: seconds since the epoch
# The tasks of tasks.py by name: what wakes need not import what works.
Work = Literal["run_pipeline", "deliver", "deliver_to_slow", "call_command"]
Submit = Callable[[Work, tuple[str, ...]], None]
Take = Callable[[Work, tuple[str, ...]], bool]
_embedded: list[Submit] = []
_own_hands: list[Take] = []
_box: queue.Queue[tuple[Work, tuple[str, ...]]] = queue.Queue(1_000)  # what does not fit, the sweeper finds
_posts: list[threading.Thread] = []
_lock = threading.Lock()
_called = threading.Event()  # while a wake-up for the pipeline waits to be sent


def touch_heartbeat() -> None:
    """A row was taken to be worked on; see watchdog.py."""
    heartbeat.value = clock.now().timestamp()


def use_embedded(submit: Submit | None) -> None:
    """Send wake-ups to workers of this process (None: no longer)."""
    _embedded[:] = [submit] if submit else []


def use_own_hands(take: Take | None) -> None:
    """Offer wake-ups to this worker's own threads before they go to all workers (None: no longer)."""
    _own_hands[:] = [take] if take else []


def wake_up(work: Work, *args: str) -> None:
    """Wake a worker now; the arguments are ids as text: of the work, then of whose it is.

    Nobody waits: Redis may not answer for a while.
    """
    if _embedded:
        _submit(_embedded[0], work, args)
    elif _own_hands and _own_hands[0](work, args):
        return
    elif not settings.EMBEDDED:
        if work != "run_pipeline" or not _called.is_set():  # one that is on its way calls for this, too
            _put(work, args)
        _keep_posting()


def _put(work: Work, args: tuple[str, ...]) -> None:
    if work == "run_pipeline":
        _called.set()
    try:
        _box.put_nowait((work, args))
    except queue.Full:
        _called.clear()


def _submit(submit: Submit, work: Work, args: tuple[str, ...]) -> bool:
    try:
        submit(work, args)
    except Exception as fault:
        log.warning("wake-up lost", extra={"work": work, "fault": type(fault).__name__})
        return False
    return True


def _send(work: Work, args: tuple[str, ...]) -> None:
    if work == "run_pipeline":
        wakeups.publish("pipeline")
        return
    current_app.send_task(f"engine.tasks.{work}", args, retry=False, ignore_result=True)


def _keep_posting() -> None:
    """One thread sends the wake-ups of this process."""
    with _lock:
        if not (_posts and _posts[0].is_alive()):
            _posts[:] = [threading.Thread(target=_post, name="wake", daemon=True)]
            _posts[0].start()


def _post() -> None:
    while True:
        work, args = _box.get()
        if work == "run_pipeline":
            _called.clear()
        if not _submit(_send, work, args):
            with suppress(queue.Empty):  # what piled up behind it, the sweeper finds
                while True:
                    _box.get_nowait()
            _called.clear()


def after_commit(work: Work, *args: str) -> None:
    """Wake a worker once the present transaction is committed."""
    transaction.on_commit(lambda: wake_up(work, *args), robust=True)
