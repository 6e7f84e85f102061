"""Rate limits whose counters all processes share: in Redis, or in memory where there is one process only.

Counting comes first and decides, so of any number of requests at the same moment no more than the limit pass. Most
requests are far from it, and are counted without asking anybody.
Without Redis each process counts for itself until it is back: a limit is no reason to refuse everybody.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from threading import Lock
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
ALONE = 0.8  # the part of a limit that a process counts by itself
TELL_EVERY = 0.1  # seconds for which it does
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
    _minute.clear()
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


@dataclass
class _Tally:
    """A counter of the present minute, as far as this process knows."""

    shared: int = 0  # as it stood when we last told our part
    told: float = 0.0  # when that was
    untold: int = 0


_minute: dict[int, dict[str, _Tally]] = {}  # by the minute; there is one at a time
_lock = Lock()


def count(name: str, limit: int, amount: int = 1, window: int = WINDOW) -> Rate:
    """Count one request of `name` in the present minute. A limit of 0 lets everything pass.

    Far from the limit a process counts for itself and tells the others a few times a second, with the next request. The
    last fifth is counted by all together, request by request: there no more than the limit pass. Other things are
    counted by their `amount`, and over another time than a minute, always together.
    """
    now = time()
    reset = window - int(now % window)
    if limit <= 0:
        return Rate(0, 0, reset, True)
    number = int(now // window)
    alone = amount == 1 and window == WINDOW
    used, untold = _count_here(number, name, limit * ALONE) if alone else (0, amount)
    if untold:
        used = _with_storage(lambda storage: storage.incr(f"rate/{name}/{number}", window, untold))
        if alone:
            _learn(number, name, used)
    if used > limit:
        REFUSALS.labels(name.partition(":")[0]).inc()
    return Rate(limit, max(0, limit - used), reset, used <= limit)


def _learn(minute: int, name: str, used: int) -> None:
    with _lock:
        known = _minute.get(minute, {})
        tally = known.setdefault(name, _Tally())
        tally.shared, tally.told = max(tally.shared, used), monotonic()


def _count_here(minute: int, name: str, most: float) -> tuple[int, int]:
    """(the count as far as we know, 0), or (0, requests that must be told to the others now)."""
    with _lock:
        if minute not in _minute:
            _minute.clear()
            _minute[minute] = {}
        tally = _minute[minute].get(name)
        if tally is None:
            return 0, 1
        tally.untold += 1
        used = tally.shared + tally.untold
        if used <= most and monotonic() - tally.told < TELL_EVERY:
            return used, 0
        amount, tally.untold, tally.told = tally.untold, 0, monotonic()
        tally.shared = used
        return 0, amount


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
