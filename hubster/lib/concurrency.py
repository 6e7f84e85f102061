"""Limits how many things of one name run at once in this process."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class Full(Exception):
    """The limit of this name is reached."""


class ConcurrencyLimit:
    """Counts what is under way in this process, by name; a name that has nothing under way is forgotten."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self._lock = Lock()

    @contextmanager
    def slot(self, name: str, most: int) -> Iterator[None]:
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
