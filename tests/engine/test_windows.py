"""How many calls at once an endpoint is given: in memory as it is learned, and in the claim that keeps to it."""

import pytest

from engine.models import Lane
from engine.work import Windows, all_kinds, claim
from engine.work.windows import QUICK, SLOW
from tests.engine.callers import add_calls
from tests.engine.observer import say

pytestmark = pytest.mark.usefixtures("still")


def answered(windows: Windows, endpoint: str, *seconds: float | None) -> None:
    for one in seconds:
        windows.begin(endpoint)
        windows.end(endpoint, one)


def room(windows: Windows, endpoint: str) -> int:
    return windows.rooms().get(endpoint, windows.others())


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ([], 1),
        ([0.1], 2),
        ([0.1] * 3, 4),
        ([0.1] * 40, 16),
        ([0.1] * 15 + [QUICK], 8),
        ([QUICK], 1),
        ([0.1] * 15 + [SLOW], 1),
        ([0.1] * 15 + [None], 1),
        ([0.1] * 15 + [None, 0.1], 2),
    ],
)
def test_a_window_grows_with_quick_answers_and_falls_with_slow_and_failed_ones(answers, found):
    windows = Windows(16, 100)
    answered(windows, "hook", *answers)
    assert room(windows, "hook") == found


def test_calls_under_way_take_up_the_room():
    windows = Windows(16, 100)
    answered(windows, "hook", 0.1, 0.1)
    windows.begin("hook")
    windows.begin("new")
    assert (room(windows, "hook"), room(windows, "new"), room(windows, "other")) == (2, 0, 1)


def test_those_that_have_not_proved_themselves_have_half_of_the_places():
    windows = Windows(16, 4)
    answered(windows, "good", 0.1)
    for name in ("new", "newer"):
        windows.begin(name)
    assert (room(windows, "another"), room(windows, "good")) == (0, 2)
    windows.end("new", None)
    assert room(windows, "another") == 1


def test_only_so_many_endpoints_are_remembered(monkeypatch):
    monkeypatch.setattr("engine.work.windows.KNOWN", 2)
    windows = Windows(16, 100)
    for name in "abc":
        answered(windows, name, 0.1)
    assert [room(windows, name) for name in "abc"] == [1, 2, 2]


# --- The claim ---------------------------------------------------------------------------------------------
def lanes_of(party, count: int) -> set[int]:
    for number in range(count):
        say(party, party.establish(), str(number))
    return set(Lane.objects.filter(destination=party.observer).values_list("pk", flat=True))


def taken(name: str = "delivery", **limits) -> set[int]:
    return set(claim(all_kinds()[name], **limits))


def test_an_endpoint_of_which_nothing_is_known_gets_one_call(observed):
    lanes = lanes_of(observed, 3)
    first, second = taken(), taken()
    assert (len(first), len(second)) == (1, 1)
    assert first | second < lanes


def test_of_one_that_is_known_as_many_are_taken_as_it_has_room_for(observed):
    lanes = lanes_of(observed, 4)
    end = observed.observer.pk
    assert taken(rooms={end: 0}) == set()
    assert len(taken(rooms={end: 3})) == 3
    assert taken(rooms={end: 9}) < lanes


def test_no_more_than_asked_for_are_taken(observed):
    lanes_of(observed, 4)
    assert len(taken(most=2, rooms={observed.observer.pk: 16})) == 2


def test_where_nothing_good_is_known_nothing_is_taken_while_the_others_have_their_half(observed):
    lanes_of(observed, 2)
    assert taken(others=0) == set()
    assert taken(others=0, rooms={observed.observer.pk: 1})


def test_every_tenant_gets_its_first_before_anybody_a_second(observed, globex):
    for number in range(4):
        observed.add("System", f"H{number}", webhookUrl=f"http://127.0.0.1:8099/{number}", events=["message"])
    say(observed, observed.establish(), "one")
    globex.add("System", "Observer", webhookUrl="http://127.0.0.1:8099/hook", events=["message"])
    say(globex, globex.establish(), "two")
    found = taken(most=2)
    assert Lane.objects.filter(pk__in=found).values("tenant").distinct().count() == 2


def test_who_has_its_share_gets_nothing_more(observed, globex):
    lanes_of(observed, 1)
    globex.observer = globex.add("System", "Observer", webhookUrl="http://127.0.0.1:8099/hook", events=["message"])
    theirs = lanes_of(globex, 1)
    assert taken(full=[observed.tenant.pk]) == theirs


def test_one_command_gets_as_many_calls_as_it_has_room_for(acme, globex):
    mine, theirs = add_calls(acme, 3), add_calls(globex, 1)
    found = taken("command", rooms={mine[0].command_id: 2})
    assert len(found) == 3
    assert theirs[0].pk in found
