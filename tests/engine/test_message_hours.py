"""The chart of the overview: hours that are over are counted once by a job, the present one up to a limit."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engine.actions.hours import do_count_hours
from engine.admin import numbers
from engine.models import Activity, MessageHour
from engine.models.hour import HOUR
from hubster.lib import clock, keyset
from tests.background import do_run

BEGIN = datetime(2031, 5, 1, 12, 20, tzinfo=UTC)


@pytest.fixture
def time():
    with time_machine.travel(BEGIN, tick=False) as found:
        yield found


def say(party, talk, *senders) -> None:
    """By the customer (None), or by an integration of the business."""
    for sender in senders:
        side = "business" if sender else "customer"
        body = {"message": {"type": "text", "text": "Hi"}}
        body |= {"sender": {"integrationId": str(sender.pk)}} if sender else {}
        path = f"/inbound/{side}/v1/direct/activity/{talk.pk}"
        assert party.api("engine").post(path, body, format="json").status_code == 200
    do_run(talk.pk)


def bars(party) -> list[tuple[int, int]]:
    """(customers, business) of each hour in which something was said, oldest first."""
    found = numbers.messages_by_hour(party.people["manager"])
    assert len(found) == 24
    return [(bar.customers, bar.business) for bar in found if bar.total]


def test_each_hour_is_counted_for_its_own_tenant_whether_the_job_has_run_or_not(acme, globex, time):
    ours, theirs = acme.establish(), globex.establish()
    say(acme, ours, None, acme.agent, None)
    say(globex, theirs, None)
    time.shift(timedelta(hours=1))
    say(acme, ours, acme.agent)
    assert bars(acme) == [(2, 1), (0, 1)]
    assert sum(do_count_hours()) == 2, "hubs in which something was said in an hour that is over"
    assert bars(acme) == [(2, 1), (0, 1)]
    assert bars(globex) == [(1, 0)]
    assert MessageHour.objects.count() == 2, "the present hour is not over"


def test_hours_that_are_over_are_not_read_again(acme, time):
    talk = acme.establish()
    say(acme, talk, None, None)
    time.shift(timedelta(hours=1))
    list(do_count_hours())
    Activity.objects.all().delete()
    assert bars(acme) == [(2, 0)]
    with CaptureQueriesContext(connection) as seen:
        numbers.messages_by_hour(acme.people["manager"])
    assert sum("engine_activity" in query["sql"] for query in seen) == 1, "the present hour"


def test_what_was_processed_late_is_counted_at_the_next_run(acme, time):
    talk = acme.establish()
    path = f"/inbound/business/v1/direct/activity/{talk.pk}"
    body = {"message": {"type": "text", "text": "Hi"}, "sender": {"integrationId": str(acme.agent.pk)}}
    assert acme.api("engine").post(path, body, format="json").status_code == 200
    time.shift(timedelta(minutes=45))
    list(do_count_hours())
    do_run(talk.pk)
    time.shift(timedelta(hours=1))
    list(do_count_hours())
    assert bars(acme) == [(0, 1)]


def test_old_hours_and_those_of_deleted_hubs_go(acme, globex, time):
    say(acme, acme.establish(), None)
    say(globex, globex.establish(), None)
    time.shift(timedelta(hours=2))
    list(do_count_hours())
    assert MessageHour.objects.count() == 2
    assert globex.api("portal").delete(f"/api/v1/hubs/{globex.hub.pk}").status_code == 200
    assert [row.hub_id for row in MessageHour.objects.all()] == [acme.hub.pk]
    time.shift(timedelta(hours=50))
    list(do_count_hours())
    assert not MessageHour.objects.exists()


def test_after_a_pause_of_the_workers_every_hour_of_the_day_is_counted(acme, time):
    talk = acme.establish()
    for _ in range(4):
        say(acme, talk, None)
        time.shift(timedelta(hours=1))
    assert sum(do_count_hours()) == 4
    assert [row.hour - clock.now_ms() // HOUR for row in MessageHour.objects.order_by("hour")] == [-4, -3, -2, -1]


def test_counting_the_present_hour_stops_and_the_chart_says_so(acme, time, monkeypatch):
    monkeypatch.setattr(keyset, "MOST", 3)
    say(acme, acme.establish(), *[None] * 5)
    (bar,) = (bar for bar in numbers.messages_by_hour(acme.people["manager"]) if bar.total)
    assert (bar.total, bar.more) == (4, True)
    shown = acme.browser("manager").get("/admin/").content.decode()
    assert "12:00 UTC so far: at least 4 from customers, 0 from the business" in shown
