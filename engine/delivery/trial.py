"""A test message: shows whether an endpoint takes what it is sent. Nothing of it is stored, nobody is told."""

import uuid
from dataclasses import dataclass
from typing import Any

from engine import adapters
from engine.actions.endpoints import check_has_address
from engine.adapters import Envelope, SendError
from engine.delivery.send import call
from hubster.lib import clock
from portal.models import Integration, SigningKey

NOBODY = str(uuid.UUID(int=0))  # the conversation of a test
WORDS = "A test from Hubster. No customer wrote this."


@dataclass(frozen=True)
class Trial:
    """What came of a test. `status` is None without an answer, `error` empty when the endpoint took it."""

    status: int | None
    milliseconds: int
    error: str


def do_try(integration: Integration) -> Trial:
    """Send a signed test message now, within the deadline of an attempt; raises PRT000110 without an address.

    A paused endpoint is tried too: that is how one finds out whether to resume it.
    """
    check_has_address(integration)
    adapter, answer, error = adapters.get(integration.channel), None, ""
    request = adapter.render(integration.configuration, _envelope(integration))
    started = clock.ticks()
    try:
        answer = call(request)
        adapter.outcome(answer)
    except SendError as fault:
        error = str(fault)
    return Trial(answer.status if answer else None, clock.ticks() - started, error)


def _envelope(integration: Integration) -> Envelope:
    hub, now = integration.hub, clock.now()
    keys = [key for key in SigningKey.objects.filter(integration=integration) if not key.expired]
    return Envelope(
        hub_id=str(hub.id),
        tenant_id=str(hub.tenant_id),
        integration_id=str(integration.pk),
        conversation_id=NOBODY,
        conversation_properties={},
        activity=_activity(clock.to_ms(now)),
        delivery_id=f"test_{uuid.uuid4()}",
        timestamp=int(now.timestamp()),
        signing_keys=[(key.public_key, key.private_key) for key in keys],
    )


def _activity(event_id: int) -> dict[str, Any]:
    """Neither a message nor an event, so that no receiver takes it for one."""
    return {
        "type": "test",
        "eventTrigger": "test",
        "eventId": event_id,
        "isEcho": False,
        "flowProcess": "Default",
        "test": {"text": WORDS},
    }
