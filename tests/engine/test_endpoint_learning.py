"""What is learned of an endpoint from calls at the same moment, and from calls that are few and far between."""

from datetime import timedelta

import pytest
import time_machine

from engine.models import Delivery, Endpoint, Lane
from hubster.lib import clock
from tests.background import do_deliver
from tests.engine.observer import say

pytestmark = pytest.mark.usefixtures("still")

S = Delivery.Status


def lanes(party, count: int) -> list[Lane]:
    """That many conversations with a word for the observer each."""
    for number in range(count):
        say(party, party.establish(), str(number))
    return list(Lane.objects.filter(destination=party.observer).order_by("id"))


def during(lane: Lane, answer: int):
    """While this call is under way, another lane's begins and ends."""

    def call() -> int:
        do_deliver(lane.id)
        return answer

    return call


@pytest.fixture
def two(observed) -> list[Lane]:
    """Lanes of an endpoint that is well."""
    found = lanes(observed, 2)
    Endpoint.objects.create(destination=observed.observer)
    return found


def test_of_two_calls_at_once_the_good_one_that_ends_last_is_what_counts(two, fake_http):
    fake_http.answers = [during(two[1], 200), 500]
    do_deliver(two[0].id)
    found = Endpoint.objects.get()
    assert (found.failures, found.failing_since, found.well) == (0, None, True)


def test_a_failure_that_ends_last_counts(two, fake_http):
    fake_http.answers = [during(two[1], 500), 200]
    do_deliver(two[0].id)
    assert Endpoint.objects.get().failures == 1


def test_two_failures_at_once_are_two(two, fake_http):
    fake_http.answers = [during(two[1], 500), 500]
    do_deliver(two[0].id)
    assert Endpoint.objects.get().failures == 2


def test_a_failure_does_not_bring_back_one_that_a_success_has_ended(two, fake_http):
    long_ago = clock.now() - timedelta(days=3)
    Endpoint.objects.update(failing_since=long_ago)  # failures stays 0, so that two calls may be under way

    def recovered() -> int:
        Endpoint.objects.update(failing_since=None, failures=0)
        return 500

    fake_http.answers = [recovered]
    do_deliver(two[0].id)
    assert Endpoint.objects.get().failing_since > long_ago


def test_one_failure_after_days_without_a_call_pauses_nothing_and_the_next_one_does(observed, fake_http):
    first, second = lanes(observed, 2)
    fake_http.answers = [500] * 8
    start = clock.now()
    for number in range(6):
        with time_machine.travel(start + timedelta(hours=number), tick=False):
            do_deliver(first.id)
    assert Delivery.objects.filter(destination=observed.observer, status=S.FAILED).count() == 1
    Lane.objects.filter(pk=second.pk).update(due=start)
    with time_machine.travel(start + timedelta(days=6), tick=False):
        do_deliver(second.id)
        assert (Endpoint.objects.get().failures, Endpoint.objects.get().paused) == (7, None)
    with time_machine.travel(start + timedelta(days=6, minutes=3), tick=False):
        do_deliver(second.id)
        assert Endpoint.objects.get().paused
