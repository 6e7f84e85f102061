"""Wake-ups: there may be work of a kind. A lost one costs seconds (each loop looks by itself), never a message."""

import logging
import threading
from collections.abc import Callable
from functools import partial
from multiprocessing.sharedctypes import RawValue

from django.conf import settings
from django.db import transaction

from hubster.lib import clock, wakeups

log = logging.getLogger("engine.work")
shutting_down = threading.Event()  # set when this process is to end: long work stops at its next safe place
heartbeat = RawValue("d", 0.0)  # when this process, or a child of its pool, last took work: seconds since the epoch
Take = Callable[[str], object]
_embedded: list[Take] = []
_own_hands: list[Take] = []
_called: set[str] = set()  # kinds whose wake-up waits to be sent: one calls for all that came up by then
_change = threading.Condition()
_posts: list[threading.Thread] = []


def touch_heartbeat() -> None:
    """A row was taken to be worked on; see watchdog.py."""
    heartbeat.value = clock.now().timestamp()


def use_embedded(take: Take | None) -> None:
    """Send wake-ups to workers of this process (None: no longer)."""
    _embedded[:] = [take] if take else []


def use_own_hands(take: Take | None) -> None:
    """Offer wake-ups to this worker's own loops before they go to all workers (None: no longer)."""
    _own_hands[:] = [take] if take else []


def wake_up(kind: str) -> None:
    """There may be work of this kind now. Nobody waits: Redis may not answer for a while."""
    if _embedded:
        _submit(_embedded[0], kind)
    elif not (_own_hands and _own_hands[0](kind)) and not settings.EMBEDDED:
        with _change:
            _called.add(kind)
            _change.notify()
        _keep_posting()


def after_commit(kind: str) -> None:
    """Wake a worker once the present transaction is committed."""
    transaction.on_commit(partial(wake_up, kind), robust=True)


def _submit(take: Take, kind: str) -> None:
    try:
        take(kind)
    except Exception as fault:
        log.warning("wake-up lost", extra={"kind": kind, "fault": type(fault).__name__})


def _keep_posting() -> None:
    """One thread sends the wake-ups of this process."""
    with _change:
        if not (_posts and _posts[0].is_alive()):
            _posts[:] = [threading.Thread(target=_post, name="wake", daemon=True)]
            _posts[0].start()


def _post() -> None:
    while True:
        with _change:
            while not _called:
                _change.wait()
            kinds = sorted(_called)
            _called.clear()
        for kind in kinds:
            _submit(wakeups.publish, kind)
