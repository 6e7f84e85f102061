"""Runs the pipeline over a conversation's waiting activities, in eventId order, each in one transaction."""

import logging
import time
import uuid
from datetime import timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.utils.translation import gettext as _

from engine import access, pipeline
from engine.actions.notices import do_notify
from engine.delivery.outbox import do_enqueue
from engine.models import Activity, Notice, Trace
from engine.pipeline.passage import Passage
from engine.sockets.wakeups import announce
from engine.wake import shutting_down, touch_heartbeat
from hubster.lib import clock
from hubster.lib.log import about
from hubster.lib.metrics import PARKED, STEP_SECONDS

log = logging.getLogger("engine.pipeline")
MAX_TRIES = 5


def do_run(conversation_id: str | uuid.UUID) -> int:
    """Handle everything that waits in a conversation; the number of activities handled.

    Workers meet at the row lock of the oldest waiting activity: one works, the others leave. A later activity
    is never handled before an earlier one.
    """
    handled = 0
    while not shutting_down.is_set() and _run_next(conversation_id):
        handled += 1
    return handled


def _waiting(conversation_id: str | uuid.UUID) -> Any:
    return Activity.objects.filter(conversation_id=conversation_id, state=Activity.State.ACCEPTED)


def _run_next(conversation_id: str | uuid.UUID) -> bool:
    head = _waiting(conversation_id).order_by("event_id").values_list("id", "due").first()
    if head is None or (head[1] and head[1] > clock.now()):
        return False
    try:
        with about(conversation=conversation_id, activity=head[0]), transaction.atomic():
            return _handle(head[0])
    except (OperationalError, InterfaceError):
        raise  # the database is away: no fault of the message, so no try of it; the sweeper comes back
    except Exception as fault:
        log.exception("pipeline failed", extra={"conversation": conversation_id, "activity": head[0]})
        _do_record_failure(head[0], fault)
        return True


def _handle(activity_id: uuid.UUID) -> bool:
    rows = Activity.objects.select_for_update(skip_locked=True, of=("self",)).filter(state=Activity.State.ACCEPTED)
    activity = rows.select_related("conversation__integration", "conversation__hub").filter(pk=activity_id).first()
    if activity is None:  # another worker holds it, or has just finished it
        return not Activity.objects.filter(pk=activity_id, state=Activity.State.ACCEPTED).exists()
    touch_heartbeat()
    conversation = activity.conversation
    passage = Passage(activity, conversation, access.active_integrations(conversation.hub_id))
    steps = pipeline.PRIVATE if passage.private else pipeline.STEPS
    traces = [_take(step, passage, position) for position, step in enumerate(steps)]
    _do_commit(passage, traces)
    return True


def _take(step: Any, passage: Passage, position: int) -> Trace:
    """One step, timed and traced. A step that fails is passed over, unless the message needs it."""
    name = step.__name__.rpartition(".")[2]
    before, started, outcome = len(passage.notes), time.perf_counter(), "done"
    try:
        step.step(passage)
    except Exception as fault:
        if name in pipeline.REQUIRED:
            raise
        log.exception("step failed", extra={"step": name, "activity": passage.activity.id})
        passage.note(_("The step failed (%(fault)s) and was skipped.") % {"fault": type(fault).__name__})
        outcome = "failed"
    seconds = time.perf_counter() - started
    STEP_SECONDS.labels(name).observe(seconds)
    note = " ".join(passage.notes[before:])[:500]
    return Trace(activity=passage.activity, position=position, step=name, outcome=outcome, note=note,
                 microseconds=int(seconds * 1e6), at=clock.now())  # fmt: skip


def _do_commit(passage: Passage, traces: list[Trace]) -> None:
    activity, conversation = passage.activity, passage.conversation
    activity.content = passage.content
    activity.state = Activity.State.PROCESSED
    if passage.deliver_to:
        first = passage.deliver_to[0]
        activity.recipient_type, activity.recipient_integration_id = first.type, first.id
    activity.save(update_fields=["content", "state", "recipient_type", "recipient_integration", "modified"])
    do_enqueue(passage)
    Trace.objects.bulk_create(traces)
    integrations = [*passage.deliver_to, *([passage.echo_to] if passage.echo_to else [])]
    announce(conversation.hub_id, conversation.id, [integration.id for integration in integrations], activity.event_id)


def _do_record_failure(activity_id: uuid.UUID, fault: Exception) -> None:
    """Count the failed run; after `MAX_TRIES` the activity is parked with a notice and its conversation goes on."""
    with transaction.atomic():
        rows = Activity.objects.select_for_update(of=("self",)).select_related("conversation__hub")
        activity = rows.filter(pk=activity_id, state=Activity.State.ACCEPTED).first()
        if activity is None:
            return
        activity.tries += 1
        activity.due = clock.now() + timedelta(seconds=activity.tries)
        if activity.tries >= MAX_TRIES:
            activity.state = Activity.State.PARKED
            PARKED.inc()
            hub = activity.conversation.hub
            text = _("A message in “%(hub)s” was set aside after %(tries)d failed attempts to process it (%(fault)s).")
            facts = {"hub": hub.name, "tries": MAX_TRIES, "fault": type(fault).__name__}
            do_notify(hub.tenant_id, None, Notice.Kind.MESSAGE_PARKED, text % facts)
        activity.save(update_fields=["tries", "due", "state", "modified"])
        note = _("The run failed (%(fault)s).") % {"fault": type(fault).__name__}
        Trace.objects.create(activity=activity, position=0, step="pipeline", outcome="failed",
                             note=note, at=clock.now())  # fmt: skip
