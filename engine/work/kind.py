"""Kinds of work. A module `kind.py` in a room of the engine declares one.

From then on it is claimed, woken, counted and watched like all others.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from engine.models import Work
from engine.work.windows import SLOW


class Item:
    """A row at work in this process."""

    token: uuid.UUID  # under which it is held

    @property
    def key(self) -> Any:
        """The row's primary key."""
        raise NotImplementedError

    @property
    def sharer(self) -> Any:
        """The one of those between whom the workers are shared, mostly a tenant."""
        return None

    @property
    def endpoint(self) -> Any:
        """The one that takes only so many calls at once, where the kind says so."""
        return None

    @property
    def seconds(self) -> float | None:
        """Duration of the endpoint's answer once `work` is over; None when there was no good one."""
        return None

    @property
    def patience(self) -> float:
        """Seconds after which its endpoint counts as slow."""
        return SLOW

    @property
    def calls_out(self) -> bool:
        """True if `work` may wait for others."""
        return True

    async def work(self) -> None:
        """Do it, with no transaction open and without the database. Raises nothing; what came of it stays in here."""
        raise NotImplementedError


@dataclass(frozen=True)
class Kind:
    """One kind of work: a table, and what is done with its rows.

    `load` makes items of rows that are held, `commit` stores what came of them and gives the rows back; both run in
    the kind's one database thread. `shared_by` is the field that names between whom the workers are shared, mostly
    `tenant`; empty for none. `limited_by` is the field that names the endpoint which is called, if one is; it takes up
    to `window` calls at once of a process. `lease`: for how long a row is held unless that is renewed. `batch`: rows in
    a claim; `most`: rows under way in a process, of which one sharer has half at most. `drain`: seconds that a process
    which ends waits for what is under way; the rest is begun anew by another one.
    """

    name: str
    model: type[Work]
    load: Callable[[Mapping[Any, uuid.UUID]], Sequence[Any]]
    commit: Callable[[Sequence[Any]], None]
    shared_by: str = ""
    limited_by: str = ""
    window: int = 1
    drain: float = 0.0
    lease: timedelta = timedelta(seconds=5)
    batch: int = 50
    most: int = 500

    def __post_init__(self) -> None:
        _kinds[self.name] = self


_kinds: dict[str, Kind] = {}


def find_kinds(rooms: Iterable[str]) -> None:
    """Import the module `kind` of each of these packages that has one; it declares a kind."""
    for room in rooms:
        if find_spec(f"{room}.kind"):
            import_module(f"{room}.kind")


def all_kinds() -> dict[str, Kind]:
    """Every kind that was declared, by name."""
    return dict(_kinds)
