"""Rate limits whose counters all processes share: in Redis, or in memory where there is one process only.

Counting comes first and decides, so of any number of requests at the same moment no more than the limit pass.
Without Redis each process counts for itself until it is back: a limit is no reason to refuse everybody.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from time import monotonic, time
from typing import TypeVar

from django.conf import settings
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter

from hubster.lib.metrics import REFUSALS

log = logging.getLogger("hubster.rate")
WINDOW = 60  # seconds
AWAY = 5  # seconds without asking a Redis that did not answer: a dead one must not delay every request
_away = {"until": 0.0}
Shared = MemoryStorage | RedisStorage
Found = TypeVar("Found")


@dataclass(frozen=True)
class Rate:
    """Where a caller stands in the present minute."""

    limit: int  # requests per minute, or what else is counted
    remaining: int
    reset: int  # seconds until the next minute begins, or the next of those times
    allowed: bool

    def headers(self) -> dict[str, str]:
        shown = (("Limit", self.limit), ("Remaining", self.remaining), ("Reset", self.reset))
        return {f"RateLimit-{name}": str(value) for name, value in shown}


@cache
def _memory() -> MemoryStorage:
    return MemoryStorage()


@cache
def _shared() -> Shared:
    if settings.EMBEDDED:
        return _memory()
    return RedisStorage(settings.REDIS_URL, wrap_exceptions=True, socket_timeout=0.5, socket_connect_timeout=0.5)


def forget() -> None:
    """Start counting anew in this process; for tests."""
    _memory().reset()
    _away["until"] = 0.0


def _with_storage(work: Callable[[Shared], Found]) -> Found:
    """The work on the shared counters; on this process's own while Redis does not answer."""
    if monotonic() >= _away["until"]:
        try:
            return work(_shared())
        except StorageError:
            _away["until"] = monotonic() + AWAY
            log.warning("rate limits are counted per process: Redis does not answer")
    return work(_memory())


def count(name: str, limit: int, amount: int = 1, window: int = WINDOW) -> Rate:
    """Count one request of `name` in the present minute; one round trip. A limit of 0 lets everything pass.

    Other things are counted by their `amount`, and over another time than a minute.
    """
    now = time()
    reset = window - int(now % window)
    if limit <= 0:
        return Rate(0, 0, reset, True)
    used = _with_storage(lambda storage: storage.incr(f"rate/{name}/{int(now // window)}", window, amount))
    if used > limit:
        REFUSALS.labels(name.partition(":")[0]).inc()
    return Rate(limit, max(0, limit - used), reset, used <= limit)


class Guard:
    """A limit on tries, exact over any 60 seconds, or so many minutes. `name` says what is tried."""

    def __init__(self, name: str, most: int, minutes: int = 1) -> None:
        self._name = name
        self._item = RateLimitItemPerMinute(most, minutes)

    def wait(self, *who: str) -> int:
        """Count a try: 0 when it may be made, else the seconds until the next one may."""
        return _with_storage(lambda storage: self._wait(MovingWindowRateLimiter(storage), who))

    def _wait(self, limiter: MovingWindowRateLimiter, who: tuple[str, ...]) -> int:
        if limiter.hit(self._item, self._name, *who):
            return 0
        REFUSALS.labels(self._name).inc()
        stats = limiter.get_window_stats(self._item, self._name, *who)
        return max(1, int(stats.reset_time - time()) + 1)

    def clear(self, *who: str) -> None:
        """Forget the tries: one succeeded."""
        _with_storage(lambda storage: MovingWindowRateLimiter(storage).clear(self._item, self._name, *who))

    def forgive(self, *who: str) -> None:
        """Uncount the latest try: it was a good one."""
        key = self._item.key_for(self._name, *who)
        _with_storage(lambda storage: _drop_latest(storage, key))


class Memory:
    """Keeps for some time that something was seen. It may forget sooner, as counters do."""

    def __init__(self, name: str, seconds: int) -> None:
        self._name, self._seconds = name, seconds

    def keep(self, *who: str) -> None:
        """From now on."""
        key = self._key(who)
        _with_storage(lambda storage: (storage.clear(key), storage.incr(key, self._seconds)))

    def has(self, *who: str) -> bool:
        """True while it is kept."""
        return _with_storage(lambda storage: storage.get(self._key(who))) > 0

    def _key(self, who: tuple[str, ...]) -> str:
        return f"seen/{self._name}/{'/'.join(who)}"


def _drop_latest(storage: Shared, key: str) -> None:
    """Take the newest entry out of a moving window; the library can only add to one or clear it."""
    if isinstance(storage, MemoryStorage):
        with storage.locks[key]:
            del storage.events.get(key, [])[:1]
        return
    try:
        storage.get_connection().lpop(storage.prefixed_key(key))  # type: ignore[attr-defined]
    except storage.base_exceptions as fault:
        raise StorageError(fault) from fault
