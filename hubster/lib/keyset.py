"""Pages of long lists that cost the same at any depth: by keyset, and by an index that each owner's rows have.

A list has the rows of several owners, for example the deliveries to a tenant's integrations, the newest first. No
index has them in this order, so a database would read and sort all. Instead each owner's index tells where its own
page would end; rows that lie further down for every owner are on no page.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import DateTimeField, F, Func, IntegerField, Model, OuterRef, Q, QuerySet, Subquery

from hubster.lib.ids import parse_guid

MOST = 10_000  # counts stop here
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DIGITS = 18


class Position(NamedTuple):
    """A row in a list: the value that orders it, and its primary key."""

    value: Any
    pk: uuid.UUID


@dataclass(frozen=True)
class Order:
    """A list with the newest first, by `key`, of rows that one index has in this order."""

    key: str

    def page(self, rows: QuerySet[Any], size: int, before: Position | None = None, skip: int = 0) -> list[Any]:
        """`size` rows, the newest first, before a position. To skip some costs what they cost."""
        if before:
            rows = beyond(rows, self.key, before)
        ordered = self.narrowed(rows, skip + size).order_by(f"-{self.key}", "-pk")
        return list(ordered[skip : skip + size])

    def newer(self, rows: QuerySet[Any], size: int, after: Position) -> list[Any]:
        """The `size` rows right above a position, the newest first."""
        rows = self.narrowed(beyond(rows, self.key, after, newer=True), size, newer=True)
        return list(rows.order_by(self.key, "pk")[:size])[::-1]

    def count(self, rows: QuerySet[Any]) -> int:
        """The number of rows; counting stops behind `MOST`."""
        return capped(rows, MOST)

    def narrowed(self, rows: QuerySet[Any], size: int, newer: bool = False) -> QuerySet[Any]:  # noqa: ARG002
        """The rows without most of those that cannot be among the first `size`."""
        return rows

    def cursor(self, row: Any) -> str:
        """The place of a row, for an address."""
        return to_cursor(row, self.key)

    def place(self, text: str, model: type[Model]) -> Any:
        """The place that a cursor names; None when it is none."""
        return from_cursor(text, model._meta.get_field(self.key))


@dataclass(frozen=True)
class Listing(Order):
    """A list by `key`, which an index of (owner, …, key) serves."""

    owner: str
    owners: QuerySet[Any]
    branches: Sequence[Q] = (Q(),)  # what stands between owner and key in the index: one condition for each value

    def narrowed(self, rows: QuerySet[Any], size: int, newer: bool = False) -> QuerySet[Any]:
        """The rows without most of those that cannot be among the first `size`. A few queries, whatever there is."""
        found: dict[Any, None] = {}
        ends = []
        for branch in self.branches:
            kept, end = self._reach(rows.filter(branch), size, newer)
            found.update(dict.fromkeys(kept))
            ends += end
        rows = rows.filter(self._any(), **{f"{self.owner}__in": list(found)})
        if not ends:
            return rows
        return rows.filter(**{f"{self.key}__lte": min(ends)} if newer else {f"{self.key}__gte": max(ends)})

    def _any(self) -> Q:
        return reduce(Q.__or__, self.branches)

    def _reach(self, rows: QuerySet[Any], size: int, newer: bool) -> tuple[list[Any], list[Any]]:
        """(owners of the first `size` rows, values of which one row of that number is not beyond)."""
        mine = rows.filter(**{self.owner: OuterRef("pk")}).order_by(self.key if newer else f"-{self.key}")
        first, last = Subquery(mine.values(self.key)[:1]), Subquery(mine.values(self.key)[size - 1 : size])
        by_first = F("first").asc(nulls_last=True) if newer else F("first").desc(nulls_last=True)
        ordered = self.owners.order_by(by_first).annotate(first=first, last=last).values_list("pk", "first", "last")
        heads = list(ordered[: size + 1])
        found = [head for head in heads[:size] if head[1] is not None]
        kept = [pk for pk, _, _ in found]
        if len(found) == size < len(heads) and heads[size][1] == found[-1][1]:
            # More owners begin at the same value, and any of them may have the row that comes first there.
            kept += self.owners.annotate(first=first).filter(first=found[-1][1]).values_list("pk", flat=True)
        ends = [last for _, _, last in found if last is not None]
        return kept, ends + ([found[-1][1]] if len(found) == size else [])

    def count(self, rows: QuerySet[Any]) -> int:
        """The number of rows; counting stops behind `MOST`."""
        if connection.vendor != "postgresql":
            return capped(rows.filter(self._any(), **{f"{self.owner}__in": self.owners}))
        found = 0
        for branch in self.branches:
            found += self._count(rows.filter(branch), MOST + 1 - found)
        return found

    def _count(self, rows: QuerySet[Any], most: int) -> int:
        """By each owner's index until there are enough; a plain join may read the whole table to find a few."""
        mine = rows.filter(**{self.owner: OuterRef("pk")}).order_by(f"-{self.key}").values(self.key)[:most]
        each = Func(ArraySubquery(mine), function="unnest", set_returning=True)
        return int(self.owners.order_by().annotate(one=each).values("one")[:most].count())


def beyond(rows: QuerySet[Any], key: str, position: Position, newer: bool = False) -> QuerySet[Any]:
    """Rows after a position of a list that has the newest first, or before it. The first condition is the index's."""
    way = "gt" if newer else "lt"
    behind = Q(**{f"{key}__{way}": position.value}) | Q(**{key: position.value, f"pk__{way}": position.pk})
    return rows.filter(behind, **{f"{key}__{way}e": position.value})


def to_cursor(row: Any, key: str) -> str:
    """`<number>,<id>` of a row; a moment is its microseconds since the epoch."""
    value = getattr(row, key)
    return f"{(value - _EPOCH) // _MICROSECOND if isinstance(value, datetime) else value},{row.pk}"


def from_cursor(text: str, field: Any) -> Position | None:
    """The position that a cursor names, by the model field that orders the list; None when it is none."""
    number, _, key = text.partition(",")
    guid = parse_guid(key)
    if not (guid and number.isascii() and number.isdecimal() and len(number) <= _DIGITS):
        return None
    if not isinstance(field, DateTimeField):
        return Position(int(number), guid)
    try:
        return Position(_EPOCH + timedelta(microseconds=int(number)), guid)
    except OverflowError:
        return None


class CappedCount(Subquery):
    """The number of rows of a subquery as a column; counting stops behind `MOST`."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()

    def __init__(self, rows: QuerySet[Any]) -> None:
        super().__init__(rows.order_by().values("pk")[: MOST + 1])


def capped(rows: QuerySet[Any], most: int = MOST) -> int:
    """The number of rows; counting stops behind `most`."""
    return rows.order_by()[: most + 1].count()


def capped_text(count: int, most: int = MOST) -> str:
    """A count for people: `10,000+` when counting stopped."""
    return f"{most:,}+" if count > most else f"{count:,}"
