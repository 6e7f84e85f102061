"""The work that waits: how much, how old, and whether a tenant has so much of it that it must wait.

Every question is answered by the small indexes of what waits, and counting stops where the answer no longer matters.
"""

import time
import uuid
from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from engine.models import Activity, CommandCall, Delivery, Lane
from hubster.lib import clock
from hubster.lib.errors import Fault, HubsterError
from hubster.lib.metrics import REFUSALS

KNOWN_FOR = 5.0  # seconds that a count is believed
RETRY_AFTER = 10  # seconds that a refused sender is asked to wait
ALL = uuid.UUID(int=0)  # in place of a tenant
_known: dict[uuid.UUID, tuple[float, bool]] = {}  # until when, and whether there is too much


def waiting_activities() -> QuerySet[Activity]:
    """Activities that the pipeline has not processed."""
    return Activity.objects.filter(state=Activity.State.ACCEPTED).order_by()


def pending_deliveries() -> QuerySet[Delivery]:
    """Deliveries that were not sent, also where they wait for a retry or for a paused endpoint."""
    return Delivery.objects.filter(status=Delivery.Status.PENDING).order_by()


def due_deliveries() -> QuerySet[Delivery]:
    """Deliveries that could be sent now if there were enough senders, without those that wait for a bad endpoint."""
    due = Lane.objects.filter(
        conversation=OuterRef("conversation"), destination=OuterRef("destination"), due__lte=clock.now()
    )
    return pending_deliveries().filter(Exists(due))


def waiting_calls() -> QuerySet[CommandCall]:
    """Calls of commands that nobody makes at present, though they are due."""
    now = clock.now()
    held = Q(lease_until__gt=now)
    return CommandCall.objects.filter(~held, due__lte=now).order_by()


def oldest_waiting() -> float:
    """The age in seconds of the oldest activity that the pipeline has not handled; 0 when there is none."""
    return _age(waiting_activities().order_by("modified").values_list("modified", flat=True).first())


def oldest_due() -> float:
    """Seconds since the oldest due lane, or call of a command, became due; 0 when none is."""
    lanes = Lane.objects.filter(due__lte=clock.now())
    return max(_age(rows.order_by("due").values_list("due", flat=True).first()) for rows in (lanes, waiting_calls()))


def _age(moment: datetime | None) -> float:
    return round((clock.now() - moment).total_seconds(), 1) if moment else 0.0


def check_room(tenant_id: uuid.UUID) -> None:
    """Raises 429 while a tenant has more than `HUBSTER_MOST_WAITING` rows to be handled or sent.

    The tenants are told apart only once all of them together have that many: mostly nothing is asked at all.
    """
    if _too_much(ALL) and _too_much(tenant_id):
        REFUSALS.labels("waiting").inc()
        text = "Too many of your messages are waiting to be processed. Nothing was stored. Try again later."
        raise HubsterError(Fault("ENG000107", text=text), status=429, retry_after=RETRY_AFTER)


def _too_much(tenant_id: uuid.UUID) -> bool:
    until, answer = _known.get(tenant_id, (0.0, False))
    if time.monotonic() < until:
        return answer
    if len(_known) > 10_000:  # tenants that have not been heard of for long
        _known.clear()
    _known[tenant_id] = (time.monotonic() + KNOWN_FOR, answer)  # others need not count at the same time
    answer = _count(tenant_id, settings.HUBSTER_MOST_WAITING) >= settings.HUBSTER_MOST_WAITING
    _known[tenant_id] = (time.monotonic() + KNOWN_FOR, answer)
    return answer


def _count(tenant_id: uuid.UUID, most: int) -> int:
    """Activities, deliveries and calls to be done, of a tenant or of all; counting stops at `most`."""
    found = 0
    for rows, tenant in (
        (waiting_activities(), "conversation__hub__tenant"),
        (due_deliveries(), "conversation__hub__tenant"),
        (waiting_calls(), "command__hub__tenant"),
    ):
        if found < most:
            mine = rows if tenant_id == ALL else rows.filter(**{tenant: tenant_id})
            found += mine[: most - found].count()
    return found


def forget() -> None:
    """Count anew; for tests."""
    _known.clear()
