"""Makes calls of lanes that are held: their first deliveries, each with an attempt that is opened before its call."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from engine import adapters, serialize
from engine.activity import is_over
from engine.adapters import Envelope, SendError
from engine.delivery.call import Call, failure
from engine.delivery.lanes import settle
from engine.models import Attempt, Delivery, Endpoint, Lane
from engine.work import Held, lock
from hubster.lib import clock
from hubster.lib.http import Outgoing
from hubster.lib.pool import is_away
from portal.models import Integration, SigningKey


def load(held: Held) -> list[Call]:
    """The calls to make now. Lanes in which nothing can be sent now are given back."""
    since = clock.ticks()
    lanes = Lane.objects.filter(pk__in=list(held)).annotate(head=Subquery(_first()), ready=Subquery(_first_ready()))
    found = list(lanes)
    ends = _destinations({lane.destination_id for lane in found})
    heads = [(lane, _head(lane, ends[lane.destination_id])) for lane in found]
    rows = _deliveries([head for _lane, head in heads if head])
    pairs = [(lane, rows[head]) for lane, head in heads if head and head in rows]
    _set_ends([row for _lane, row in pairs], ends)
    now, now_ms = clock.now(), clock.now_ms()
    pairs = [(lane, row) for lane, row in pairs if not (row.next_attempt and row.next_attempt > now)]
    late = [row for _lane, row in pairs if is_over(row.activity.type, row.activity.content, row.event_id, now_ms)]
    sent = [(lane, row) for lane, row in pairs if row not in late]
    calls = _opened(sent, ends, held, since) if sent else []
    busy = {call.key for call in calls}
    if rest := {key: token for key, token in held.items() if key not in busy}:
        _put_down(rest, late)
    return calls


def _first() -> QuerySet[Any]:
    """The delivery of a lane that comes first."""
    rows = Delivery.objects.filter(
        conversation=OuterRef("conversation"), destination=OuterRef("destination"), status=Delivery.Status.PENDING
    )
    return rows.order_by("event_id", "echo").values("pk")[:1]


def _first_ready() -> QuerySet[Any]:
    """The first that may be tried now, where one that waits for its next attempt holds up nobody."""
    free = Endpoint.objects.filter(in_order=False).values("pk")
    ready = Q(next_attempt__isnull=True) | Q(next_attempt__lte=clock.now())
    rows = Delivery.objects.filter(
        ready,
        conversation=OuterRef("conversation"),
        destination=OuterRef("destination"),
        destination__in=free,
        status=Delivery.Status.PENDING,
    )
    return rows.order_by("event_id", "echo").values("pk")[:1]


def _head(lane: Any, destination: Integration) -> uuid.UUID | None:
    endpoint = getattr(destination, "endpoint", None)
    if endpoint and endpoint.paused:
        return None
    found: uuid.UUID | None = lane.head if not endpoint or endpoint.in_order else lane.ready
    return found


def _destinations(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Integration]:
    return Integration.objects.select_related("hub", "endpoint").in_bulk(list(ids))


def _deliveries(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Delivery]:
    rows = Delivery.objects.select_related("activity", "conversation").defer("activity__trace")
    return rows.in_bulk(list(ids)) if ids else {}


def _set_ends(rows: Sequence[Delivery], ends: dict[uuid.UUID, Integration]) -> None:
    """Sender and recipient of what was said, and who gets it: one row for each of them, however often it occurs."""
    named = {end for row in rows for end in (row.activity.sender_integration_id, row.activity.recipient_integration_id)}
    others = Integration.objects.defer("configuration").in_bulk([end for end in named if end and end not in ends])
    found: dict[Any, Integration] = {**others, **ends}
    for row in rows:
        row.destination = ends[row.destination_id]
        row.activity.sender_integration = found.get(row.activity.sender_integration_id)
        row.activity.recipient_integration = found.get(row.activity.recipient_integration_id)


def _opened(
    pairs: Sequence[tuple[Lane, Delivery]], ends: dict[uuid.UUID, Integration], held: Held, since: int
) -> list[Call]:
    """The calls, their attempts stored before any of them is made."""
    keys = _keys({row.destination_id for _lane, row in pairs})
    prepared = []
    for _lane, row in pairs:
        prepared.append(_prepared(row, keys[row.destination_id]))
    # One that was left open means that its process died: the same attempt number is used again.
    Attempt.objects.filter(delivery__in=[row.pk for _lane, row in pairs], outcome=Attempt.Outcome.OPEN).update(
        outcome=Attempt.Outcome.UNKNOWN,
        error=_("The process ended before it stored the result. The attempt is repeated."),
    )
    now = clock.now()
    attempts = Attempt.objects.bulk_create(
        [Attempt(delivery=row, number=row.attempts + 1, started=now) for _lane, row in pairs]
    )
    return [
        Call(lane, held[lane.pk], row, attempt, request, error, held_since=since)
        for (lane, row), attempt, (request, error) in zip(pairs, attempts, prepared, strict=True)
    ]


def _keys(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[SigningKey]]:
    found: dict[uuid.UUID, list[SigningKey]] = defaultdict(list)
    for key in SigningKey.objects.filter(integration__in=list(ids)):
        if not key.expired:
            found[key.integration_id].append(key)
    return found


def _prepared(row: Delivery, keys: Sequence[SigningKey]) -> tuple[Outgoing | None, SendError | None]:
    """The request, or why there is none."""
    destination = row.destination
    try:
        envelope = _envelope(row, keys)
        return adapters.get(destination.channel).render(destination.configuration, envelope), None
    except Exception as fault:
        if is_away(fault):
            raise
        return None, failure(fault)


def _envelope(row: Delivery, keys: Sequence[SigningKey]) -> Envelope:
    hub = row.destination.hub
    return Envelope(
        hub_id=str(hub.id),
        tenant_id=str(hub.tenant_id),
        integration_id=str(row.destination_id),
        conversation_id=str(row.conversation_id),
        conversation_properties=row.conversation.properties,
        activity=serialize.delivery_json(row),
        delivery_id=str(row.id),
        timestamp=int(clock.now().timestamp()),
        signing_keys=[(key.public_key, key.private_key) for key in keys],
    )


@transaction.atomic
def _put_down(held: Held, late: Sequence[Delivery]) -> None:
    """Give back lanes in which nothing is sent now; typing that is over is not sent any more."""
    lanes = lock(Lane, held)
    places = {(lane.conversation_id, lane.destination_id) for lane in lanes.values()}
    text = _("The typing event expired before it could be sent.")
    for row in late:
        if (row.conversation_id, row.destination_id) in places:
            row.status, row.ended, row.last_error = Delivery.Status.FAILED, clock.now(), row.last_error or text
            row.save(update_fields=["status", "ended", "last_error"])
    settle(lanes.values())
