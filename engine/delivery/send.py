"""Sends what a lane has due: attempt opened, call made with no transaction open, result recorded under the lease."""

import logging
from contextlib import suppress
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engine import adapters, serialize
from engine.actions.handover import HANDOVER, is_present
from engine.actions.moves import do_hand_over
from engine.actions.notices import do_notify
from engine.actions.rules import has_failed
from engine.activity import is_signal
from engine.adapters import Envelope, SendError, _errors
from engine.delivery.claim import (
    Claim,
    Slow,
    do_claim,
    do_finish,
    do_release,
    do_renew,
    endpoint_of,
    next_lanes,
    still_leased,
)
from engine.delivery.health import do_correct, do_learn
from engine.models import Attempt, Delivery, Endpoint, Lane, Notice
from engine.wake import Work, shutting_down, wake_up
from hubster.lib import clock
from hubster.lib.errors import HubsterError, without_code
from hubster.lib.http import Answer, NetworkError, Outgoing, redacted, send
from hubster.lib.http_policy import RefusedAddress
from hubster.lib.log import about
from hubster.lib.metrics import ATTEMPTS
from hubster.lib.pool import release_connection
from hubster.lib.secrecy import deeply_without_secrets, masked_url
from portal.actions.integrations import network_policy
from portal.models import Integration, SigningKey

log = logging.getLogger("engine.delivery")
STRETCH = 1_000  # milliseconds after which a sender lets other endpoints have its thread
KEPT_BODY = 4_000  # characters of an answer that the ledger keeps


def do_deliver(lane_id: int, slow_endpoints: bool = False, tenant: str = "") -> int:
    """Claim the lane and send, one delivery after another, while any is due; the number of attempts made.

    Then other lanes of the same endpoint for a while, without the way through the queue: an endpoint that fails takes
    one call at a time, and what waits there for its turn must not wait for ours, too. An endpoint that answers slowly
    is left to the workers for `slow_endpoints`. `tenant`: whose the lane is, if the wake-up told it.
    """
    made, until, next_id = 0, clock.ticks() + STRETCH, lane_id
    while next_id:
        try:
            claim = do_claim(next_id, slow_endpoints)
        except Slow:
            wake_up("deliver_to_slow", str(next_id), tenant)
            return made
        if claim is None:
            return made
        made += _do_lane(claim)
        goes_on = clock.ticks() < until and not shutting_down.is_set()
        next_id = _wake_next(claim.delivery.destination, "deliver_to_slow" if slow_endpoints else "deliver", goes_on)
    return made


def _do_lane(claim: Claim | None) -> int:
    made = 0
    while claim:
        made += 1
        row = claim.delivery
        with about(conversation=row.conversation_id, activity=row.activity_id, delivery=row.pk):
            claim = _do_attempt(claim)
    return made


def _wake_next(destination: Integration, own: Work, goes_on: bool) -> int:
    """Lanes that were turned away because the endpoint was busy go on now, not at the next sweep.

    Returns one that the caller itself is to go on with, 0 for none.
    """
    lanes = next_lanes(destination.pk)
    taken = next((lane_id for lane_id, work in lanes if goes_on and work == own), 0)
    for lane_id, work in lanes:
        if lane_id != taken:
            wake_up(work, str(lane_id), str(destination.hub.tenant_id))
    return taken


def _do_attempt(claim: Claim) -> Claim | None:
    """One call, while the lease holds. Returns what is to be sent next, None when nothing is, or it was lost."""
    adapter = adapters.get(claim.delivery.destination.channel)
    request, answer, error = None, None, None
    started = clock.ticks()
    try:
        request = adapter.render(claim.delivery.destination.configuration, _envelope(claim))
        if not still_leased(claim.leased):
            return None  # the attempt stays open, as if we had died; another process goes on when the lease is over
        started = clock.ticks()  # what went before is not the endpoint's fault
        answer = call(request)
        adapter.outcome(answer)
    except SendError as fault:
        error = fault
    except (OperationalError, InterfaceError):
        raise  # the database is away: the lease runs out, and the same attempt number is used again
    except Exception as fault:  # a fault of ours must not block the lane for ever
        log.exception("rendering failed", extra={"delivery": claim.delivery.id})
        error = SendError(
            "ENG007502", _("The message could not be prepared (%(fault)s).") % {"fault": type(fault).__name__}, True
        )
    in_time, following = _do_record(claim, request, answer, error, clock.ticks() - started)
    if error and in_time:
        _do_relieve(claim)
    return following


def _do_relieve(claim: Claim) -> None:
    """Agents take over from a bot that fails at a customer's message; a bot owes nobody an answer to an event.

    Should we die before this, the job `bots_down` does it.
    """
    row, destination = claim.delivery, claim.delivery.destination
    asked = row.activity.type == "message" and row.activity.sender_type == destination.Type.CUSTOMER
    if not asked or destination.type != destination.Type.BOT:
        return
    if has_failed(destination.hub, row.attempts) or not is_present(
        destination.hub_id, destination.Type.BOT
    ):  # given up, perhaps just now
        with suppress(HubsterError):  # no agent is there either
            do_hand_over(
                row.conversation_id, HANDOVER, "failures", lambda found: found.handover_event_id < row.event_id
            )


@transaction.atomic
def _do_record(
    claim: Claim, request: Outgoing | None, answer: Answer | None, error: SendError | None, milliseconds: int
) -> tuple[bool, Claim | None]:
    """Everything that follows from a call, or nothing of it, should the process die here.

    Returns whether the lease still held, and what is to be sent next. The endpoint's row is locked before the
    lane's, as by those who replay and resume, and the lane's before the attempt's, as by those who delete.
    """
    do_learn(claim.delivery, claim.endpoint, error, milliseconds, answer.status if answer else None)
    shown = str(error) if error else ""
    lane = do_finish(claim, shown, error.retryable if error else False)
    _do_log(claim, request, answer, error, milliseconds)
    if lane is None:
        return False, None
    activity = claim.delivery.activity
    if claim.delivery.status == Delivery.Status.FAILED and not is_signal(activity.type, activity.content):
        _do_tell_owner(claim, shown)
    if shutting_down.is_set():
        do_release(lane)
        return True, None
    endpoint = endpoint_of(lane)
    if not error:
        do_correct(endpoint, milliseconds)
    return True, _do_go_on(claim, lane, endpoint)


def _do_go_on(claim: Claim, lane: Lane, endpoint: Endpoint | None) -> Claim | None:
    """The next delivery to send. A fault of ours in finding it must not undo the record of the call before."""
    try:
        with transaction.atomic():
            return do_renew(claim, lane, endpoint)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("the next delivery cannot be prepared", extra={"lane": lane.pk})
        return None  # the lease runs out, and then it is tried again


def call(request: Outgoing) -> Answer:
    """The call, while the database connection serves others."""
    release_connection()
    try:
        return send(request, network_policy())
    except RefusedAddress as refusal:
        raise _errors.unsafe(refusal.text) from None
    except NetworkError as failure:
        raise _errors.unreachable(failure.text) from None


def _envelope(claim: Claim) -> Envelope:
    row = claim.delivery
    hub = row.destination.hub
    keys = [key for key in SigningKey.objects.filter(integration=row.destination) if not key.expired]
    return Envelope(
        hub_id=str(hub.id),
        tenant_id=str(hub.tenant_id),
        integration_id=str(row.destination_id),
        conversation_id=str(row.conversation_id),
        conversation_properties=row.conversation.properties,
        activity=serialize.delivery_json(row),
        delivery_id=str(row.id),
        timestamp=int(clock.now().timestamp()),
        signing_keys=[(key.public_key, key.private_key) for key in keys],
    )


def _do_log(
    claim: Claim, request: Outgoing | None, answer: Answer | None, error: SendError | None, milliseconds: int
) -> None:
    """Close the attempt. It is kept even when the lease was lost, so that the ledger shows the late result."""
    shown: dict[str, Any] = {}
    if request:
        text = request.body.decode("utf-8", "replace")
        url = masked_url(request.url)  # the path of a webhook is often its secret
        shown = {"method": request.method, "url": url, "headers": redacted(request.headers), "body": text}
    outcome = Attempt.Outcome.FAILED if error else Attempt.Outcome.SENT
    ATTEMPTS.labels(outcome).inc()
    Attempt.objects.filter(pk=claim.attempt.pk).update(
        outcome=outcome,
        milliseconds=milliseconds,
        request=shown,
        response=deeply_without_secrets(_shown_answer(answer), request.url if request else ""),
        error=str(error)[:500] if error else "",
    )


def _shown_answer(answer: Answer | None) -> dict[str, Any]:
    if answer is None:
        return {}
    body = answer.body.decode("utf-8", "replace").replace("\x00", "\ufffd")[:KEPT_BODY]
    headers = {key: value.replace("\x00", "") for key, value in redacted(answer.headers).items()}
    return {"status": answer.status, "headers": headers, "body": body}


def _do_tell_owner(claim: Claim, error: str) -> None:
    destination = claim.delivery.destination
    tried = claim.delivery.attempts
    text = ngettext(
        "“%(name)s” rejected a message. %(error)s", "“%(name)s” rejected a message %(tried)d times. %(error)s", tried
    ) % {"name": destination.name, "tried": tried, "error": without_code(error)}
    do_notify(destination.hub.tenant_id, destination.id, Notice.Kind.DELIVERY_FAILED, text[:1000])
