"""Counts the messages of each hour that is over, so that the front page need not read them."""

from collections.abc import Iterator

from django.db.models import Count, Max, Q

from engine.models import Activity, MessageHour
from engine.models.hour import HOUR
from hubster.lib import clock

HOURS = 24  # that are counted, if they were not yet
AGAIN = 2  # hours that are counted once more: by then the pipeline has handled what came at their end
KEPT = 48  # hours
# What customers, agents and bots say to each other: nothing of the platform's own, no typed commands and their answers.
SAID = Q(type="message", flow="Default") & (Q(sender_type="Customer") | Q(recipient_type="Customer"))


def do_count_hours() -> Iterator[int]:
    """Count the hours that are over, the oldest first; yields the number of hubs in which something was said."""
    now = clock.now_ms() // HOUR
    for hour in range(max(now - HOURS, min(counted_until(), now) - AGAIN), now):
        yield _do_count(hour)
    yield MessageHour.objects.filter(hour__lt=now - KEPT).delete()[0]


def counted_until() -> int:
    """The first hour that was not counted: all hubs of an hour are counted at once."""
    newest = MessageHour.objects.aggregate(newest=Max("hour"))["newest"]
    return 0 if newest is None else int(newest) + 1


def _do_count(hour: int) -> int:
    start = hour * HOUR
    said = Activity.objects.filter(
        SAID, event_id__gte=start, event_id__lt=start + HOUR, conversation__last_said__gte=start
    )
    by_customers = Q(sender_type="Customer")
    found = said.order_by().values_list("conversation__hub").annotate(
        customers=Count("pk", filter=by_customers), business=Count("pk", filter=~by_customers)
    )  # fmt: skip
    rows = [MessageHour(hub_id=hub, hour=hour, customers=one, business=two) for hub, one, two in found]
    MessageHour.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["hub", "hour"], update_fields=["customers", "business"]
    )
    return len(rows)
