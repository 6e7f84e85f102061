"""Shares of what a process has little of: how many of a name may be under way at once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class Full(Exception):
    """As many of the name are under way as may be."""


class Shares:
    """Counts what is under way in this process, by name; a name that has nothing under way is forgotten."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self._lock = Lock()

    @contextmanager
    def one(self, name: str, most: int) -> Iterator[None]:
        """One more of the name until the end of the block; raises `Full` when there are `most` already."""
        with self._lock:
            if self.taken[name] >= most:
                raise Full
            self.taken[name] += 1
        try:
            yield
        finally:
            with self._lock:
                self.taken[name] -= 1
                if not self.taken[name]:
                    del self.taken[name]
