"""Writes about deliveries: sending anew what failed, or what arrived and is wanted once more."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Least

from engine.actions.endpoints import check_has_address, has_address, subject
from engine.actions.lanes import do_lock_lanes
from engine.models import Activity, Delivery, Endpoint, Lane
from engine.work.wake import after_commit
from hubster.lib import clock
from hubster.lib.errors import fail
from portal.actions import audit
from portal.models import Integration

S = Delivery.Status
# Those can be sent anew; the rest waits already, or is read on a socket.
OVER = (S.FAILED, S.SENT, S.DELIVERED, S.READ, S.WINDOW_CLOSED)
BATCH = 500  # deliveries of one transaction
MOST = 10_000  # deliveries of one call
_MOST_REPLAYS = 32_767  # that the column holds


@dataclass(frozen=True)
class Replayed:
    """The number of deliveries that are sent again, and whether the call left some for the next one."""

    count: int
    more: bool = False


def between(rows: QuerySet[Delivery], start: datetime | None, end: datetime | None) -> QuerySet[Delivery]:
    """Those that were made at or after `start` and before `end`; None leaves a side open."""
    if start:
        rows = rows.filter(created__gte=start)
    return rows.filter(created__lt=end) if end else rows


def do_replay(delivery: Delivery) -> bool:
    """Send one delivery anew. False: it waits already. Raises PRT000110 for what is read on a socket."""
    integration = delivery.destination
    check_has_address(integration)
    if delivery.status == S.AVAILABLE:
        raise fail("PRT000110", text="This delivery went over a live connection, so it cannot be resent.")
    if delivery.activity.purged:
        raise fail(
            "PRT000110", text="The content of this message was removed because of its age, so it cannot be resent."
        )
    return bool(_do_replay_batch(integration, [delivery.pk], {"delivery": str(delivery.pk)}))


def do_replay_range(
    integration: Integration, start: datetime | None = None, end: datetime | None = None, status: str = S.FAILED
) -> Replayed:
    """Send anew what has a status, of a span of time; the oldest first, at most `MOST` of them."""
    check_has_address(integration)
    rows = between(Delivery.objects.filter(destination=integration, status=status), start, end)
    span = {"from": start and clock.iso(start), "to": end and clock.iso(end)}
    told = {"status": str(status), **{name: moment for name, moment in span.items() if moment}}
    return _do_replay_rows(integration, rows, told)


def do_replay_chosen(chosen: QuerySet[Delivery]) -> Replayed:
    """Send anew what somebody picked from a list; what has no address, or is not over, is passed over."""
    chosen = chosen.order_by()
    picked = Integration.objects.filter(pk__in=chosen.values("destination")).select_related("hub")
    ends = [row for row in picked if has_address(row)]
    done = [_do_replay_rows(row, chosen.filter(destination=row), {}) for row in ends]
    return Replayed(sum(part.count for part in done), any(part.more for part in done))


def _do_replay_rows(integration: Integration, rows: QuerySet[Delivery], told: dict[str, Any]) -> Replayed:
    """In batches by event id, so that an earlier message of a conversation goes first. What is sent meanwhile and
    would fit again is behind the place that was reached."""
    rows = rows.filter(status__in=OVER, activity__purged__isnull=True).order_by("event_id", "id")
    count, seen, reached = 0, 0, Q()
    while True:
        batch = list(rows.filter(reached).values_list("event_id", "id")[: BATCH + 1])
        more, batch = len(batch) > BATCH, batch[:BATCH]
        if batch:
            count += _do_replay_batch(integration, [pk for _, pk in batch], told)
            seen += len(batch)
            event_id, pk = batch[-1]
            reached = Q(event_id__gt=event_id) | Q(event_id=event_id, id__gt=pk)
        if not more or seen >= MOST:
            return Replayed(count, more)


@transaction.atomic
def _do_replay_batch(integration: Integration, ids: Sequence[uuid.UUID], told: dict[str, Any]) -> int:
    """The number that was sent anew; what waits already is not touched. The webhook id stays the same.

    The endpoint's row is locked, so that two who do this at once take turns; the messages are, so that none is emptied
    for its age meanwhile.
    """
    Endpoint.objects.select_for_update().filter(pk=integration.pk).first()
    now = clock.now()
    fresh = {"status": S.PENDING, "attempts": 0, "next_attempt": now, "last_error": "", "ended": None,
             "parts_done": 0}  # fmt: skip
    rows = Delivery.objects.filter(pk__in=ids, destination=integration)
    said = Activity.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=rows.values("activity"))
    kept = list(said.filter(purged__isnull=True).order_by("pk").values_list("pk", flat=True))
    again = rows.filter(status__in=OVER, activity__in=kept)
    count = again.update(**fresh, replays=Least(F("replays") + 1, _MOST_REPLAYS))
    if count:
        lanes = Lane.objects.filter(destination=integration, conversation__in=rows.values("conversation"))
        do_lock_lanes(lanes)
        lanes.update(due=now)
        after_commit("delivery")
        audit.do_record("deliveries_replayed", subject(integration), subject(integration, deliveries=count, **told))
    return count
