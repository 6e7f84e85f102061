"""A fair queue in front of the threads of a pool: tenants go round-robin, and none has more than its share."""

import threading
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass


@dataclass(frozen=True)
class QueueItem:
    """An id that waits for a thread. `at` is what takes only so many calls at once; empty where others limit that."""

    key: str
    tenant: str = ""
    at: str = ""


class FairQueue:
    """A queue that many threads take from. What already waits is not queued again.

    `share`: items of one tenant that may be under way at once while others wait; `alone`: while nobody else does, None
    for just as many; `each`: the same of one `at`, None for no limit of its own. What is beyond waits and does not hold
    up the others. A tenant that was served goes to the end of the line.
    """

    def __init__(self, share: int, alone: int | None = None, each: int | None = None) -> None:
        self.share, self.alone, self.each = share, alone or share, each
        self._change = threading.Condition()
        self._ended = False
        self._waiting: set[str] = set()
        self._lines: OrderedDict[str, OrderedDict[str, deque[QueueItem]]] = OrderedDict()  # by tenant, then by `at`
        self._tenants: Counter[str] = Counter()  # items under way
        self._under_way: Counter[tuple[str, str]] = Counter()

    def put(self, item: QueueItem) -> bool:
        """Queue it; False when its id waits already, or when nothing is taken any more."""
        with self._change:
            if item.key in self._waiting or self._ended:
                return False
            self._waiting.add(item.key)
            self._lines.setdefault(item.tenant, OrderedDict()).setdefault(item.at, deque()).append(item)
            self._change.notify()
            return True

    def take(self) -> QueueItem | None:
        """Wait for the next item, which is under way until `release`; None when the queue is closed."""
        with self._change:
            while not self._ended:
                if item := self._next():
                    self._change.notify()  # who is left alone now may have more
                    return item
                self._change.wait()
            return None

    def release(self, item: QueueItem) -> None:
        """It is over: another one of the same tenant may begin."""
        with self._change:
            self._tenants[item.tenant] -= 1
            self._under_way[item.tenant, item.at] -= 1
            self._tenants, self._under_way = +self._tenants, +self._under_way  # forget who has none
            self._change.notify()

    def end(self) -> None:
        """Whoever waits gets None, and so does everybody from now on."""
        with self._change:
            self._ended = True
            self._change.notify_all()

    def count(self) -> tuple[int, int]:
        """(how many wait, how many are under way)."""
        with self._change:
            return len(self._waiting), self._tenants.total()

    def _next(self) -> QueueItem | None:
        most = self.alone if len(self._lines) == 1 else self.share
        free = (tenant for tenant in self._lines if self._tenants[tenant] < most)
        found = ((tenant, at) for tenant in free for at in self._lines[tenant] if self._has_room(tenant, at))
        tenant, at = next(found, (None, ""))
        if tenant is None:
            return None
        item = self._lines[tenant][at].popleft()
        self._waiting.discard(item.key)  # before it runs: what comes up meanwhile needs another run
        self._tenants[tenant] += 1
        self._under_way[tenant, at] += 1
        self._go_to_the_end(tenant, at)
        return item

    def _has_room(self, tenant: str, at: str) -> bool:
        return self.each is None or self._under_way[tenant, at] < self.each

    def _go_to_the_end(self, tenant: str, at: str) -> None:
        mine = self._lines[tenant]
        mine.move_to_end(at)
        self._lines.move_to_end(tenant)
        if not mine[at]:
            del mine[at]
        if not mine:
            del self._lines[tenant]
