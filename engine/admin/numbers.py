"""The numbers of the front page and of the deliveries' list. Each is one query that an index serves."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery, Sum

from engine.access import listed_deliveries
from engine.actions.hours import SAID, counted_until
from engine.models import Activity, Conversation, Delivery, Endpoint, MessageHour, Notice
from engine.models.hour import HOUR
from hubster.lib import clock, keyset
from hubster.lib.keyset import capped
from portal.access import staff_hubs, staff_tenants
from portal.models import Hub, Integration

HOURS = 24
MOST = 999  # counts of badges stop here
_LATEST_FAILURE = timedelta(hours=2)  # a delivery fails for good at most this long after it was made


PEOPLE = ("Customer", "Agent")


@dataclass(frozen=True)
class Deliveries:
    """Waiting and failed deliveries; counting stops at `MOST`."""

    waiting: int
    oldest: datetime | None
    failed: int  # in the last 24 hours
    most: int = MOST


@dataclass(frozen=True)
class Bar:
    """An hour of the chart."""

    start: datetime
    customers: int
    business: int
    more: bool = False  # counting stopped: there were more

    @property
    def total(self) -> int:
        """All messages of the hour."""
        return self.customers + self.business


def within(user: Any, path: str) -> Q:
    """The rows whose hub (at `path`) a person may see; no condition at all for operators."""
    return Q() if staff_tenants(user) is None else Q(**{f"{path}__in": staff_hubs(user)})


def unanswered_count(user: Any) -> int:
    """Open conversations in which the customer spoke last; counting stops at `MOST`."""
    rows = Conversation.objects.filter(within(user, "hub"), unanswered=True, closed__isnull=True)
    return rows.order_by()[:MOST].count()


def open_count(user: Any) -> int:
    """Open conversations in which something was said; counting stops as in `capped`."""
    return capped(Conversation.objects.filter(within(user, "hub"), closed__isnull=True, last_said__gt=0))


def notice_count(user: Any) -> int:
    tenants = staff_tenants(user)
    mine = Q() if tenants is None else Q(tenant__in=tenants)
    return Notice.objects.filter(mine, seen=False).order_by()[:MOST].count()


def newest_notices(user: Any, most: int) -> list[Notice]:
    """Unread notices, the newest first."""
    tenants = staff_tenants(user)
    mine = Q() if tenants is None else Q(tenant__in=tenants)
    rows = Notice.objects.filter(mine, seen=False).select_related("hub", "integration__hub")
    return list(rows.defer("integration__configuration").order_by("-modified")[:most])


def troubled_endpoints(user: Any) -> QuerySet[Endpoint]:
    """Endpoints that are paused, or whose last call failed; the paused ones first."""
    troubled = Q(paused__isnull=False) | Q(failures__gt=0)
    rows = Endpoint.objects.filter(within(user, "destination__hub"), troubled)
    return rows.order_by(F("paused").desc(nulls_last=True), "failing_since", "pk")


def troubled_endpoint_count(user: Any) -> int:
    return troubled_endpoints(user).order_by()[:MOST].count()


def paused_count(user: Any) -> int:
    """Endpoints to which nothing is sent."""
    return troubled_endpoints(user).filter(paused__isnull=False).order_by()[:MOST].count()


def delivery_numbers(user: Any) -> Deliveries:
    """The figures above the rows of the list of deliveries."""
    pending = Delivery.objects.filter(within(user, "conversation__hub"), status=Delivery.Status.PENDING)
    return Deliveries(pending.order_by()[:MOST].count(), _oldest_waiting(user), failed_count(user))


def _oldest_waiting(user: Any) -> datetime | None:
    """The moment since which a delivery waits, by the index of each integration."""
    waiting = Delivery.objects.filter(destination=OuterRef("pk"), status=Delivery.Status.PENDING).order_by("created")
    ends = Integration.objects.filter(within(user, "hub")).order_by()
    oldest: datetime | None = ends.aggregate(oldest=Min(Subquery(waiting.values("created")[:1])))["oldest"]
    return oldest


def failed_count(user: Any) -> int:
    """Deliveries that failed for good in the last 24 hours; they were made at most so long before."""
    since = clock.now() - timedelta(hours=HOURS)
    ends = Integration.objects.filter(within(user, "hub")).order_by()
    failed = Delivery.objects.filter(created__gte=since - _LATEST_FAILURE, ended__gte=since)
    return min(listed_deliveries(ends, [Delivery.Status.FAILED]).count(failed), MOST)


def messages_by_hour(user: Any) -> list[Bar]:
    """The last 24 hours, oldest first; the present hour is the last. Hours that are over were counted by a job."""
    now = clock.now_ms() // HOUR
    first = now - (HOURS - 1)
    live = range(max(first, counted_until()), now + 1)
    counted = MessageHour.objects.filter(within(user, "hub"), hour__gte=first, hour__lt=live.start)
    sums = counted.order_by().values_list("hour").annotate(Sum("customers"), Sum("business"))
    found = {hour: Bar(_hour(hour), customers, business) for hour, customers, business in sums}
    found |= {hour: _live(user, hour) for hour in live}
    return [found.get(hour) or Bar(_hour(hour), 0, 0) for hour in range(first, now + 1)]


def _live(user: Any, hour: int) -> Bar:
    """An hour that nobody has counted yet; counting stops as in `capped`."""
    start = hour * HOUR
    rows = Activity.objects.filter(
        SAID,
        within(user, "conversation__hub"),
        conversation__last_said__gte=start,
        event_id__gte=start,
        event_id__lt=start + HOUR,
    )
    some = rows.order_by()[: keyset.MOST + 1]
    found = some.aggregate(customers=Count("pk", filter=Q(sender_type="Customer")), total=Count("pk"))
    return Bar(_hour(hour), found["customers"], found["total"] - found["customers"], found["total"] > keyset.MOST)


def _hour(number: int) -> datetime:
    return datetime.fromtimestamp(number * HOUR / 1000, clock.now().tzinfo)


def messages_today(user: Any) -> int:
    """Number of messages of customers and agents since midnight, UTC; counting stops as in `capped`."""
    midnight = clock.to_ms(clock.now().replace(hour=0, minute=0, second=0, microsecond=0))
    rows = Activity.objects.filter(
        SAID,
        within(user, "conversation__hub"),
        conversation__last_said__gte=midnight,
        event_id__gte=midnight,
        sender_type__in=PEOPLE,
    )
    return capped(rows)


def furniture(user: Any) -> dict[str, bool]:
    """The steps of setting up that are done: hubs, customers' integrations, answering ones, conversations."""
    ends = Integration.objects.filter(within(user, "hub"), status=Integration.Status.ACTIVE)
    kinds = set(ends.order_by().values_list("type", flat=True).distinct())
    hubs = Hub.objects.all() if staff_tenants(user) is None else staff_hubs(user)
    return {
        "hub": hubs.exists(),
        "customer": "Customer" in kinds,
        "answer": bool(kinds & {"Agent", "Bot"}),
        "talk": Conversation.objects.filter(within(user, "hub"), last_said__gt=0).exists(),
    }
