"""The health of endpoints: learned from every call, used when the next one is claimed."""

from datetime import datetime, timedelta
from typing import Any, Literal

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from engine.actions.endpoints import do_give_up
from engine.adapters import SendError
from engine.models import Delivery, Endpoint
from hubster.lib import clock
from portal.models import Integration

SLOW = 2_000  # milliseconds of a call from which on an endpoint counts as slow
IN_FLIGHT = 2  # calls to one endpoint at once, while it is well; else one
LATELY = timedelta(days=1)
State = Literal["unused", "well", "slow", "failing", "paused"]
_NO_FAULT: dict[str, Any] = {"last_status": None, "last_error": "", "last_delivery": None}
_WELL: dict[str, Any] = {"slow": False, "failures": 0, "failing_since": None, **_NO_FAULT}


def in_flight(endpoint: Endpoint | None) -> int:
    """The number of an endpoint's lanes that may be under way at once."""
    return IN_FLIGHT if endpoint and endpoint.well else 1


def state_of(endpoint: Endpoint | None) -> State:
    """The state of an endpoint in one word; the worst that is true of it."""
    if endpoint is None:
        return "unused"
    if endpoint.paused:
        return "paused"
    if endpoint.failures:
        return "failing"
    return "slow" if endpoint.slow else "well"


def do_learn(
    delivery: Delivery, known: Endpoint | None, error: SendError | None, milliseconds: int, status: int | None
) -> None:
    """Store what a call taught; nothing is written while an endpoint stays well. A hopeless one is paused.

    `known`: as it was when the call was claimed. `status`: of the answer, None when there was none.
    """
    destination = delivery.destination
    slow = milliseconds >= SLOW
    if error is None:
        if known is None or not (known.well and not slow):
            Endpoint.objects.update_or_create(destination=destination, defaults={**_WELL, "slow": slow})
        return
    # As it is now, locked: calls that fail at the same moment are all counted, and none brings back an old failure.
    row, _ = Endpoint.objects.select_for_update().get_or_create(destination=destination)
    row.slow, row.failures, row.failing_since = slow, row.failures + 1, row.failing_since or clock.now()
    row.last_status, row.last_error, row.last_delivery = status, str(error)[:500], delivery.pk
    row.save(update_fields=["slow", "failures", "failing_since", *_NO_FAULT])
    if error.gone or (_is_long(row.failing_since) and _failed_lately(destination)):
        do_give_up(destination, str(error))


def do_correct(found: Endpoint | None, milliseconds: int) -> None:
    """After a good call: another one may have failed or been slow while ours was under way, and ours is the later one.

    It is stored after the commit, as who holds a lane must not wait for the endpoint's row; nothing that came up in
    between is overwritten.
    """
    if found and not found.well and milliseconds < SLOW:
        seen = {"slow": found.slow, "failures": found.failures, "failing_since": found.failing_since}
        rows = Endpoint.objects.filter(pk=found.pk, **seen)
        transaction.on_commit(lambda: rows.update(**_WELL), robust=True)


def _is_long(failing_since: datetime) -> bool:
    return clock.now() - failing_since >= timedelta(seconds=settings.HUBSTER_PAUSE_AFTER)


def _failed_lately(destination: Integration) -> bool:
    """True if an attempt before this one failed within a day: what nobody called for days may be well by now."""
    lately = clock.now() - LATELY
    waits = Q(status=Delivery.Status.PENDING, next_attempt__gt=lately)
    over = Q(status=Delivery.Status.FAILED, ended__gt=lately)
    return Delivery.objects.filter(waits | over, destination=destination, attempts__gt=0).exists()
