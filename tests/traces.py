"""The trace that the pipeline leaves in an activity, as tests look at it."""

from engine.models import Activity


def line_of(activity: Activity, step: str) -> dict:
    """The one line of a step, as it is stored."""
    activity.refresh_from_db()
    (found,) = [line for line in activity.trace if line["step"] == step]
    return found
