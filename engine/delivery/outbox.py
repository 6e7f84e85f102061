"""Writes what the pipeline decided: one delivery for each destination, in the pipeline's own transaction."""

import uuid

from django.db.models import F

from engine import adapters
from engine.access import IntegrationRef
from engine.models import Delivery, Lane
from engine.pipeline.passage import Passage
from engine.wake import after_commit
from hubster.lib import clock

STATUS = Delivery.Status


def do_enqueue(passage: Passage) -> None:
    """Rows for every destination, observer and echo; lanes of those that must be sent to become due."""
    targets = [(integration, False) for integration in passage.deliver_to + passage.observers]
    if passage.echo_to:
        targets.append((passage.echo_to, True))
    rows = [_row(passage, integration, echo) for integration, echo in targets]
    Delivery.objects.bulk_create(rows)
    ids = list({row.destination_id for row in rows if row.status == STATUS.PENDING})
    if ids:
        _do_wake_lanes(passage, ids)


def _row(passage: Passage, integration: IntegrationRef, echo: bool) -> Delivery:
    on_socket = adapters.get(integration.channel).on_socket(integration.configuration)
    return Delivery(
        conversation=passage.conversation,
        activity=passage.activity,
        destination_id=integration.id,
        event_id=passage.activity.event_id,
        echo=echo,
        status=STATUS.AVAILABLE if on_socket else STATUS.PENDING,
        next_attempt=None if on_socket else clock.now(),
    )


def _do_wake_lanes(passage: Passage, ids: list[uuid.UUID]) -> None:
    """The lane rows are locked: a worker that is about to find its lane empty waits, then sees the new rows."""
    conversation, now = passage.conversation, clock.now()
    missing = [Lane(conversation=conversation, destination_id=found) for found in ids]
    Lane.objects.bulk_create(missing, ignore_conflicts=True)
    lanes = Lane.objects.select_for_update(of=("self",)).filter(conversation=conversation, destination__in=ids)
    for lane in lanes.annotate(in_order=F("destination__endpoint__in_order")).order_by("id"):
        # In order, what is due later for the sake of an earlier message stays due later.
        if lane.due is None or (lane.in_order is False and lane.due > now):
            Lane.objects.filter(pk=lane.pk).update(due=now)
            after_commit("deliver", str(lane.pk), str(conversation.hub.tenant_id))
