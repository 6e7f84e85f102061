"""Writes about periodic jobs that a person asks for; what the sweeper writes about them is in jobs/."""

from datetime import datetime

from django.db import transaction

from engine.models import Job
from hubster.lib import clock
from portal.actions import audit
from portal.actions.snapshots import Snapshot


@transaction.atomic
def do_run_soon(name: str) -> bool:
    """Have a job run at the next sweep. False: it is under way or due already, and nothing was changed."""
    row = Job.objects.select_for_update().filter(pk=name).first()
    now = clock.now()
    if row is None or row.holder or row.next_run <= now:
        return False
    Job.objects.filter(pk=name).update(next_run=now)
    audit.do_record("started", _snapshot(name, row.next_run), _snapshot(name, now))
    return True


def _snapshot(name: str, next_run: datetime) -> Snapshot:
    """A job is nobody's but the platform's."""
    return Snapshot("job", name, name, None, {"nextRun": clock.iso(next_run)})
