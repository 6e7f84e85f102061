"""The pipeline's turn at a conversation, and the trace that it leaves in an activity."""

import uuid
from typing import Any

from django.db import connection

from engine.models import Activity, Conversation, PipelineLane
from hubster.lib import clock, sql

Trace = list[dict[str, Any]]
LONGEST_NOTE = 500
_FIELDS = ("conversation", "tenant", "newest", "handled", "tries", "due")


def do_queue(conversation: Conversation, event_id: int) -> None:
    """An activity was appended: the conversation's turn has come. What was put off after a failure stays put off.

    The conversation must be locked or new.
    """
    values = (conversation.pk, conversation.hub.tenant_id, event_id, 0, 0, clock.now())
    names = {field: sql.name(PipelineLane, field) for field in _FIELDS}
    table, newest, due = sql.name(PipelineLane), names["newest"], names["due"]
    statement = (
        f"INSERT INTO {table} ({', '.join(names.values())}) VALUES (%s, %s, %s, %s, %s, %s) "
        f"ON CONFLICT ({names['conversation']}) DO UPDATE "
        f"SET {newest} = excluded.{newest}, {due} = coalesce({table}.{due}, excluded.{due})"
    )
    given = [sql.value(PipelineLane, field, value) for field, value in zip(_FIELDS, values, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(statement, given)


def entry(step: str, outcome: str, note: str = "", microseconds: int = 0) -> dict[str, Any]:
    """A line of an activity's trace, as it is stored: `outcome` is done, stopped or failed, `at` ISO 8601."""
    at = clock.iso(clock.now())
    return {"step": step, "outcome": outcome, "note": note[:LONGEST_NOTE], "microseconds": microseconds, "at": at}


def do_trace(activity_id: uuid.UUID, line: dict[str, Any]) -> None:
    """Add a line to an activity's trace, which others may be adding to at the same time."""
    sql.update_many(Activity, [{"id": activity_id, "trace": [line]}], append=("trace",))
