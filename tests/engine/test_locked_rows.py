"""Somebody holds locks for long: whoever waits for other rows goes on, and nothing is called or stored twice."""

from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError, connection, transaction

from engine.delivery.kind import KIND as DELIVERY
from engine.models import Activity, Attempt, Conversation, Delivery, Endpoint, Lane, PipelineLane
from engine.pipeline.kind import KIND as PIPELINE
from engine.work import claim, renew, rounds
from hubster.lib import clock
from hubster.lib.pool import is_away, is_locked, limit_lock_waits, lock_wait, release_connection
from tests.background import taken
from tests.engine.observer import say
from tests.sessions import Session, _hold

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("still"),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="an SQLite database locks no rows"),
]
WORD = {"message": {"type": "text", "text": "now"}}


@pytest.fixture(autouse=True)
def impatient():
    """As the thread of a kind of work."""
    limit_lock_waits(50)
    yield
    limit_lock_waits(0)


@contextmanager
def locked(rows):
    """Held by another session meanwhile."""
    holder = Session(partial(_hold, rows), stop=1)
    holder.start()
    assert holder.rests()
    try:
        yield
    finally:
        holder.end()


def called(party, count: int) -> list:
    """Calls that were made, one in each of so many conversations."""
    for number in range(count):
        say(party, party.establish(), str(number))
    calls = [call for lane in Lane.objects.order_by("id") for call in taken("delivery", lane.pk)]
    assert len(calls) == count
    for call in calls:
        async_to_sync(call.work)()
    return calls


@pytest.mark.parametrize(
    "meets",
    [
        lambda call: Lane.objects.filter(pk=call.lane.pk),
        lambda call: Delivery.objects.filter(pk=call.delivery.pk),
        lambda call: Attempt.objects.filter(pk=call.attempt.pk),
    ],
    ids=["lane", "delivery", "attempt"],
)
def test_results_beside_a_locked_row_are_stored_and_its_own_when_it_is_free(observed, fake_http, meets):
    calls = called(observed, 3)
    with locked(meets(calls[1])):
        left = rounds.store(DELIVERY, calls)
        assert left == [calls[1]]
        sent = Delivery.objects.filter(destination=observed.observer, status="sent")
        assert {row.pk for row in sent} == {calls[0].delivery.pk, calls[2].delivery.pk}
    assert rounds.store(DELIVERY, left) == []
    assert sent.all().count() == len(fake_http.sent) == 3
    assert {row.outcome for row in Attempt.objects.all()} == {"sent"}


def test_what_a_locked_endpoint_taught_is_learned_when_it_is_free(observed, fake_http):
    Endpoint.objects.create(destination=observed.observer)
    fake_http.answers = [500]
    calls = called(observed, 1)
    with locked(Endpoint.objects.all()):
        assert rounds.store(DELIVERY, calls) == calls
    assert rounds.store(DELIVERY, calls) == []
    assert Endpoint.objects.get().failures == 1


def test_a_lane_that_is_locked_while_it_is_loaded_keeps_nobody_else_from_being_sent(observed):
    for number in range(3):
        say(observed, observed.establish(), str(number))
    held = claim(DELIVERY, others=9)
    assert len(held) == 3
    second = Delivery.objects.filter(destination=observed.observer)[1]
    with transaction.atomic():
        Delivery.objects.filter(destination=observed.observer).update(next_attempt=None)
    Attempt.objects.create(delivery=second, number=1, started=clock.now(), outcome="open")
    with locked(Attempt.objects.all()):
        items = rounds._loaded(DELIVERY, held)
    assert len(items) == 2
    assert second.pk not in {item.delivery.pk for item in items}
    assert Lane.objects.filter(lease_token__isnull=False, tries=0).count() == 3, "it is begun anew after its lease"


def test_a_lease_is_renewed_though_another_row_is_locked(observed):
    for number in range(2):
        say(observed, observed.establish(), str(number))
    held, soon = claim(DELIVERY, others=9), clock.now()
    Lane.objects.update(lease_until=soon)
    with locked(Lane.objects.filter(pk=min(held))):
        renew(DELIVERY, held)
    later = Lane.objects.filter(lease_until__gt=soon + timedelta(seconds=1))
    assert [row.pk for row in later] == [max(held)]


@pytest.mark.parametrize("table", [Conversation, PipelineLane, Lane])
def test_the_pipeline_goes_on_beside_a_conversation_that_is_locked(observed, table):
    talks = [observed.establish() for _ in range(3)]
    api = observed.api("engine")
    for talk in talks:
        say(observed, talk, "before")
        assert api.post(f"/inbound/customer/v1/direct/activity/{talk.pk}", WORD, format="json").status_code == 200
    runs = PIPELINE.load(claim(PIPELINE))
    for run in runs:
        async_to_sync(run.work)()
    field = "pk" if table is Conversation else "conversation"
    with locked(table.objects.filter(**{field: talks[1].pk})):
        left = rounds.store(PIPELINE, runs)
        waits = Activity.objects.filter(state=Activity.State.ACCEPTED)
        assert {run.key for run in left} == {row.conversation_id for row in waits} == {talks[1].pk}
    assert rounds.store(PIPELINE, left) == []
    assert not waits.all().exists()
    assert Delivery.objects.filter(destination=observed.observer).count() == 6


def test_a_thread_that_gives_its_connection_back_leaves_no_limit_on_it(observed):
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("50ms",)
    release_connection()
    limit_lock_waits(0)
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)


def test_a_locked_row_is_no_database_that_is_away(observed):
    say(observed, observed.establish(), "one")
    with locked(Lane.objects.all()), pytest.raises(OperationalError) as found:
        Lane.objects.update(due=None)
    assert is_locked(found.value)
    assert not is_away(found.value)
    assert lock_wait() == 50
