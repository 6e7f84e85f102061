"""Work: rows are claimed in batches, fairly, under a token that fences late results."""

import uuid
from collections import Counter
from datetime import timedelta

import pytest
import time_machine

from engine.models import PipelineLane
from engine.pipeline.kind import KIND
from engine.work import all_kinds, claim, lock, release, release_all, renew, wake
from hubster.lib import clock
from tests.cast import make_tenant_fixture

TEXT = {"message": {"type": "text", "text": "Hi"}}


def spoken(party, count: int = 1) -> list[uuid.UUID]:
    """Conversations in each of which the customer has just spoken."""
    found = [party.establish() for _ in range(count)]
    for conversation in found:
        path = f"/inbound/customer/v1/direct/activity/{conversation.id}"
        assert party.api("engine").post(path, TEXT, format="json").status_code == 200
    return [conversation.id for conversation in found]


@pytest.fixture
def time(acme):
    with time_machine.travel(clock.now(), tick=False) as moving:
        yield moving


def test_the_pipeline_is_a_kind_of_work():
    assert all_kinds()["pipeline"] is KIND


def test_what_is_claimed_is_free_for_nobody_until_its_lease_has_run_out(acme, time):
    (conversation,) = spoken(acme)
    first = claim(KIND)
    assert list(first) == [conversation]
    assert (claim(KIND), claim(KIND, only=conversation)) == ({}, {})
    time.shift(KIND.lease - timedelta(seconds=1))
    assert claim(KIND) == {}
    time.shift(2)
    second = claim(KIND, only=str(conversation))
    assert list(second) == [conversation]
    assert second != first


def test_a_lease_that_is_renewed_goes_on_and_one_that_was_lost_does_not(acme, time):
    (conversation,) = spoken(acme)
    held = claim(KIND)
    time.shift(KIND.lease / 2)
    renew(KIND, held)
    time.shift(KIND.lease / 2 + timedelta(seconds=1))
    assert claim(KIND) == {}
    time.shift(KIND.lease)
    other = claim(KIND)
    renew(KIND, held)
    release(PipelineLane, held)
    assert PipelineLane.objects.get().lease_token == other[conversation]


def test_only_who_still_holds_a_row_can_lock_it(acme, time):
    first, second = spoken(acme, 2)
    held = claim(KIND)
    assert set(lock(PipelineLane, held)) == {first, second}
    PipelineLane.objects.filter(pk=first).update(lease_token=uuid.uuid4())
    assert set(lock(PipelineLane, held)) == {second}
    # held by another claim of the same process: its result is still no result of the first
    assert set(lock(PipelineLane, {first: held[first], second: uuid.uuid4()})) == set()


def test_what_is_released_is_free_at_once(acme, time):
    spoken(acme)
    release(PipelineLane, claim(KIND))
    assert claim(KIND)


def test_a_process_that_works_alone_takes_over_what_a_dead_one_held(acme, time):
    spoken(acme, 2)
    assert len(claim(KIND)) == 2
    release_all(PipelineLane)
    assert len(claim(KIND)) == 2


def test_a_batch_is_shared_between_tenants_however_much_one_of_them_has(acme, globex, time):
    spoken(acme, 7)
    time.shift(1)
    spoken(globex, 2)
    spoken(make_tenant_fixture("Initech"), 1)
    tenants = dict(PipelineLane.objects.values_list("pk", "tenant__name"))
    found = Counter(tenants[key] for key in claim(KIND, 6))
    assert (found["Globex"], found["Initech"]) == (2, 1)
    assert 2 <= found["Acme"] <= 3


def test_of_one_tenant_those_go_first_that_wait_for_longest(acme, time):
    first = spoken(acme, 2)
    time.shift(1)
    spoken(acme, 2)
    assert set(claim(KIND, 2)) == set(first)


def test_who_has_enough_under_way_gets_no_more(acme, globex, time):
    spoken(acme, 2)
    (theirs,) = spoken(globex)
    assert set(claim(KIND, full=[acme.tenant.pk])) == {theirs}


def test_what_was_taken_is_noted_for_the_watchdog(acme, time):
    time.shift(1)
    before = wake.heartbeat.value
    assert claim(KIND) == {}
    assert wake.heartbeat.value == before
    spoken(acme)
    claim(KIND)
    assert wake.heartbeat.value == clock.now().timestamp()


def test_what_comes_while_it_is_held_makes_it_due_again(acme, time):
    (conversation,) = spoken(acme)
    held = claim(KIND)
    runs = list(KIND.load(held))
    path = f"/inbound/customer/v1/direct/activity/{conversation}"
    assert acme.api("engine").post(path, TEXT, format="json").status_code == 200
    KIND.commit(runs)
    assert claim(KIND)
