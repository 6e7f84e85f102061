"""Stores what came of a batch of calls, in one transaction."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import ngettext

from engine.actions.failures import tell_failure
from engine.actions.notices import do_notify
from engine.activity import is_signal, is_typing
from engine.delivery.call import Call
from engine.delivery.health import do_learn
from engine.delivery.lanes import settle
from engine.delivery.schedule import next_attempt
from engine.models import Attempt, Delivery, Lane, Notice
from engine.work import lock
from hubster.lib import clock, sql
from hubster.lib.errors import without_code
from hubster.lib.http import Answer, redacted
from hubster.lib.metrics import ATTEMPTS
from hubster.lib.secrecy import deeply_without_secrets, masked_url

KEPT_BODY = 4_000  # characters of an answer that the ledger keeps
S = Delivery.Status


def commit(calls: Sequence[Call]) -> None:
    """Everything that follows from these calls.

    A call whose lease was lost moves nothing, but its attempt is kept, so that the ledger shows the late result.
    """
    ours = _do_store(calls)
    for call in calls:
        if not call.left:
            ATTEMPTS.labels(Attempt.Outcome.FAILED if call.error else Attempt.Outcome.SENT).inc()
    for call in ours:
        if call.error:
            tell_failure(call.delivery)


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
    sql.update_many(Delivery, [_changes(call.delivery) for call in ours])
    sql.update_many(Attempt, [_attempt(call) for call in made])
    settle(list(lanes))
    for call in ours:
        activity = call.delivery.activity
        if call.delivery.status == S.FAILED and not is_signal(activity.type, activity.content):
            _do_tell_owner(call)
    return ours


def _end(call: Call) -> None:
    """The delivery as it is after this attempt."""
    row, error, now = call.delivery, call.error, clock.now()
    row.attempts += 1
    row.last_error = str(error)[:500] if error else ""
    again = error and error.retryable and not is_typing(row.activity.type, row.activity.content)
    row.next_attempt = next_attempt(now, row.attempts) if again else None
    if not error:
        row.status = S.SENT
    elif row.next_attempt is None:
        row.status = S.FAILED
    if row.status != S.PENDING:
        row.ended = now


def _changes(row: Delivery) -> dict[str, Any]:
    names = ("id", "attempts", "last_error", "next_attempt", "status", "ended")
    return {name: getattr(row, name) for name in names}


def _attempt(call: Call) -> dict[str, Any]:
    """The attempt, closed."""
    request, error = call.request, call.error
    shown: dict[str, Any] = {}
    if request:
        text = request.body.decode("utf-8", "replace")
        url = masked_url(request.url)  # the path of a webhook is often its secret
        shown = {"method": request.method, "url": url, "headers": redacted(request.headers), "body": text}
    return {
        "id": call.attempt.pk,
        "outcome": Attempt.Outcome.FAILED if error else Attempt.Outcome.SENT,
        "milliseconds": call.milliseconds,
        "request": shown,
        "response": deeply_without_secrets(_shown_answer(call.answer), request.url if request else ""),
        "error": str(error)[:500] if error else "",
    }


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
