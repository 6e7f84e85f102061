"""The order of the list of webhooks: paused ones, the newest first; failing ones, the oldest first; all others."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Case, F, Model, Q, QuerySet, When

from engine.models import Endpoint
from hubster.lib.keyset import Order, from_cursor, to_cursor

_BY = ("paused", "failing_since", "")  # what orders the sections; nothing but the id orders the last one
_PAUSED, _FAILING, _OTHERS = range(3)


class Place(NamedTuple):
    """A webhook in the list."""

    section: int
    moment: datetime | None
    pk: uuid.UUID


@dataclass(frozen=True)
class TroubleFirst(Order):
    """Sections of which each has a key of its own."""

    key: str = "pk"

    def page(self, rows: QuerySet[Any], size: int, before: Any = None, skip: int = 0) -> list[Any]:
        """`size` rows, those with trouble first, after a place."""
        return list(self._ordered(rows.filter(_after(before) if before else Q()))[skip : skip + size])

    def newer(self, rows: QuerySet[Any], size: int, after: Any) -> list[Any]:
        """The `size` rows right above a place."""
        above = self._ordered(rows.exclude(_after(after)).exclude(pk=after.pk)).reverse()
        return list(above[:size])[::-1]

    @staticmethod
    def _ordered(rows: QuerySet[Any]) -> QuerySet[Any]:
        failing = Case(When(paused__isnull=True, then=F("failing_since")))
        return rows.order_by(F("paused").desc(nulls_last=True), failing.asc(nulls_last=True), "pk")

    def cursor(self, row: Endpoint) -> str:
        """`<section>.<microseconds>,<id>`."""
        section = _PAUSED if row.paused else _FAILING if row.failing_since else _OTHERS
        return f"{section}.{to_cursor(row, _BY[section])}" if _BY[section] else f"{section}.0,{row.pk}"

    def place(self, text: str, model: type[Model]) -> Place | None:
        """The place that a cursor names; None when it is none."""
        section, _, rest = text.partition(".")
        if section not in map(str, range(len(_BY))):
            return None
        found = from_cursor(rest, model._meta.get_field(_BY[_PAUSED]))
        return Place(int(section), found.value, found.pk) if found else None


def _after(place: Place) -> Q:
    """Rows that come after a place. Each condition is true or false, never unknown, so that it can be excluded."""
    paused, failing = Q(paused__isnull=False), Q(paused__isnull=True, failing_since__isnull=False)
    others = Q(paused__isnull=True, failing_since__isnull=True)
    moment, later = place.moment, Q(pk__gt=place.pk)
    if place.section == _PAUSED:
        return paused & (Q(paused__lt=moment) | Q(paused=moment) & later) | failing | others
    if place.section == _FAILING:
        return failing & (Q(failing_since__gt=moment) | Q(failing_since=moment) & later) | others
    return others & later
