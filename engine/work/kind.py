"""Kinds of work. A module `kind.py` in a room of the engine declares one.

From then on it is claimed, woken, counted and watched like all others.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

from engine.models import Work


class Item(Protocol):
    """A row at work in this process."""

    @property
    def key(self) -> Any:
        """The row's primary key."""

    @property
    def token(self) -> uuid.UUID:
        """The token under which it is held."""

    @property
    def sharer(self) -> Any:
        """The one of those between whom the workers are shared, mostly a tenant."""

    @property
    def calls_out(self) -> bool:
        """True if `work` may wait for others."""

    async def work(self) -> None:
        """Do it, with no transaction open and without the database. Raises nothing; what came of it stays in here."""


@dataclass(frozen=True)
class Kind:
    """One kind of work: a table, and what is done with its rows.

    `load` makes items of rows that are held, `commit` stores what came of them and gives the rows back; both run in
    the kind's one database thread. `shared_by` is the field that names between whom the workers are shared, mostly
    `tenant`; empty for none. `lease`: for how long a row is held unless that is renewed. `batch`: rows in a claim;
    `most`: rows under way in a process, of which one sharer has half at most.
    """

    name: str
    model: type[Work]
    load: Callable[[Mapping[Any, uuid.UUID]], Sequence[Any]]
    commit: Callable[[Sequence[Any]], None]
    shared_by: str = ""
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
