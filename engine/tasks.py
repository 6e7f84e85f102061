"""Celery tasks: wake-ups of one line each. They carry ids only and may be lost or repeated."""

from celery import shared_task

from engine.delivery.send import do_deliver
from engine.pipeline.run import do_run


@shared_task  # type: ignore[untyped-decorator]
def run_pipeline(conversation_id: str) -> None:
    """Handle what a conversation has waiting."""
    do_run(conversation_id)


@shared_task  # type: ignore[untyped-decorator]
def deliver(lane_id: str) -> None:
    """Send what a lane has due."""
    do_deliver(int(lane_id))
