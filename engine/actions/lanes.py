"""Several lanes at once: all who lock them do it in one order, or they would wait for each other for ever."""

from django.db.models import QuerySet

from engine.models import Lane


def do_lock_lanes(lanes: QuerySet[Lane], most: int | None = None) -> list[Lane]:
    """The first `most` lanes, locked in the order in which the pipeline locks those of a batch."""
    return list(lanes.select_for_update(of=("self",)).order_by(*Lane.lock_order)[:most])
