"""The watchdog: ends a worker that takes nothing for half a minute while there is something to take, and no other."""

import subprocess
import sys
import textwrap
import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction

from engine.models import CommandCall, Lane, PipelineLane
from engine.work import wake
from engine.work.watchdog import EXIT_CODE, Watchdog
from engine.workers import EmbeddedWorkers, Sweeper
from hubster.lib import clock
from tests.background import do_run, taken
from tests.engine.callers import add_calls

pytestmark = pytest.mark.usefixtures("still")

TEXT = {"message": {"type": "text", "text": "hello"}}


@pytest.fixture
def time(monkeypatch):
    """A clock that stands still until it is moved."""
    monkeypatch.setattr(wake.heartbeat, "value", 0.0)
    with time_machine.travel(clock.now(), tick=False) as found:
        yield found


@pytest.fixture
def dog(time, db):
    """One that barks into a list."""
    barks: list[str] = []
    found = Watchdog(lambda: barks.append("end"))
    found.barks = barks
    return found


@pytest.fixture
def conversation(time, acme):
    """One in which a message waits."""
    acme.add("System", "Observer", webhookUrl="http://127.0.0.1:8099/hook", events=["message"])
    row = acme.establish()
    say(acme, row)
    return row


def say(party, conversation) -> None:
    path = f"/inbound/customer/v1/direct/activity/{conversation.id}"
    assert party.api("engine").post(path, TEXT, format="json").status_code == 200


def watch(dog, time, seconds: int) -> list[str]:
    """Look every two seconds, as a sweeper does."""
    for _ in range(seconds // 2):
        time.shift(2)
        dog.look()
    return dog.barks


def test_nothing_to_do_is_no_fault(dog, time):
    assert watch(dog, time, 300) == []


def test_a_worker_that_takes_nothing_of_what_waits_is_ended_after_half_a_minute(dog, time, conversation, caplog):
    assert watch(dog, time, 58) == []  # 30 until the row is overdue, then 30 more
    assert watch(dog, time, 4) != []
    assert "takes no work" in caplog.text


def test_a_worker_that_takes_something_lives_however_much_waits(dog, time, conversation):
    for _ in range(5):
        assert watch(dog, time, 28) == []
        wake.touch_heartbeat()


def test_the_pipeline_and_the_senders_say_that_they_took_something(dog, time, conversation):
    do_run(conversation.id)
    assert wake.heartbeat.value == clock.now().timestamp()
    time.shift(5)
    assert taken("delivery", Lane.objects.get().id)
    assert wake.heartbeat.value == clock.now().timestamp()


def test_due_lanes_count_unless_somebody_holds_them(dog, time, conversation):
    do_run(conversation.id)
    Lane.objects.update(lease_until=clock.now() + timedelta(minutes=10))
    assert watch(dog, time, 300) == []
    Lane.objects.update(lease_until=None)
    assert watch(dog, time, 40) != []


def test_calls_of_commands_that_nobody_makes_count(dog, time, acme):
    (row,) = add_calls(acme)
    assert watch(dog, time, 58) == []
    assert watch(dog, time, 4) != []
    dog.barks.clear()
    assert taken("command", row.pk)
    CommandCall.objects.update(lease_until=clock.now() + timedelta(minutes=10))
    assert watch(dog, time, 28) == []


def test_what_waits_behind_a_message_that_is_tried_again_later_is_not_overdue(dog, time, acme, conversation):
    say(acme, conversation)
    PipelineLane.objects.filter(pk=conversation.pk).update(due=clock.now() + timedelta(minutes=10))
    assert watch(dog, time, 300) == []


# --- what another transaction holds, for example that of a worker that is frozen --------------------------------
@contextmanager
def held(rows):
    """Rows locked by a transaction of another connection for as long as this lasts."""
    locked, over = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                assert list(rows.select_for_update())
                locked.set()
                over.wait(60)
        finally:
            connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert locked.wait(60)
        yield
    finally:
        over.set()
        thread.join()


row_locks = pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no locks of rows")


@row_locks
@pytest.mark.django_db(transaction=True)
def test_a_conversation_that_somebody_holds_is_nothing_to_take(dog, time, acme, conversation):
    say(acme, conversation)
    with held(PipelineLane.objects.filter(pk=conversation.pk)):
        assert watch(dog, time, 120) == []
    assert watch(dog, time, 28) == [], "free again: from here on it has half a minute"
    assert watch(dog, time, 4) != []


@row_locks
@pytest.mark.django_db(transaction=True)
def test_a_held_conversation_does_not_hide_that_others_could_be_taken(dog, time, acme, conversation):
    say(acme, acme.establish())
    with held(PipelineLane.objects.filter(pk=conversation.pk)):
        assert watch(dog, time, 64) != []


@row_locks
@pytest.mark.django_db(transaction=True)
def test_a_lane_that_somebody_holds_is_nothing_to_take(dog, time, acme, conversation):
    do_run(conversation.id)
    with held(Lane.objects.all()):
        assert watch(dog, time, 120) == []
    assert watch(dog, time, 32) != []


@row_locks
@pytest.mark.django_db(transaction=True)
def test_looking_keeps_no_row_from_a_worker(dog, time, conversation):
    watch(dog, time, 40)
    with held(PipelineLane.objects.all()):
        pass
    assert do_run(conversation.id) == 1


def test_after_the_database_was_away_the_worker_gets_its_half_minute(dog, time, conversation):
    watch(dog, time, 40)
    time.shift(600)  # every sweep failed
    dog.look()
    assert dog.barks == []
    assert watch(dog, time, 32) != []


def test_the_embedded_process_has_none(transactional_db, monkeypatch):
    monkeypatch.setattr(Sweeper, "start", lambda self: None)
    workers = EmbeddedWorkers()
    assert workers.sweeper.watchdog is None
    workers.stop()


def test_the_process_ends_by_sigterm_with_a_code_that_says_failure():
    """In a process of its own, which ends in order as a worker does."""
    script = """
        import signal, sys, django
        django.setup()
        from engine.work import watchdog
        signal.signal(signal.SIGTERM, lambda *_: (print("in order", flush=True), watchdog.exit_if_ending()))
        watchdog.end_process()
        sys.exit(3)
    """
    command = [sys.executable, "-c", "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'hubster.settings'\n"
               + textwrap.dedent(script)]  # fmt: skip
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (EXIT_CODE, "in order\n"), ended.stderr


def test_an_ordinary_end_keeps_its_own_exit_code():
    from engine.work import watchdog

    watchdog.exit_if_ending()  # would end this very process
