"""How an endpoint is doing: learned from every call, used when the next one is claimed."""

from datetime import datetime, timedelta
from typing import Any, Literal

from django.conf import settings

from engine.actions.endpoints import do_give_up
from engine.adapters import SendError
from engine.models import Endpoint
from hubster.lib import clock
from portal.models import Integration

SLOW = 2_000  # milliseconds of a call from which on an endpoint counts as slow
IN_FLIGHT = 2  # calls to one endpoint at once, while it is well; else one
State = Literal["unused", "well", "slow", "failing", "paused"]


def in_flight(endpoint: Endpoint | None) -> int:
    """How many lanes of an endpoint may be under way at once."""
    return IN_FLIGHT if endpoint and endpoint.well else 1


def state_of(endpoint: Endpoint | None) -> State:
    """How an endpoint is doing, in one word; the worst that is true of it."""
    if endpoint is None:
        return "unused"
    if endpoint.paused:
        return "paused"
    if endpoint.failures:
        return "failing"
    return "slow" if endpoint.slow else "well"


def do_learn(destination: Integration, known: Endpoint | None, error: SendError | None, milliseconds: int) -> None:
    """Store what a call taught; nothing is written while an endpoint stays well. A hopeless one is paused."""
    slow = milliseconds >= SLOW
    if error is None:
        if known is None or not (known.well and not slow):
            well: dict[str, Any] = {"slow": slow, "failures": 0, "failing_since": None}
            Endpoint.objects.update_or_create(destination=destination, defaults=well)
        return
    failures = (known.failures if known else 0) + 1
    since = (known and known.failing_since) or clock.now()
    values = {"slow": slow, "failures": failures, "failing_since": since}
    Endpoint.objects.update_or_create(destination=destination, defaults=values)
    if error.gone or _hopeless(since):
        do_give_up(destination, str(error))


def _hopeless(failing_since: datetime) -> bool:
    return clock.now() - failing_since >= timedelta(seconds=settings.HUBSTER_PAUSE_AFTER)
