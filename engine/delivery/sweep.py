"""The sweeper: finds every row that is due and that nobody works on, and wakes a worker for it."""

from datetime import UTC, datetime, timedelta

from django.db.models import Q

from engine.delivery.claim import BATCH, waiting_lanes
from engine.models import Activity
from engine.wake import hint
from hubster.lib import clock
from portal.once import do_forget_old_answers

GRACE = timedelta(seconds=1)  # a fresh row has its own hint on the way
_FORGET_EVERY = timedelta(minutes=10)
_forgot = {"at": datetime.min.replace(tzinfo=UTC)}


def do_sweep() -> int:
    """Wake workers for forgotten rows; the number of hints sent. Several sweepers may run at once."""
    now = clock.now()
    waiting = Activity.objects.filter(Q(due__isnull=True) | Q(due__lte=now), state=Activity.State.ACCEPTED)
    old = waiting.filter(modified__lte=now - GRACE).order_by("modified")[:BATCH]
    conversations = set(old.values_list("conversation_id", flat=True))
    for conversation_id in conversations:
        hint("run_pipeline", str(conversation_id))
    lanes = waiting_lanes()
    for lane_id, work in lanes:
        hint(work, str(lane_id))
    _forget_old_answers(now)
    return len(conversations) + len(lanes)


def _forget_old_answers(now: datetime) -> None:
    """Now and then, in every process that sweeps: deleting again what is gone costs next to nothing."""
    if now - _forgot["at"] > _FORGET_EVERY:
        _forgot["at"] = now
        do_forget_old_answers()
