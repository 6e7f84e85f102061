"""Closes dormant conversations: those in which nobody said anything for as many days as their hub sets."""

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from engine.actions.conversations import do_close
from engine.models import Activity, Conversation
from hubster.lib import clock
from portal.models import Hub

BATCH = 50  # conversations; each is closed in a transaction of its own
LONGEST = 36_500  # days; more means the same


def do_close_dormant() -> Iterator[int]:
    """Close them, batch by batch; yields how many. A hub with 0 days never closes any."""
    hubs = Hub.objects.filter(close_dormant_conversation__gt=0).order_by()
    for days in hubs.values_list("close_dormant_conversation", flat=True).distinct():
        before = clock.now() - timedelta(days=min(days, LONGEST))
        closed = BATCH
        while closed == BATCH:
            closed = sum(_do_close(pk, before) for pk in _dormant(before, days)[:BATCH])
            yield closed


def _dormant(before: datetime, days: int) -> QuerySet[Conversation, uuid.UUID]:
    rows = _silent_since(before).filter(hub__close_dormant_conversation=days)
    return rows.order_by().values_list("pk", flat=True)


def _silent_since(before: datetime) -> QuerySet[Conversation]:
    """Open conversations without a message since. Signals such as `typing_on` are not messages."""
    since = clock.to_ms(before)
    said = Activity.objects.filter(conversation=OuterRef("pk"), event_id__gte=since, type="message")
    rows = Conversation.objects.filter(closed__isnull=True, opened__lt=before)
    return rows.filter(Q(last_said__lt=since) | ~Exists(said))


@transaction.atomic
def _do_close(conversation_id: uuid.UUID, before: datetime) -> bool:
    """Close, unless somebody spoke in the meantime: nobody can speak while the row is locked."""
    rows = Conversation.objects.select_for_update(no_key=True).filter(pk=conversation_id)
    silent = bool(rows) and _silent_since(before).filter(pk=conversation_id).exists()
    if silent:
        do_close(conversation_id)
    return silent
