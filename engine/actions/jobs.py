"""Writes about periodic jobs that a person asks for; what workers write about them is in jobs/."""

from datetime import datetime

from django.db import transaction

from engine.models import Job
from engine.work import wake
from hubster.lib import clock
from portal.actions import audit
from portal.actions.snapshots import Snapshot


@transaction.atomic
def do_run_soon(name: str) -> bool:
    """Have a job run now. False: it is under way or due already, and nothing was changed."""
    row = Job.objects.select_for_update().filter(pk=name).first()
    now = clock.now()
    if row is None or row.is_held(now) or row.due is None or row.due <= now:
        return False
    Job.objects.filter(pk=name).update(due=now)
    audit.do_record("started", _snapshot(name, row.due), _snapshot(name, now))
    wake.after_commit("job")
    return True


def _snapshot(name: str, due: datetime) -> Snapshot:
    """A job is nobody's but the platform's."""
    return Snapshot("job", name, name, None, {"nextRun": clock.iso(due)})
