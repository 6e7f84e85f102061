"""Gives lanes back: each is due again when its next delivery is."""

from functools import cache

from django.db import connection

from engine.models import Delivery, Endpoint, Lane
from hubster.lib import clock, sql


def settle(lanes: list[int]) -> None:
    """Nobody's any more, and due when their next deliveries are. Lanes that wait for a paused endpoint are not due.

    The lanes are locked by the caller in an earlier statement: so what others put into them meanwhile is seen here,
    and what they put into them later they see as it is left here.
    """
    if not lanes:
        return
    with connection.cursor() as cursor:
        given = {"now": sql.value(Lane, "due", clock.now()), "lanes": lanes}
        cursor.execute(sql.lists(_text()), sql.parameters(given))


@cache
def _text() -> str:
    lane, ends = sql.name(Lane), f"SELECT 1 FROM {sql.name(Endpoint)} e WHERE e.destination_id = {sql.name(Lane)}"
    waiting = (
        f"SELECT coalesce(x.next_attempt, %(now)s) FROM {sql.name(Delivery)} x "
        f"WHERE x.conversation_id = {lane}.conversation_id AND x.destination_id = {lane}.destination_id "
        "AND x.status = 'pending'"
    )
    return (
        f"UPDATE {lane} SET lease_token = NULL, lease_until = NULL, tries = 0, due = CASE "
        f"WHEN EXISTS ({ends}.destination_id AND e.paused IS NOT NULL) THEN NULL "
        f"WHEN EXISTS ({ends}.destination_id AND e.in_order IS FALSE) THEN ({waiting} ORDER BY 1 LIMIT 1) "
        f"ELSE ({waiting} ORDER BY x.event_id, x.echo LIMIT 1) END WHERE {lane}.id = ANY(%(lanes)s)"
    )
