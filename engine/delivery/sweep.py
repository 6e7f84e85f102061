"""The sweeper: finds every row that is due and that nobody works on, and wakes a worker for it."""

from datetime import timedelta

from engine.delivery.claim import BATCH, by_turns, waiting_lanes
from engine.jobs import do_run_jobs
from engine.mail import do_tell_owners
from engine.models import CommandCall
from engine.wake import wake_up
from hubster.lib import clock

GRACE = timedelta(seconds=1)  # a fresh row has its own wake-up on the way


def do_sweep() -> int:
    """Wake workers for forgotten rows; the number of wake-ups sent. Several sweepers may run at once."""
    now = clock.now()
    lanes = waiting_lanes()
    for lane_id, work, tenant in lanes:
        wake_up(work, str(lane_id), tenant)
    late = by_turns(CommandCall.objects.filter(due__lte=now - GRACE), "command__hub__tenant")
    calls = list(late.values_list("pk", "command__hub__tenant", "command")[:BATCH])
    for call in calls:
        wake_up("call_command", *map(str, call))
    do_tell_owners()
    do_run_jobs()
    return len(lanes) + len(calls)
