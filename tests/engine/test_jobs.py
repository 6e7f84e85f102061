"""Periodic jobs: one process runs each, batch after batch, and what fails is recorded and tried again."""

from datetime import timedelta
from threading import Event, current_thread
from uuid import uuid4

import pytest
import time_machine
from asgiref.sync import async_to_sync
from django.conf import settings

from engine import jobs
from engine.jobs import Periodic
from engine.jobs.runs import Run
from engine.models import Job
from engine.work import Loops, all_kinds, wake
from engine.work.rounds import store
from engine.workers import do_sweep
from hubster.lib import clock
from tests.background import do_jobs, taken

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
    """Replaces the jobs by those of a test."""

    def put(**works):
        found = {name: Periodic(name, EVERY, work) for name, work in works.items()}
        monkeypatch.setattr(jobs, "all_jobs", lambda: found)
        return found

    return put


def test_every_file_is_a_job_with_a_period_and_a_purpose():
    found = jobs.all_jobs()
    assert set(found) >= {"contents_old", "attempts_old", "answers_old", "conversations_dormant", "keys_expired"}
    for job in found.values():
        assert SWEEPS * timedelta(seconds=settings.HUBSTER_SWEEP_EVERY) <= job.every <= timedelta(days=1), job.name
        assert len(job.name) <= 40


def test_a_sweep_finds_new_jobs_and_those_that_were_gone_for_a_while(install):
    Job.objects.create(name="back", due=None)
    install(new=Work(1), back=Work(1))
    do_sweep()
    assert all(row.due <= clock.now() for row in Job.objects.all())
    assert Job.objects.count() == 2


def test_a_run_is_recorded(install):
    work = Work(3)
    install(clean=work)
    assert do_jobs() == 30
    row = Job.objects.get()
    assert (work.runs, row.name, row.handled, row.error) == (1, "clean", 30, "")
    assert row.started <= row.ended
    assert row.due - row.ended == EVERY


def test_it_runs_again_only_when_its_period_has_passed(install):
    work = Work(1)
    install(clean=work)
    do_jobs()
    with time_machine.travel(clock.now() + EVERY - timedelta(seconds=5), tick=False):
        assert do_jobs() == 0
    with time_machine.travel(clock.now() + EVERY + timedelta(seconds=5), tick=False):
        assert do_jobs() == 10
    assert work.runs == 2


def test_while_it_is_under_way_in_one_process_no_other_takes_it(install):
    work = Work(9)
    install(clean=work)
    jobs.do_add_missing()
    (run,) = taken("job", None)
    assert do_jobs() == 0
    run.do()
    assert work.runs == 1


def test_when_its_process_dies_another_one_begins_it_anew(install):
    work = Work(2)
    install(clean=work)
    jobs.do_add_missing()
    (first,) = taken("job", None)
    with time_machine.travel(clock.now() + all_kinds()["job"].lease + timedelta(seconds=1), tick=False):
        (second,) = taken("job", None)
        first.do()  # it was only asleep
        store(all_kinds()["job"], [first])
        assert Job.objects.get().ended is None
        second.do()
        store(all_kinds()["job"], [second])
    assert Job.objects.get().ended
    assert work.runs == 2


def test_a_process_that_ends_leaves_the_rest_to_others_at_once(install, monkeypatch):
    work = Work(9)
    ending = Event()
    monkeypatch.setattr(wake, "shutting_down", ending)

    def ends_soon():
        for handled in work():
            ending.set()
            yield handled

    install(clean=ends_soon)
    assert do_jobs() == 10
    row = Job.objects.get()
    assert row.due <= clock.now()
    assert (row.lease_token, row.ended, row.error) == (None, None, "")


def test_a_process_that_ends_waits_for_no_job_that_hangs():
    """Python waits at its end for all other threads, and for those of its pools."""
    found = []

    def notes_its_thread():
        found.append(current_thread())
        yield 1

    run = Run(Periodic("clean", EVERY, notes_its_thread), uuid4())
    async_to_sync(run.work)()
    assert (run.is_over, found[0].daemon) == (True, True)


def test_a_job_that_fails_is_recorded_and_tried_again_and_holds_up_no_other(install, caplog):
    def broken():
        yield 1
        raise ValueError("a customer's words")

    other = Work(1)
    install(broken=broken, other=other)
    do_jobs()
    row = Job.objects.get(name="broken")
    assert (row.handled, row.error, row.ended) == (1, "ValueError. The worker's log has the details.", None)
    assert other.runs == 1
    assert "job failed" in caplog.text
    install(broken=Work(2), other=other)
    with time_machine.travel(row.due + timedelta(seconds=1), tick=False):
        do_jobs()
    row.refresh_from_db()
    assert (row.handled, row.error, bool(row.ended)) == (20, "", True)


def test_the_row_of_a_job_that_is_no_more_is_not_taken_again(install):
    Job.objects.create(name="gone", due=clock.now() - EVERY)
    install(clean=Work(1))
    assert do_jobs() == 10
    gone = Job.objects.get(name="gone")
    assert (gone.started, gone.due, gone.lease_token) == (None, None, None)


@pytest.mark.django_db(transaction=True)
def test_a_worker_runs_two_at_once_and_waits_for_none_with_other_work(monkeypatch):
    both = [Event(), Event()]

    def meeting(mine, other):
        def run():
            mine.set()
            assert other.wait(10)
            yield 1

        return run

    found = {name: Periodic(name, EVERY, run) for name, run in
             (("first", meeting(*both)), ("second", meeting(*reversed(both))))}  # fmt: skip
    monkeypatch.setattr(jobs, "all_jobs", lambda: found)
    jobs.do_add_missing()
    loops = Loops([all_kinds()["job"]])
    assert all(one.wait(10) for one in both)
    loops.stop().join(20)
    assert [row.handled for row in Job.objects.all()] == [1, 1]
    assert not Job.objects.filter(error__gt="").exists()
