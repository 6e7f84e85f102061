"""Reads deliveries of one conversation to one integration by a statement made once: the usual read of a socket."""

import uuid
from functools import cache
from typing import Any

from engine.models import Activity, Conversation, Delivery
from engine.sockets.progress import Floor, Position
from hubster.lib import sql
from portal.models import Integration

_END = ("id", "type", "channel")


@cache
def _select() -> sql.Select:
    parts = [
        (Delivery, "d", ("id", "conversation", "activity", "destination", "event_id", "echo", "created")),
        (Activity, "a", [field.name for field in Activity._meta.concrete_fields if field.name != "trace"]),
        (Conversation, "c", ("id", "token_id")),
        (Integration, "i", _END),
        (Integration, "s", _END),
        (Integration, "r", _END),
    ]
    ends = sql.name(Integration)
    return sql.Select(
        parts,
        f"FROM {sql.name(Delivery)} d JOIN {sql.name(Activity)} a ON a.id = d.activity_id "
        f"JOIN {sql.name(Conversation)} c ON c.id = d.conversation_id JOIN {ends} i ON i.id = d.destination_id "
        f"LEFT JOIN {ends} s ON s.id = a.sender_integration_id LEFT JOIN {ends} r ON r.id = a.recipient_integration_id "
        "WHERE d.conversation_id = %(conversation)s AND d.destination_id = %(destination)s AND d.status = 'available' "
        "AND d.event_id >= %(event)s AND (d.event_id > %(event)s OR d.id > %(last)s) "
        "AND (d.event_id > %(floor)s OR d.created > %(since)s) "
        "AND (d.event_id > %(floor2)s OR d.created > %(since2)s) ORDER BY d.event_id, d.id LIMIT %(most)s",
    )


def conversation_page(
    integration_id: uuid.UUID, conversation_id: uuid.UUID, position: Position, floors: tuple[Floor, Floor], most: int
) -> list[Delivery]:
    """At most so many that lie after a position and behind both floors, with what showing them needs."""
    (event_id, last), ((floor, since), (floor2, since2)) = position, floors
    given: dict[str, Any] = {
        "conversation": sql.value(Delivery, "conversation", conversation_id),
        "destination": sql.value(Delivery, "destination", integration_id),
        "event": event_id,
        "last": sql.value(Delivery, "id", last),
        "floor": floor,
        "since": sql.value(Delivery, "created", since),
        "floor2": floor2,
        "since2": sql.value(Delivery, "created", since2),
        "most": most,
    }
    return [_joined(*row) for row in _select().rows(given)]


def _joined(
    row: Delivery,
    activity: Activity,
    conversation: Conversation,
    destination: Integration,
    sender: Integration,
    recipient: Integration,
) -> Delivery:
    row.activity, row.conversation, row.destination = activity, conversation, destination
    activity.sender_integration = sender if sender.pk else None
    activity.recipient_integration = recipient if recipient.pk else None
    return row
