"""Writes that send a waiting delivery now, rather than at its next attempt.

The order of a lane stays: in it the delivery that holds up the others goes first. An attempt that is under way is
left alone; it is not doubled, and what waits behind it goes on when it ends.
"""

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from engine.actions.deliveries import BATCH, MOST, Replayed
from engine.actions.endpoints import check_has_address, has_address, subject
from engine.actions.lanes import do_lock_lanes
from engine.models import Delivery, Endpoint, Lane
from engine.work.wake import after_commit
from hubster.lib import clock
from hubster.lib.errors import fail
from portal.actions import audit
from portal.models import Integration

_PENDING = Q(status=Delivery.Status.PENDING)


def do_send_now(delivery: Delivery) -> bool:
    """Send one that waits for its next attempt, and what holds it up. False: it does not wait for that.

    Raises PRT000110 without an address, and for a paused endpoint: resuming that is what sends.
    """
    integration = delivery.destination
    check_has_address(integration)
    _check_not_paused(integration)
    rows = Delivery.objects.filter(pk=delivery.pk)
    return bool(_do_send_rows(integration, rows, delivery=str(delivery.pk)).count)


def do_send_waiting(integration: Integration) -> Replayed:
    """Send everything of an integration that waits for its next attempt, at most `MOST` of them."""
    check_has_address(integration)
    _check_not_paused(integration)
    return _do_send_rows(integration, Delivery.objects.filter(destination=integration))


def do_send_chosen(chosen: QuerySet[Delivery]) -> Replayed:
    """Send those of a choice that wait for their next attempt; the others, and paused endpoints, are passed over."""
    chosen = chosen.filter(_PENDING).order_by()
    picked = Integration.objects.filter(pk__in=chosen.values("destination"), endpoint__paused__isnull=True)
    ends = [row for row in picked.select_related("hub") if has_address(row)]
    done = [_do_send_rows(row, chosen.filter(destination=row)) for row in ends]
    return Replayed(sum(part.count for part in done), any(part.more for part in done))


def held(rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Those that wait for a next attempt: their own, or, where the order is kept, an earlier one of their lane."""
    now = clock.now()
    own = Q(next_attempt__gt=now)
    ahead = Delivery.objects.filter(
        _PENDING, conversation=OuterRef("conversation"), destination=OuterRef("destination"),
        event_id__lt=OuterRef("event_id"), next_attempt__gt=now,
    )  # fmt: skip
    free = Endpoint.objects.filter(pk=OuterRef("destination"), in_order=False)
    return rows.filter(_PENDING).filter(own | (Exists(ahead) & ~Exists(free)))


def _check_not_paused(integration: Integration) -> None:
    if Endpoint.objects.filter(pk=integration.pk, paused__isnull=False).exists():
        raise fail(
            "PRT000110", text=f"The webhook of '{integration.name}' is paused. Resume it to send waiting messages."
        )


def _do_send_rows(integration: Integration, rows: QuerySet[Delivery], **told: Any) -> Replayed:
    """In batches by event id. Chosen before the first one: it moves what the others wait for."""
    ids = list(held(rows).order_by("event_id", "id").values_list("pk", flat=True)[: MOST + 1])
    more, ids = len(ids) > MOST, ids[:MOST]
    starts = range(0, len(ids), BATCH)
    return Replayed(sum(_do_send_batch(integration, ids[start : start + BATCH], told) for start in starts), more)


@transaction.atomic
def _do_send_batch(integration: Integration, ids: Sequence[uuid.UUID], told: dict[str, Any]) -> int:
    """The number that goes out earlier. Locked in the order of those who send: endpoint, lanes, deliveries."""
    known = Endpoint.objects.select_for_update().filter(pk=integration.pk).first()
    if known and known.paused:
        return 0
    now = clock.now()
    rows = Delivery.objects.filter(_PENDING, pk__in=ids, destination=integration)
    lanes = Lane.objects.filter(destination=integration, conversation__in=rows.values("conversation"))
    found = [lane.pk for lane in do_lock_lanes(lanes)]
    count = rows.count()
    if not count:
        return 0
    early = Delivery.objects.filter(_PENDING, destination=integration, next_attempt__gt=now)
    if known is None or known.in_order:
        behind = rows.filter(conversation=OuterRef("conversation"), event_id__gt=OuterRef("event_id"))
        early.filter(Exists(behind)).update(next_attempt=now)
    early.filter(pk__in=ids).update(next_attempt=now)
    Lane.objects.filter(pk__in=found).update(due=now)
    after_commit("delivery")
    audit.do_record("deliveries_sent_now", subject(integration), subject(integration, deliveries=count, **told))
    return count
