"""Test messages: show whether an endpoint takes what it is sent. Nothing of them is stored, no alert follows."""

import math
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from engine import adapters
from engine.actions.endpoints import check_has_address
from engine.adapters import Envelope, Provider, SendError
from engine.adapters._bots import LARGEST, BotChannel
from engine.adapters._business import BusinessProvider
from engine.adapters._context import Context, Turn
from engine.delivery.call import failure
from hubster.lib import clock
from hubster.lib.concurrency import ConcurrencyLimit, Full
from hubster.lib.errors import Fault, HubsterError, fail
from hubster.lib.http import NetworkError, Outgoing, send
from hubster.lib.pool import release_connection
from portal.actions.providers import network_policy
from portal.models import Integration, SigningKey

NOBODY = str(uuid.UUID(int=0))  # the conversation of a test
MOST = 2  # tests of one tenant at once in this process
_limit = ConcurrencyLimit()
WORDS = "A test from Hubster. No customer wrote this."


@dataclass(frozen=True)
class Probe:
    """The result of a test message. `status` is None without an answer, `error` empty when the endpoint took it."""

    status: int | None
    milliseconds: int
    error: str


def do_probe(integration: Integration) -> Probe:
    """Send a signed test message now, within the deadline of an attempt.

    Raises PRT000110 without an address and for a channel that somebody else runs, PRT000107 (429) while the tenant
    tries as many as a process does at once. A paused endpoint is tried too: that is how one finds out whether to
    resume it.
    """
    check_has_address(integration)
    adapter, answer, error = adapters.get(integration.channel), None, ""
    if isinstance(adapter, Provider):
        text = _("%(channel)s is tested by a message to a customer. Send one from the page of the integration.")
        if isinstance(adapter, BusinessProvider):
            text = _("%(channel)s is tested by a message of a customer. Write one, for example in the web chat.")
        raise fail("PRT000110", text=text % {"channel": adapter.label})
    request, policy = adapter.render(integration.configuration, _envelope(integration)), network_policy()
    assert isinstance(request, Outgoing)
    if isinstance(adapter, BotChannel):
        policy = network_policy(adapter.deadline(integration.configuration), LARGEST)
    started = clock.ticks()
    try:
        with _place(integration.hub.tenant_id):
            release_connection()  # it serves others meanwhile
            answer = send(request, policy)
        adapter.outcome(answer)
        if isinstance(adapter, BotChannel):
            adapter.read(integration.configuration, answer)
    except (SendError, NetworkError) as fault:
        error = str(failure(fault, integration))
    return Probe(answer.status if answer else None, clock.ticks() - started, error)


@contextmanager
def _place(tenant_id: uuid.UUID) -> Iterator[None]:
    """One of the tenant's places: a test holds up the thread of a request, and its endpoint may hang."""
    with ExitStack() as place:
        try:
            place.enter_context(_limit.slot(str(tenant_id), MOST))
        except Full:
            text = f"{MOST} tests of your webhooks are already running. Try again when one has finished."
            wait = math.ceil(settings.HUBSTER_ATTEMPT_DEADLINE)
            raise HubsterError(Fault("PRT000107", text=text), status=429, retry_after=wait) from None
        yield


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
        context=Context((Turn("customer", {"type": "text", "text": WORDS}),)),
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
