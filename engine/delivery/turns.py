"""Turns at the threads of a pool: tenants take them one after the other, and none has more than its share of them."""

import threading
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass


@dataclass(frozen=True)
class Turn:
    """An id that waits for a thread. `at` is what takes only so many calls at once; empty where others see to that."""

    item: str
    tenant: str = ""
    at: str = ""


class Turns:
    """A queue that many threads take from. What already waits is not queued again.

    `share`: turns that one tenant may have at once while others wait; `alone`: while nobody else does, None for just
    as many; `each`: the same of one `at`, None for no limit of its own. What would be more waits without holding up the
    others. Whoever had a turn comes after those who wait for theirs.
    """

    def __init__(self, share: int, alone: int | None = None, each: int | None = None) -> None:
        self.share, self.alone, self.each = share, alone or share, each
        self._change = threading.Condition()
        self._ended = False
        self._waiting: set[str] = set()
        self._lines: OrderedDict[str, OrderedDict[str, deque[Turn]]] = OrderedDict()  # by tenant, then by `at`
        self._tenants: Counter[str] = Counter()  # turns under way
        self._places: Counter[tuple[str, str]] = Counter()

    def put(self, turn: Turn) -> bool:
        """Queue it; False when its id waits already, or when nothing is taken any more."""
        with self._change:
            if turn.item in self._waiting or self._ended:
                return False
            self._waiting.add(turn.item)
            self._lines.setdefault(turn.tenant, OrderedDict()).setdefault(turn.at, deque()).append(turn)
            self._change.notify()
            return True

    def take(self) -> Turn | None:
        """Wait for the next turn and have it until `give_back`; None when there will be none."""
        with self._change:
            while not self._ended:
                if turn := self._next():
                    self._change.notify()  # who is left alone now may have more
                    return turn
                self._change.wait()
            return None

    def give_back(self, turn: Turn) -> None:
        """It is over: another one of the same tenant may begin."""
        with self._change:
            self._tenants[turn.tenant] -= 1
            self._places[turn.tenant, turn.at] -= 1
            self._tenants, self._places = +self._tenants, +self._places  # forget who has none
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

    def _next(self) -> Turn | None:
        most = self.alone if len(self._lines) == 1 else self.share
        free = (tenant for tenant in self._lines if self._tenants[tenant] < most)
        found = ((tenant, at) for tenant in free for at in self._lines[tenant] if self._has_room(tenant, at))
        tenant, at = next(found, (None, ""))
        if tenant is None:
            return None
        turn = self._lines[tenant][at].popleft()
        self._waiting.discard(turn.item)  # before it runs: what comes up meanwhile needs another run
        self._tenants[tenant] += 1
        self._places[tenant, at] += 1
        self._go_to_the_end(tenant, at)
        return turn

    def _has_room(self, tenant: str, at: str) -> bool:
        return self.each is None or self._places[tenant, at] < self.each

    def _go_to_the_end(self, tenant: str, at: str) -> None:
        mine = self._lines[tenant]
        mine.move_to_end(at)
        self._lines.move_to_end(tenant)
        if not mine[at]:
            del mine[at]
        if not mine:
            del self._lines[tenant]
