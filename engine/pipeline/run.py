"""Stores what came of the conversations that the pipeline holds.

A conversation that fails at an activity is put off and tried again; after `MAX_TRIES` the activity is set aside, its
account holder is alerted, and the conversation goes on. What one conversation does never undoes another's result.
"""

import logging
import uuid
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from engine.access import IntegrationRef, locked_conversation
from engine.actions.notices import do_notify
from engine.actions.pipeline import Trace, entry
from engine.models import Activity, Conversation, Notice, PipelineLane
from engine.pipeline.conversation_run import Run
from engine.pipeline.followups import do_follow
from engine.pipeline.outbox import do_enqueue
from engine.pipeline.passage import Passage
from engine.work import lock
from engine.work.announcements import announce
from engine.work.wake import after_commit
from hubster.lib import bulk, clock, sql
from hubster.lib.errors import HubsterError
from hubster.lib.metrics import PARKED
from hubster.lib.pool import is_away, is_locked

log = logging.getLogger("engine.pipeline")
MAX_TRIES = 5


def commit(runs: Sequence[Run]) -> None:
    """Store what came of them: all in one transaction, or in smaller parts where that fails.

    A conversation in which something follows is locked for it, before its lane, as by those who accept. It has a
    transaction of its own: nobody holds the locks of two conversations.
    """
    apart = [run for run in runs if run.follows]
    for part in [[run for run in runs if not run.follows], *([run] for run in apart)]:
        if part:
            _do_store(part)


def _do_store(runs: Sequence[Run]) -> None:
    try:
        with transaction.atomic():
            _do_commit(runs)
    except Exception as fault:
        if is_away(fault) or is_locked(fault):
            raise
        log.exception("a batch of the pipeline cannot be stored", extra={"size": len(runs)})
        for part in runs if len(runs) > 1 else [part for run in runs for part in _smaller(run, fault)]:
            commit([part])


def _smaller(run: Run, fault: Exception) -> list[Run]:
    """Stored instead of a run: its first activity alone, so that no other one is blamed; then that this one failed.

    Nothing if not even that can be stored: the conversation is begun anew when its lease has run out.
    """
    if not run.handled:
        return []
    kept = run.handled[:1] if len(run.handled) > 1 or run.fault else []
    rest = [*(passage.activity for passage, _ in run.handled[len(kept) :]), *run.waiting]
    return [replace(run, waiting=deque(rest), handled=kept, fault=None if kept else fault)]


def _do_commit(runs: Sequence[Run]) -> None:
    """Results of those that are still ours; their lanes are locked first. Of a lost lease nothing is written."""
    locked = {run.key: _do_lock(run.key) for run in runs if run.follows}
    lanes = lock(PipelineLane, {run.key: run.token for run in runs})
    ours = [run for run in runs if run.key in lanes]
    rows = [_processed(passage, trace) for run in ours for passage, trace in run.handled]
    rows += [_failed(run, lanes[run.key]) for run in ours if run.fault]
    settled = [_settled(run, lanes[run.key]) for run in ours]
    with sql.together():
        bulk.update_many(Activity, rows, append=("trace",))
        do_enqueue(passage for run in ours for passage, _ in run.handled)
        if not locked:
            bulk.update_many(PipelineLane, settled)
    for run in ours:
        if conversation := locked.get(run.key):
            do_follow(conversation, run.handled[-1][0])
    if locked:  # what follows has made the lane due, and was not to be read before
        bulk.update_many(PipelineLane, settled)
    if any(row["due"] and not row["tries"] for row in settled):  # more waits than was loaded, or something follows
        after_commit("pipeline")
    for run in ours:
        reached = {found.id for passage, _ in run.handled for found in _readers(passage)}
        if run.handled:
            announce(run.conversation.hub_id, run.key, list(reached), run.handled[-1][0].activity.event_id)


def _do_lock(conversation_id: uuid.UUID) -> Conversation | None:
    """None when it was deleted, and its lane with it."""
    with suppress(HubsterError):
        return locked_conversation(None, conversation_id)
    return None


def _readers(passage: Passage) -> list[IntegrationRef]:
    return [*passage.receivers, *passage.observers, *([passage.echo_to] if passage.echo_to else [])]


def _processed(passage: Passage, trace: Trace) -> dict[str, Any]:
    activity = passage.activity
    first = passage.receivers[0] if passage.receivers else None
    return {
        "id": activity.pk,
        "content": passage.content,
        "state": Activity.State.PROCESSED,
        "recipient_type": first.type if first else activity.recipient_type,
        "recipient_integration": first.id if first else activity.recipient_integration_id,
        "modified": clock.now(),
        "trace": trace,
    }


def _failed(run: Run, lane: PipelineLane) -> dict[str, Any]:
    """The failed run in the ledger; after `MAX_TRIES`, the activity is set aside with an alert."""
    activity, fault = run.waiting[0], type(run.fault).__name__
    given_up = _tries(run, lane) >= MAX_TRIES
    if given_up:
        transaction.on_commit(PARKED.inc)
        hub = run.conversation.hub
        text = _("A message in “%(hub)s” was set aside after %(tries)d failed attempts to process it (%(fault)s).")
        facts = {"hub": hub.name, "tries": MAX_TRIES, "fault": fault}
        do_notify(hub.tenant_id, None, Notice.Kind.MESSAGE_PARKED, text % facts)
    return {
        "id": activity.pk,
        "content": activity.content,
        "state": Activity.State.PARKED if given_up else Activity.State.ACCEPTED,
        "recipient_type": activity.recipient_type,
        "recipient_integration": activity.recipient_integration_id,
        "modified": clock.now(),
        "trace": [entry("pipeline", "failed", _("The run failed (%(fault)s).") % {"fault": fault})],
    }


def _tries(run: Run, lane: PipelineLane) -> int:
    """Failed runs of the activity that failed now: those before were of another one if any was handled."""
    return 1 if run.handled else lane.tries + 1


def _settled(run: Run, lane: PipelineLane) -> dict[str, Any]:
    """The lane given back: due at once, later, or not at all."""
    handled, tries, now = run.upto(), 0, clock.now()
    if run.fault and _tries(run, lane) < MAX_TRIES:
        tries = _tries(run, lane)
    elif run.fault:
        handled = run.waiting[0].event_id
    due = now + timedelta(seconds=tries) if tries else now if lane.newest > handled or run.follows else None
    return {"conversation": run.key, "handled": handled, "tries": tries, "due": due,
            "lease_token": None, "lease_until": None}  # fmt: skip
