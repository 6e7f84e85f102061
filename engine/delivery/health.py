"""The health of endpoints: learned from calls in batches, shown to people, and the reason to pause one."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from django.conf import settings
from django.db.models import Q

from engine.actions.endpoints import do_give_up
from engine.delivery.call import Call
from engine.models import Delivery, Endpoint
from hubster.lib import clock
from portal.models import Integration

LATELY = timedelta(days=1)
State = Literal["unused", "well", "slow", "failing", "paused"]
_NO_FAULT: dict[str, Any] = {"last_status": None, "last_error": "", "last_delivery": None}
_LEARNED = ("slow", "failures", "failing_since", *_NO_FAULT)


def state_of(endpoint: Endpoint | None) -> State:
    """The state of an endpoint in one word; the worst that is true of it."""
    if endpoint is None:
        return "unused"
    if endpoint.paused:
        return "paused"
    if endpoint.failures:
        return "failing"
    return "slow" if endpoint.slow else "well"


def do_learn(calls: Sequence[Call]) -> None:
    """Store what calls taught, those that ended later last; nothing is written while endpoints stay well.

    A hopeless endpoint is paused. Rows are locked in one order until the end of the transaction, so that failures that
    are stored at the same moment are all counted.
    """
    by_end: dict[Any, list[Call]] = defaultdict(list)
    for call in calls:
        by_end[call.endpoint].append(call)
    known = Endpoint.objects.in_bulk(list(by_end))
    news = {end: made for end, made in by_end.items() if _is_news(known.get(end), made)}
    if not news:
        return
    missing = [Endpoint(destination_id=end, in_order=news[end][0].in_order) for end in news if end not in known]
    Endpoint.objects.bulk_create(missing, ignore_conflicts=True)
    rows = list(Endpoint.objects.select_for_update(of=("self",)).filter(pk__in=list(news)).order_by("pk"))
    hopeless = [call for row in rows for call in news[row.pk] if _take_in(row, call)]
    Endpoint.objects.bulk_update(rows, _LEARNED)
    for call in hopeless:
        do_give_up(call.delivery.destination, str(call.error))


def _is_news(known: Endpoint | None, calls: Sequence[Call]) -> bool:
    return known is None or not known.well or any(call.error or _is_slow(call) for call in calls)


def _is_slow(call: Call) -> bool:
    return call.milliseconds >= call.patience * 1_000


def _take_in(row: Endpoint, call: Call) -> bool:
    """Change the row by one call; True if there is no hope for the endpoint."""
    row.slow = _is_slow(call)
    if call.error is None or call.error.scope in ("message", "recipient"):
        row.failures, row.failing_since = 0, None
        row.last_status, row.last_error, row.last_delivery = None, "", None
        return False
    row.failures, row.failing_since = row.failures + 1, row.failing_since or clock.now()
    row.last_status = call.answer.status if call.answer else None
    row.last_error, row.last_delivery = str(call.error)[:500], call.delivery.pk
    return (
        call.error.gone
        or call.error.pauses
        or (_is_long(row.failing_since) and _failed_lately(call.delivery.destination))
    )


def _is_long(failing_since: datetime) -> bool:
    return clock.now() - failing_since >= timedelta(seconds=settings.HUBSTER_PAUSE_AFTER)


def _failed_lately(destination: Integration) -> bool:
    """True if an attempt before this one failed within a day: what nobody called for days may be well by now."""
    lately = clock.now() - LATELY
    waits = Q(status=Delivery.Status.PENDING, next_attempt__gt=lately)
    over = Q(status=Delivery.Status.FAILED, ended__gt=lately)
    return Delivery.objects.filter(waits | over, destination=destination, attempts__gt=0).exists()
