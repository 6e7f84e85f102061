"""Writes who gets what: one delivery for each receiver, observer and echo, in the pipeline's own transaction."""

import uuid
from collections.abc import Iterable

from django.db.models import F

from engine import adapters
from engine.access import IntegrationRef
from engine.actions.disclosures import do_note_shown
from engine.models import Delivery, Lane
from engine.pipeline.passage import Passage
from engine.work.wake import after_commit
from hubster.lib import bulk, clock

STATUS = Delivery.Status
Place = tuple[uuid.UUID, uuid.UUID]  # conversation and destination


def do_enqueue(passages: Iterable[Passage]) -> None:
    """Rows for everybody whom these passages reach; lanes of those to whom it must be sent become due."""
    rows = [row for passage in passages for row in _rows(passage)]
    bulk.insert_many(rows)
    do_note_shown((row, row.conversation.integration.channel) for row in rows if _is_read_by_customer(row))
    tenants = {row.conversation_id: row.conversation.hub.tenant_id for row in rows}
    places = {(row.conversation_id, row.destination_id) for row in rows if row.status == STATUS.PENDING}
    if places:
        _do_wake_lanes(sorted(places), tenants)


def _is_read_by_customer(row: Delivery) -> bool:
    """True on a socket, in a hub whose bots say that they are bots."""
    talk = row.conversation
    return talk.hub.discloses_bots and row.status == STATUS.AVAILABLE and row.destination_id == talk.integration_id


def _rows(passage: Passage) -> list[Delivery]:
    targets = [(integration, False) for integration in passage.receivers + passage.observers]
    if passage.echo_to:
        targets.append((passage.echo_to, True))
    return [_row(passage, integration, echo) for integration, echo in targets]


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


def _do_wake_lanes(places: list[Place], tenants: dict[uuid.UUID, uuid.UUID]) -> None:
    """The lane rows are locked: a worker that is about to find its lane empty waits, then sees the new rows."""
    missing = [Lane(conversation_id=talk, destination_id=end, tenant_id=tenants[talk]) for talk, end in places]
    Lane.objects.bulk_create(missing, ignore_conflicts=True)
    now, wanted = clock.now(), set(places)
    lanes = Lane.objects.select_for_update(of=("self",)).filter(
        conversation__in={place[0] for place in places}, destination__in={place[1] for place in places}
    )
    found = lanes.annotate(in_order=F("destination__endpoint__in_order")).order_by(*Lane.lock_order)
    # In order, what is due later for the sake of an earlier message stays due later.
    due = [
        lane
        for lane in found
        if (lane.conversation_id, lane.destination_id) in wanted
        and (lane.due is None or (lane.in_order is False and lane.due > now))
    ]
    Lane.objects.filter(pk__in=[lane.pk for lane in due]).update(due=now)
    # Who was woken for one that is due already may have passed over it while it was locked here.
    if due or any(lane.due and lane.due <= now and not _is_held(lane) for lane in found):
        after_commit("delivery")


def _is_held(lane: Lane) -> bool:
    return lane.lease_until is not None and lane.lease_until > clock.now()
