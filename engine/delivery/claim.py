"""Claiming a lane: one worker at a time, by a lease and a token; a late result of an old lease moves nothing."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Model, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from engine.activity import is_over, is_typing
from engine.delivery.health import IN_FLIGHT, in_flight
from engine.delivery.schedule import next_attempt
from engine.models import Attempt, Delivery, Endpoint, Lane
from engine.wake import Work, touch_heartbeat
from hubster.lib import clock

Row = TypeVar("Row", bound=Model)
BATCH = 500  # lanes that one sweep wakes
RECORDING = 2.0  # seconds that the end of a call may take to be stored


class Slow(Exception):
    """The endpoint answers slowly: it has senders of its own, which do not hold up the others."""


@dataclass(frozen=True)
class Claim:
    """A delivery to send now, under a lease."""

    lane_id: int
    token: uuid.UUID
    delivery: Delivery
    attempt: Attempt
    endpoint: Endpoint | None  # as it was known before this attempt
    leased: int  # when, in ticks
    slow_endpoints: bool  # whether the sender is one of those for slow endpoints


def still_leased(leased: int) -> bool:
    """True if a call that begins now ends within a lease that was taken at these ticks.

    Another process may have the rest already when this one stood still for so long.
    """
    longest = settings.HUBSTER_LEASE - settings.HUBSTER_ATTEMPT_DEADLINE
    return clock.ticks() - leased <= longest * 1_000


def free_lanes() -> Q:
    """Lanes that are due and nobody's."""
    now = clock.now()
    return Q(due__lte=now) & (Q(lease_until__isnull=True) | Q(lease_until__lt=now))


def calling() -> Q:
    """Lanes of which a call may be under way. An older lease was left behind: its lane waits, its endpoint need not."""
    longest = settings.HUBSTER_ATTEMPT_DEADLINE + RECORDING
    return Q(lease_until__gt=clock.now() + timedelta(seconds=max(0.0, settings.HUBSTER_LEASE - longest)))


def idle_lanes() -> QuerySet[Lane]:
    """Lanes that are due at endpoints that may have one more call under way."""
    under_way = Lane.objects.filter(calling()).order_by().values("destination")
    well = Q(destination__endpoint__failures=0, destination__endpoint__slow=False)
    full = under_way.annotate(calls=Count("pk")).filter(Q(calls__gte=IN_FLIGHT) | ~well).values("destination")
    return Lane.objects.filter(free_lanes()).exclude(destination__in=full)


def waiting_lanes() -> list[tuple[int, Work, str]]:
    """(lane, work, tenant) of every endpoint that has something due and room for a call: the first ones of each.

    Where there is no room, whoever calls goes on with the next lane; should it die, its lease runs out. Of more than
    one look can take, every tenant has its part.
    """
    order = Window(RowNumber(), partition_by="destination", order_by="due")
    first = idle_lanes().annotate(place=order).filter(place__lte=IN_FLIGHT)
    rows = by_turns(Lane.objects.filter(pk__in=first.values("pk")), "destination__hub__tenant")
    found = rows.values_list("pk", "destination__endpoint__slow", "destination__hub__tenant")[:BATCH]
    return [(pk, sender_of(slow), str(tenant)) for pk, slow, tenant in found]


def by_turns(rows: QuerySet[Row], tenant: str) -> QuerySet[Row]:
    """Rows with a `due`, each tenant's first before anybody's second; `tenant` is the path to it."""
    order = Window(RowNumber(), partition_by=tenant, order_by="due")
    found: QuerySet[Row] = rows.annotate(turn=order).order_by("turn", "due")
    return found


def next_lanes(destination_id: uuid.UUID) -> list[tuple[int, Work]]:
    """(lane, work) of what one endpoint may be sent next."""
    rows = Lane.objects.filter(free_lanes(), destination=destination_id).order_by("due")
    found = rows.values_list("pk", "destination__endpoint__slow")[:IN_FLIGHT]
    return [(pk, sender_of(slow)) for pk, slow in found]


def sender_of(slow: bool | None) -> Work:
    """The task that sends to an endpoint."""
    return "deliver_to_slow" if slow else "deliver"


def do_claim(lane_id: int, slow_endpoints: bool = False) -> Claim | None:
    """Take the lane and open an attempt for its first delivery; None when there is nothing to do now.

    Raises `Slow` for an endpoint that answers slowly, unless `slow_endpoints` says that the caller works for those.
    """
    with transaction.atomic():
        lane = Lane.objects.select_for_update(skip_locked=True).filter(free_lanes(), pk=lane_id).first()
        if lane is None:
            return None
        touch_heartbeat()
        _do_take_turns(lane.destination_id)
        endpoint = endpoint_of(lane)
        if endpoint and endpoint.paused:
            Lane.objects.filter(pk=lane.pk).update(due=None)
            return None
        if endpoint and endpoint.slow and not slow_endpoints:
            raise Slow
        busy = Lane.objects.filter(calling(), destination=lane.destination_id).count()
        if busy >= in_flight(endpoint):
            return None  # whoever is under way comes back to it
        head = _do_find(lane, endpoint)
        return _do_lease(lane, head, endpoint, slow_endpoints) if head else None


def do_renew(claim: Claim, lane: Lane, endpoint: Endpoint | None) -> Claim | None:
    """Go on with the next delivery of a lane that is held and locked; None (and it is free) when none is due.

    It is free as well when those for slow endpoints are to go on. Nobody else is: the way through the queue takes as
    long as everything that waits there, and an endpoint that is well must not wait for that.
    """
    head = _do_find(lane, endpoint)
    if head is None:
        return None
    slow = endpoint is not None and endpoint.slow
    if slow and not claim.slow_endpoints:
        do_release(lane)
        return None
    return _do_lease(lane, head, endpoint, claim.slow_endpoints)


def do_release(lane: Lane) -> None:
    """Leave the rest of a lane that is held and locked to others at once."""
    lane.lease_token, lane.lease_until = None, None
    lane.save(update_fields=["lease_token", "lease_until"])


def endpoint_of(lane: Lane) -> Endpoint | None:
    """The present row of a lane's endpoint. Resuming it changes its lanes too: hold the lane first."""
    return Endpoint.objects.filter(pk=lane.destination_id).first()


def _do_take_turns(destination_id: uuid.UUID) -> None:
    """Claims at one endpoint at the same moment would not see each other's leases: each waits for the other's end.

    Not by the endpoint's row, which others lock before a lane. SQLite has one writer anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [(destination_id.int >> 64) - 2**63])


def _held(claim: Claim) -> Lane | None:
    return Lane.objects.select_for_update().filter(pk=claim.lane_id, lease_token=claim.token).first()


def _do_find(lane: Lane, endpoint: Endpoint | None) -> Delivery | None:
    """The due delivery of a locked lane; None when there is none: then the lane is nobody's."""
    rows = Delivery.objects.filter(
        conversation=lane.conversation_id, destination=lane.destination_id, status=Delivery.Status.PENDING
    )
    head = _next(rows, endpoint)
    paused = endpoint is not None and endpoint.paused is not None
    if head and not paused and not (head.next_attempt and head.next_attempt > clock.now()):
        return head
    lane.due = head.next_attempt if head and not paused else None
    lane.lease_token, lane.lease_until = None, None
    lane.save(update_fields=["due", "lease_token", "lease_until"])
    return None


def _do_lease(lane: Lane, head: Delivery, endpoint: Endpoint | None, slow_endpoints: bool) -> Claim:
    touch_heartbeat()
    leased = clock.ticks()
    lane.lease_token = uuid.uuid4()
    lane.lease_until = clock.now() + timedelta(seconds=settings.HUBSTER_LEASE)
    lane.save(update_fields=["lease_token", "lease_until"])
    # One left open means that its process died: the same attempt number is used again.
    Attempt.objects.filter(delivery=head, outcome=Attempt.Outcome.OPEN).update(
        outcome=Attempt.Outcome.UNKNOWN,
        error=_("The process ended before it stored the result. The attempt is repeated."),
    )
    attempt = Attempt.objects.create(delivery=head, number=head.attempts + 1, started=clock.now())
    return Claim(lane.pk, lane.lease_token, head, attempt, endpoint, leased, slow_endpoints)


def _next(rows: QuerySet[Delivery], endpoint: Endpoint | None) -> Delivery | None:
    """The next delivery; typing that is over is not sent any more."""
    now_ms = clock.now_ms()
    while (head := _head(rows, endpoint)) and is_over(*_said(head), head.event_id, now_ms):
        late = _("The typing event expired before it could be sent.")
        head.status, head.ended, head.last_error = Delivery.Status.FAILED, clock.now(), head.last_error or late
        head.save(update_fields=["status", "ended", "last_error"])
    return head


def _said(delivery: Delivery) -> tuple[str, dict[str, Any]]:
    return delivery.activity.type, delivery.activity.content


def _head(rows: QuerySet[Delivery], endpoint: Endpoint | None) -> Delivery | None:
    """The next delivery. In order, one that waits for its next attempt holds up those behind it."""
    full = rows.select_related("activity__sender_integration", "destination__hub", "conversation")
    full = full.defer("activity__sender_integration__configuration")
    if endpoint and not endpoint.in_order:
        ready = full.filter(Q(next_attempt__isnull=True) | Q(next_attempt__lte=clock.now()))
        return ready.order_by("event_id", "echo").first() or full.order_by("next_attempt").first()
    return full.order_by("event_id", "echo").first()


def do_finish(claim: Claim, error: str, retry: bool) -> Lane | None:
    """Record the end of an attempt in the claim's delivery where the token still matches, in a transaction.

    Returns the lane, which stays locked; None when the lease was lost: then nothing moved.
    """
    lane = _held(claim)
    if lane is None:
        return None
    row, now = claim.delivery, clock.now()
    row.attempts += 1
    row.last_error = error[:500]
    again = error and retry and not is_typing(*_said(row))
    row.next_attempt = next_attempt(now, row.attempts) if again else None
    if not error:
        row.status = Delivery.Status.SENT
    elif row.next_attempt is None:
        row.status = Delivery.Status.FAILED
    if row.status != Delivery.Status.PENDING:
        row.ended = now
    row.save(update_fields=["attempts", "last_error", "next_attempt", "status", "ended"])
    return lane
