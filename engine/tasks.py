"""Celery tasks: wake-ups of one line each. They carry ids only and may be lost or repeated."""

from celery import shared_task

from engine.delivery.workers import present_senders


@shared_task  # type: ignore[untyped-decorator]
def deliver(lane_id: str, tenant: str = "") -> None:
    """Send what a lane has due, in a thread of its own: a call that hangs must not hold up tasks."""
    present_senders().put("deliver", lane_id, tenant)


@shared_task  # type: ignore[untyped-decorator]
def deliver_to_slow(lane_id: str, tenant: str = "") -> None:
    """Send what a lane has due to an endpoint that answers slowly."""
    present_senders().put("deliver_to_slow", lane_id, tenant)


@shared_task  # type: ignore[untyped-decorator]
def call_command(call_id: str, tenant: str = "", command: str = "") -> None:
    """Ask a business's service what a dynamic command comes to."""
    present_senders().put("call_command", call_id, tenant, command)
