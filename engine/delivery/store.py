"""Stores what came of a batch of calls, in one transaction."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import ngettext

from engine.actions import disclosures
from engine.actions.failures import tell_failure
from engine.actions.notices import do_notify
from engine.activity import is_signal, is_typing
from engine.delivery import bots, provider
from engine.delivery.call import Call
from engine.delivery.health import do_learn
from engine.delivery.lanes import settle
from engine.delivery.schedule import later, next_attempt
from engine.models import Attempt, Delivery, Lane, Notice
from engine.work import lock
from hubster.lib import bulk, clock
from hubster.lib.errors import without_code
from hubster.lib.http import Answer, redacted
from hubster.lib.metrics import ATTEMPTS

KEPT_BODY = 4_000  # characters of an answer that the ledger keeps
S = Delivery.Status


def commit(calls: Sequence[Call]) -> None:
    """Everything that follows from these calls.

    A call whose lease was lost moves nothing, but its attempt is kept, so that the ledger shows the late result.
    """
    speaking = [call for call in calls if bots.speaks(call)]
    quiet = [call for call in calls if call not in speaking]
    ours = _do_store(quiet) if quiet else []
    for call in speaking:
        ours += _do_store_speaking(call)
    for call in calls:
        if not call.left:
            ATTEMPTS.labels(Attempt.Outcome.FAILED if call.error else Attempt.Outcome.SENT).inc()
    for call in ours:
        if call.error:
            tell_failure(call.delivery)
    provider.do_learn_addresses(ours)


@transaction.atomic
def _do_store_speaking(call: Call) -> list[Call]:
    """The result of a call together with what the bot says in it: nobody holds the locks of two conversations."""
    bots.do_lock(call)
    ours = _do_store([call])
    for one in ours:
        bots.do_answer(one)
    return ours


@transaction.atomic
def _do_store(calls: Sequence[Call]) -> list[Call]:
    """Those whose lease still held. Endpoints are locked before lanes, as by those who replay and resume, and lanes
    before attempts, as by those who delete.
    """
    made = [call for call in calls if not call.left]
    do_learn(made)
    lanes = lock(Lane, {call.key: call.token for call in calls})
    ours = [call for call in made if call.key in lanes]
    for call in ours:
        _end(call)
    bulk.update_many(Delivery, [_changes(call.delivery) for call in ours])
    bulk.update_many(Attempt, [_attempt(call) for call in made])
    provider.do_remember(ours)
    _do_note_disclosures(ours)
    provider.do_forget(call for call in calls if call.left)
    settle(list(lanes))
    for call in ours:
        activity = call.delivery.activity
        if call.delivery.status == S.FAILED and not is_signal(activity.type, activity.content):
            _do_tell_owner(call)
    return ours


def _end(call: Call) -> None:
    """The delivery as it is after this attempt, however often that has to be stored."""
    if call.ended:
        return
    call.ended = True
    row, error, now = call.delivery, call.error, clock.now()
    if call.opens and not error:  # now the message itself can go
        row.next_attempt, row.last_error = now, ""
        return
    row.attempts += 1
    row.last_error = str(error)[:500] if error else ""
    again = error and error.retryable and not is_typing(row.activity.type, row.activity.content)
    row.next_attempt = later(error, next_attempt(now, row.attempts)) if error and again else None
    row.parts_done += len(call.taken)
    if not error:
        row.status = S.SENT
    elif error.window_closed:
        row.status = S.WINDOW_CLOSED
    elif row.next_attempt is None:
        row.status = S.FAILED
    if row.status != S.PENDING:
        row.ended = now


def _do_note_disclosures(calls: Sequence[Call]) -> None:
    begun = [call for call in calls if call.taken and len(call.taken) == call.delivery.parts_done]
    disclosures.do_note_told([call.delivery for call in begun if call.discloses])
    arrived = [call.delivery for call in calls if call.delivery.status == S.SENT]
    disclosures.do_note_shown((row, row.destination.channel) for row in arrived if provider.is_own_customer(row))


def _changes(row: Delivery) -> dict[str, Any]:
    names = ("id", "attempts", "last_error", "next_attempt", "status", "ended", "parts_done")
    return {name: getattr(row, name) for name in names}


def _attempt(call: Call) -> dict[str, Any]:
    """The attempt, closed."""
    request, error = call.request, call.error
    shown: dict[str, Any] = {}
    hide = provider.Hider(call)
    if request:
        text = hide.told(bots.kept(call, request.body).decode("utf-8", "replace"))
        shown = {"method": request.method, "url": hide.url(), "headers": redacted(request.headers), "body": text}
        if call.rendered and call.rendered.degraded:
            shown["degraded"] = list(call.rendered.degraded)
    return {
        "id": call.attempt.pk,
        "outcome": Attempt.Outcome.FAILED if error else Attempt.Outcome.SENT,
        "milliseconds": call.milliseconds,
        "request": shown,
        "response": {**hide.heard(_shown_answer(call.answer)), **_segments(call)},
        "error": str(error)[:500] if error else "",
    }


def _segments(call: Call) -> dict[str, int]:
    """The segments of all texts that were taken, which are what a text message costs by."""
    count = sum(sent.segments for sent in call.taken)
    return {"segments": count} if count else {}


def _shown_answer(answer: Answer | None) -> dict[str, Any]:
    if answer is None:
        return {}
    body = answer.body.decode("utf-8", "replace").replace("\x00", "\ufffd")[:KEPT_BODY]
    headers = {key: value.replace("\x00", "") for key, value in redacted(answer.headers).items()}
    return {"status": answer.status, "headers": headers, "body": body}


def _do_tell_owner(call: Call) -> None:
    destination, tried = call.delivery.destination, call.delivery.attempts
    text = ngettext(
        "“%(name)s” rejected a message. %(error)s", "“%(name)s” rejected a message %(tried)d times. %(error)s", tried
    ) % {"name": destination.name, "tried": tried, "error": without_code(str(call.error))}
    do_notify(destination.hub.tenant_id, destination.id, Notice.Kind.DELIVERY_FAILED, text[:1000])
