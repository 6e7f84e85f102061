"""Gives lanes back: each is due again when its next delivery is."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Case, DateTimeField, Exists, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from engine.models import Delivery, Endpoint, Lane
from hubster.lib import clock


def settle(lanes: Iterable[Lane]) -> None:
    """Nobody's any more, and due when their next deliveries are. Lanes that wait for a paused endpoint are not due.

    The lanes are locked by the caller in an earlier statement: so what others put into them meanwhile is seen here,
    and what they put into them later they see as it is left here.
    """
    ends = Endpoint.objects.filter(pk=OuterRef("destination"))
    Lane.objects.filter(pk__in=[lane.pk for lane in lanes]).update(
        due=Case(
            When(Exists(ends.filter(paused__isnull=False)), then=Value(None)),
            When(Exists(ends.filter(in_order=False)), then=Subquery(_moments("next_attempt"))),
            default=Subquery(_moments("event_id", "echo")),
            output_field=DateTimeField(),
        ),
        lease_token=None,
        lease_until=None,
        tries=0,
    )


def _moments(*order: str) -> QuerySet[Any]:
    """When the first delivery in this order may be tried."""
    rows = Delivery.objects.filter(
        conversation=OuterRef("conversation"), destination=OuterRef("destination"), status=Delivery.Status.PENDING
    )
    moment = Coalesce("next_attempt", Value(clock.now()), output_field=DateTimeField())
    if order == ("next_attempt",):
        return rows.annotate(moment=moment).order_by("moment").values("moment")[:1]
    return rows.annotate(moment=moment).order_by(*order).values("moment")[:1]
