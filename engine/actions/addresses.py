"""Writes about what waits for an address that an integration no longer has: it is read on a socket instead."""

from collections.abc import Iterator
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from engine import adapters
from engine.actions.lanes import do_lock_lanes
from engine.models import Delivery, Endpoint, Lane
from engine.work.announcements import announce
from hubster.lib import clock
from portal.models import Integration

BATCH = 200  # conversations of one transaction
MARGIN = timedelta(seconds=5)  # that a lease is over; its holder may still be storing what came of a call
_PENDING = Q(status=Delivery.Status.PENDING)


def without_address() -> list[Integration]:
    """Integrations of which something is known as an endpoint, and that are read on a socket now.

    Only those that fail or are paused: elsewhere nothing waits for long.
    """
    troubled = Endpoint.objects.filter(Q(failures__gt=0) | Q(paused__isnull=False))
    ends = Integration.objects.filter(pk__in=troubled.values("pk")).exclude(channel="System").select_related("hub")
    return [end for end in ends if _is_on_socket(end)]


def _is_on_socket(integration: Integration) -> bool:
    adapter = adapters.find(integration.channel)
    return adapter is not None and adapter.on_socket(integration.configuration)


def do_open_to_sockets(integration: Integration) -> Iterator[int]:
    """Make what waits for its address available, batch by batch; yields how many deliveries.

    What is under way goes on; as long as there is any, the endpoint stays known, and a later run comes back to it.
    """
    while (count := _do_open_batch(integration)) is not None:
        yield count


@transaction.atomic
def _do_open_batch(integration: Integration) -> int | None:
    """One batch, None when nothing was left to do. The endpoint is locked before its lanes, as at a call's end."""
    Endpoint.objects.select_for_update().filter(pk=integration.pk).first()
    places = do_lock_lanes(_free(integration), BATCH)
    if not places:
        _do_forget(integration)
        return None
    conversation_ids = [lane.conversation_id for lane in places]
    rows = Delivery.objects.filter(_PENDING, destination=integration, conversation__in=conversation_ids)
    newest = dict(rows.order_by().values_list("conversation").annotate(Max("event_id")))
    # Sockets take `created` for the moment from which on it could be read.
    count = rows.update(status=Delivery.Status.AVAILABLE, next_attempt=None, created=clock.now())
    Lane.objects.filter(pk__in=[lane.pk for lane in places]).update(due=None, lease_token=None, lease_until=None)
    for conversation_id, event_id in newest.items():
        announce(integration.hub_id, conversation_id, [integration.pk], event_id)
    return count


def _free(integration: Integration) -> QuerySet[Lane]:
    """Lanes with something that waits, and that nobody holds."""
    pending = Delivery.objects.filter(_PENDING, conversation=OuterRef("conversation"), destination=integration)
    nobodys = Q(lease_until__isnull=True) | Q(lease_until__lt=clock.now() - MARGIN)
    return Lane.objects.filter(nobodys, Exists(pending), destination=integration)


def _do_forget(integration: Integration) -> None:
    """Once nothing waits any more: there is no address that could fail, or be resumed."""
    if not Delivery.objects.filter(_PENDING, destination=integration).exists():
        well = {"failures": 0, "failing_since": None, "slow": False, "paused": None, "reason": "", "last_error": ""}
        Endpoint.objects.filter(pk=integration.pk).update(**well)
