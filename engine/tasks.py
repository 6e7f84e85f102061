"""Celery tasks: wake-ups of one line each. They carry ids only and may be lost or repeated."""

from celery import shared_task


@shared_task  # type: ignore[untyped-decorator]
def run_pipeline(conversation_id: str) -> None:
    """Handle what a conversation has waiting."""
    from engine.pipeline.run import do_run

    do_run(conversation_id)


@shared_task  # type: ignore[untyped-decorator]
def deliver(lane_id: str) -> None:
    """Send what a lane has due."""
    from engine.delivery.send import do_deliver

    do_deliver(int(lane_id))
