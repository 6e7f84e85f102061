"""Periodic jobs: one process runs each, in shares, and what fails is recorded and tried again."""

from datetime import timedelta
from itertools import count
from threading import Event

import pytest
import time_machine
from django.conf import settings

from engine import jobs
from engine.jobs import Periodic
from engine.models import Job
from engine.work import wake
from engine.workers import do_sweep
from hubster.lib import clock

pytestmark = pytest.mark.usefixtures("still")

EVERY = timedelta(hours=1)
SWEEPS = 5  # a job that comes with nearly every sweep belongs into the sweep itself


class Work:
    """A job of so many batches of ten rows."""

    def __init__(self, batches: int) -> None:
        self.batches, self.runs, self.done = batches, 0, 0

    def __call__(self):
        self.runs += 1
        for _ in range(self.batches):
            self.done += 1
            yield 10


@pytest.fixture
def install(db, monkeypatch):
    """Replaces the jobs by those of a test; time for them passes by one second at each look at the clock."""

    def put(**works):
        found = {name: Periodic(name, EVERY, work) for name, work in works.items()}
        monkeypatch.setattr(jobs, "all_jobs", lambda: found)
        return found

    monkeypatch.setattr(jobs, "_under_way", {})
    return put


@pytest.fixture
def brief(monkeypatch):
    """Each share is over after two batches."""
    ticks = count()
    monkeypatch.setattr(jobs.time, "monotonic", lambda: next(ticks) * jobs.SHARE / 2.5)


def elsewhere(monkeypatch):
    """From here on we are another process."""
    monkeypatch.setattr(jobs, "_under_way", {})


def test_every_file_is_a_job_with_a_period_and_a_purpose():
    found = jobs.all_jobs()
    assert set(found) >= {"contents_old", "attempts_old", "answers_old", "conversations_dormant", "keys_expired"}
    for job in found.values():
        assert SWEEPS * timedelta(seconds=settings.HUBSTER_SWEEP_EVERY) <= job.every <= timedelta(days=1), job.name
        assert len(job.name) <= 40


def test_the_sweep_runs_what_is_due_and_records_how_it_went(install):
    work = Work(3)
    install(clean=work)
    do_sweep()
    row = Job.objects.get()
    assert (work.runs, row.name, row.handled, row.error) == (1, "clean", 30, "")
    assert row.started <= row.ended
    assert row.next_run - row.ended == EVERY


def test_it_runs_again_only_when_its_period_has_passed(install):
    work = Work(1)
    install(clean=work)
    jobs.do_run_jobs()
    with time_machine.travel(clock.now() + EVERY - timedelta(seconds=5), tick=False):
        assert jobs.do_run_jobs() == 0
    with time_machine.travel(clock.now() + EVERY + timedelta(seconds=5), tick=False):
        assert jobs.do_run_jobs() == 10
    assert work.runs == 2


def test_of_two_processes_that_see_it_due_one_runs_it(install):
    work = Work(1)
    job = install(clean=work)["clean"]
    seen_by_both = jobs._due(clock.now())[0][1]
    assert jobs._do_share(job, seen_by_both, 1) == 10
    assert jobs._do_share(job, seen_by_both, 1) == 0
    assert work.runs == 1


def test_a_long_job_goes_on_at_the_next_sweep_where_it_was(install, brief):
    work = Work(5)
    install(clean=work)
    handled = [jobs.do_run_jobs() for _ in range(3)]
    assert (sum(handled), work.runs) == (50, 1)
    assert handled[0] < 50
    row = Job.objects.get()
    assert (row.handled, bool(row.ended)) == (50, True)


def test_while_it_is_under_way_in_one_process_no_other_takes_it(install, brief, monkeypatch):
    work = Work(9)
    install(clean=work)
    jobs.do_run_jobs()
    elsewhere(monkeypatch)
    assert jobs.do_run_jobs() == 0
    assert work.runs == 1


def test_when_its_process_dies_another_one_begins_it_anew_after_a_minute(install, brief, monkeypatch):
    work = Work(9)
    install(clean=work)
    jobs.do_run_jobs()
    first = jobs._under_way
    elsewhere(monkeypatch)
    with time_machine.travel(clock.now() + jobs.LEASE + timedelta(seconds=1), tick=False):
        assert jobs.do_run_jobs() > 0
        assert work.runs == 2
        monkeypatch.setattr(jobs, "_under_way", first)  # the first one was only asleep
        assert jobs.do_run_jobs() == 0
        assert first == {}


def test_a_process_that_ends_leaves_the_rest_to_others_at_once(install, brief, monkeypatch):
    work = Work(9)
    install(clean=work)
    ending = Event()
    monkeypatch.setattr(wake, "shutting_down", ending)

    def ends_soon():
        for handled in work():
            ending.set()
            yield handled

    install(clean=ends_soon)
    assert jobs.do_run_jobs() == 10
    assert jobs._under_way == {}
    assert Job.objects.get().next_run <= clock.now()


def test_a_job_that_fails_is_recorded_and_tried_again_and_holds_up_no_other(install, caplog):
    def broken():
        yield 1
        raise ValueError("a customer's words")

    other = Work(1)
    install(broken=broken, other=other)
    do_sweep()
    row = Job.objects.get(name="broken")
    assert (row.handled, row.error, row.ended) == (1, "ValueError. The worker's log has the details.", None)
    assert other.runs == 1
    assert "job failed" in caplog.text
    install(broken=Work(2), other=other)
    with time_machine.travel(row.next_run + timedelta(seconds=1), tick=False):
        do_sweep()
    row.refresh_from_db()
    assert (row.handled, row.error, bool(row.ended)) == (20, "", True)


def test_jobs_that_are_due_together_share_the_time_of_a_sweep(install, brief):
    first, second = Work(50), Work(50)
    install(first=first, second=second)
    jobs.do_run_jobs()
    assert 0 < first.done < 5
    assert 0 < second.done < 5


def test_the_row_of_a_job_that_is_no_more_is_left_alone(install):
    Job.objects.create(name="gone", next_run=clock.now() - EVERY)
    install(clean=Work(1))
    assert jobs.do_run_jobs() == 10
    assert Job.objects.get(name="gone").started is None
