"""How an endpoint is doing: learned from every call, used when the next one is claimed."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from engine.actions.notices import do_notify
from engine.adapters import SendError
from engine.models import Delivery, Endpoint, Lane, Notice
from hubster.lib import clock
from portal.models import Integration

SLOW = 2_000  # milliseconds of a call from which on an endpoint counts as slow
IN_FLIGHT = 2  # calls to one endpoint at once, while it is well; else one


def in_flight(endpoint: Endpoint | None) -> int:
    """How many lanes of an endpoint may be under way at once."""
    return IN_FLIGHT if endpoint and endpoint.well else 1


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
        do_pause(destination, str(error))


def _hopeless(failing_since: datetime) -> bool:
    return clock.now() - failing_since >= timedelta(seconds=settings.HUBSTER_PAUSE_AFTER)


def do_pause(destination: Integration, reason: str) -> None:
    """Send nothing there any more; what comes up waits until somebody resumes it. The owner is told."""
    changed = Endpoint.objects.filter(destination=destination, paused__isnull=True).update(
        paused=clock.now(), reason=reason[:500]
    )
    if changed:
        text = f"Nothing is sent to '{destination.name}' any more; its messages wait until you resume it. {reason}"
        do_notify(destination.hub.tenant_id, destination.id, Notice.Kind.ENDPOINT_PAUSED, text[:1000])


@transaction.atomic
def do_resume(destination_id: uuid.UUID) -> int:
    """Send again, beginning with what waits; the number of conversations that go on. The sweep wakes them."""
    values = {"paused": None, "reason": "", "failures": 0, "failing_since": None, "slow": False}
    if not Endpoint.objects.filter(destination=destination_id, paused__isnull=False).update(**values):
        return 0
    pending = Delivery.objects.filter(destination=destination_id, status=Delivery.Status.PENDING)
    lanes = Lane.objects.filter(destination=destination_id, conversation__in=pending.values("conversation"))
    return lanes.update(due=clock.now())
