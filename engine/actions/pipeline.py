"""The trace that the pipeline, and whoever goes on with an activity after it, leave in it."""

import uuid
from typing import Any

from engine.models import Activity
from hubster.lib import bulk, clock

Trace = list[dict[str, Any]]
LONGEST_NOTE = 500


def entry(step: str, outcome: str, note: str = "", microseconds: int = 0) -> dict[str, Any]:
    """A line of an activity's trace, as it is stored: `outcome` is done, stopped or failed, `at` ISO 8601."""
    at = clock.iso(clock.now())
    return {"step": step, "outcome": outcome, "note": note[:LONGEST_NOTE], "microseconds": microseconds, "at": at}


def do_trace(activity_id: uuid.UUID, line: dict[str, Any]) -> None:
    """Add a line to an activity's trace, which others may be adding to at the same time."""
    bulk.update_many(Activity, [{"id": activity_id, "trace": [line]}], append=("trace",))
