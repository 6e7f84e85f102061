"""Facts that a process believes for a few seconds, and forgets at once when somebody says that they have changed.

Each fact belongs to an owner. `changed(owner)` is told to all processes; a word that is lost, or a process that hears
nothing for a while, costs the few seconds and nothing else.
"""

import logging
import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from django.conf import settings
from django.db import transaction
from redis.exceptions import RedisError

from hubster.lib import wakeups

log = logging.getLogger("hubster.kept")
SECONDS = 4.0  # for which a fact is believed; a revoked token is promised to end within five
MOST = 10_000  # facts of one kind
CHANNEL = "hubster.changes"
ALL = ""  # in place of an owner
Key = TypeVar("Key", bound=Hashable)
Fact = TypeVar("Fact")
_changed: dict[str, float] = {}  # when an owner's facts last did
_listeners: list[wakeups.Listener] = []
_lock = threading.Lock()


class Kept(Generic[Key, Fact]):
    """Facts of one kind by key."""

    def __init__(self) -> None:
        self._facts: dict[Key, tuple[float, str, Fact]] = {}  # since when, whose

    def get(self, key: Key) -> Fact | None:
        """The fact, None if it is not known or may have changed."""
        found = self._facts.get(key)
        if found is None:
            return None
        since, owner, fact = found
        if time.monotonic() - since >= SECONDS or since <= max(_changed.get(owner, 0.0), _changed.get(ALL, 0.0)):
            self._facts.pop(key, None)
            return None
        return fact

    def find(self, key: Key, look: Callable[[], Fact], owner_of: Callable[[Fact], str]) -> Fact:
        """The fact, looked up if it is not known. Not within a transaction that changes it."""
        fact = self.get(key)
        if fact is None:
            since = time.monotonic()  # what changes while we look has changed after it
            fact = look()
            if len(self._facts) >= MOST:
                self._facts.clear()
            self._facts[key] = (since, owner_of(fact), fact)
            _listen()
        return fact


def changed(owner: str) -> None:
    """Forget an owner's facts everywhere, once the present transaction is committed."""
    transaction.on_commit(lambda: _tell(owner), robust=True)


def _tell(owner: str) -> None:
    forget(owner)
    if not settings.EMBEDDED:
        try:
            wakeups.publish(owner, CHANNEL)
        except RedisError as fault:
            log.warning("others were not told of a change", extra={"fault": type(fault).__name__})


def forget(owner: str = ALL) -> None:
    """Forget an owner's facts in this process."""
    now = time.monotonic()
    if len(_changed) > MOST:
        for other, moment in list(_changed.items()):
            if now - moment > SECONDS:
                _changed.pop(other, None)
    _changed[owner] = now


def _listen() -> None:
    """Hear of changes from now on."""
    if settings.EMBEDDED or _listeners:
        return
    with _lock:
        if not _listeners:
            _listeners.append(wakeups.Listener(forget, forget, CHANNEL))
            _listeners[0].start()
