"""Threads of agents on their way out: found for deliveries, kept when one was begun, dropped when one is gone."""

import uuid
from collections.abc import Iterable

from engine import adapters
from engine.adapters._business import BusinessProvider
from engine.delivery.call import Call
from engine.models import Delivery, Thread

Place = tuple[uuid.UUID, uuid.UUID]  # conversation and integration


def is_of_agents(row: Delivery) -> bool:
    """True if agents read it in a workspace."""
    return isinstance(adapters.get(row.destination.channel), BusinessProvider)


def threads_of(rows: Iterable[Delivery]) -> dict[Place, Thread]:
    """The threads in which deliveries are to stand; the oldest of several."""
    places = [(row.conversation_id, row.destination_id) for row in rows if is_of_agents(row)]
    if not places:
        return {}
    found = Thread.objects.filter(
        conversation__in={place[0] for place in places}, integration__in={place[1] for place in places}
    )
    return {(thread.conversation_id, thread.integration_id): thread for thread in found.order_by("-id")}


def do_keep(call: Call) -> None:
    """Keep the thread that a call began, and drop one that is gone. The same thread may be known by now."""
    row = call.delivery
    if call.error:
        if call.error.stops:
            Thread.objects.filter(conversation=row.conversation_id, integration=row.destination_id).delete()
        return
    if call.opens:
        for place, key in (sent.thread for sent in call.taken if sent.thread):
            Thread.objects.get_or_create(
                integration_id=row.destination_id, place=place, key=key,
                defaults={"conversation_id": row.conversation_id},
            )  # fmt: skip
