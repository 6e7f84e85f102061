"""Results of the pipeline that cannot be stored, are not wanted any more, or are many: nobody else pays for them."""

import uuid
from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine

from engine import pipeline
from engine.models import Activity, PipelineLane
from engine.pipeline import load as loading
from engine.pipeline import run as module
from engine.pipeline.kind import KIND
from engine.work import claim
from hubster.lib import clock
from hubster.lib.metrics import PARKED
from tests.background import do_run

POISON = "poison"
LATER = timedelta(seconds=10)


def say(party, conversation, *texts: str) -> None:
    for text in texts:
        path = f"/inbound/customer/v1/direct/activity/{conversation.id}"
        body = {"message": {"type": "text", "text": text}}
        assert party.api("engine").post(path, body, format="json").status_code == 200


def states(conversation) -> list[tuple[str, str]]:
    return [(row.content["text"], row.state) for row in Activity.objects.filter(conversation=conversation)]


def worked(held) -> list:
    runs = sorted(KIND.load(held), key=lambda run: run.key)
    for run in runs:
        with pytest.raises(StopIteration):
            run.work().send(None)
    return runs


@pytest.fixture
def two(acme):
    """Two conversations in which something waits, in the order of their ids."""
    found = sorted((acme.establish(), acme.establish()), key=lambda row: row.pk)
    for conversation in found:
        say(acme, conversation, "Hi")
    return found


@pytest.fixture
def unstorable(monkeypatch):
    """What says `POISON` cannot be stored."""
    enqueue = module.do_enqueue

    def refuse(passages):
        found = list(passages)
        if any(passage.content.get("text") == POISON for passage in found):
            raise ValueError(POISON)
        enqueue(found)

    monkeypatch.setattr(module, "do_enqueue", refuse)


@pytest.mark.parametrize("other", [None, uuid.uuid4()])
def test_a_conversation_that_was_called_back_before_it_was_loaded_changes_nothing_for_others(two, other):
    first, second = two
    held = claim(KIND)
    PipelineLane.objects.filter(pk=first.pk).update(lease_token=other)
    KIND.commit(worked(held))
    assert (states(first), states(second)) == ([("Hi", "accepted")], [("Hi", "processed")])
    assert PipelineLane.objects.get(pk=first.pk).lease_token == other


@pytest.mark.parametrize("before", [0, 1, 3])
def test_the_message_that_cannot_be_stored_is_set_aside_and_no_other_one(acme, unstorable, before):
    conversation = acme.establish()
    good = [f"good {number}" for number in range(before)]
    say(acme, conversation, *good, POISON, "after")
    with time_machine.travel(clock.now(), tick=False) as time:
        for _ in range(2 * module.MAX_TRIES):
            do_run(conversation.pk)
            time.shift(LATER)
    expected = [(text, "processed") for text in good]
    assert states(conversation) == [*expected, (POISON, "parked"), ("after", "processed")]
    assert all(row.deliveries.count() == (row.state == "processed") for row in Activity.objects.all())


def test_what_failed_behind_one_that_cannot_be_stored_fails_by_itself(acme, unstorable, monkeypatch):
    conversation = acme.establish()
    say(acme, conversation, POISON, "bad")

    def step(passage):
        if passage.content["text"] == "bad":
            raise ValueError("bad")

    monkeypatch.setattr(pipeline, "STEPS", (SimpleNamespace(__name__="destination", step=step), *pipeline.STEPS))
    KIND.commit(worked(claim(KIND)))
    lane = PipelineLane.objects.get()
    assert (lane.tries, lane.handled, lane.lease_token) == (1, 0, None)
    assert states(conversation) == [(POISON, "accepted"), ("bad", "accepted")]


def test_what_is_set_aside_is_counted_when_it_is_stored_and_only_then(
    acme, two, unstorable, monkeypatch, django_capture_on_commit_callbacks
):
    first, second = two
    say(acme, second, POISON)

    def step(passage):
        if passage.conversation.pk == first.pk:
            raise ValueError("bad")

    monkeypatch.setattr(pipeline, "STEPS", (SimpleNamespace(__name__="destination", step=step),))
    PipelineLane.objects.filter(pk=first.pk).update(tries=module.MAX_TRIES - 1)
    before = PARKED._value.get()
    with django_capture_on_commit_callbacks(execute=True):
        KIND.commit(worked(claim(KIND)))  # the whole batch in vain, then each in parts
        assert PARKED._value.get() == before, "nothing is committed yet"
    assert states(first) == [("Hi", "parked")]
    assert PARKED._value.get() == before + 1


def test_one_whose_failure_cannot_be_stored_either_keeps_nobody_from_it(acme, two, unstorable, monkeypatch):
    first, second = two
    do_run(first.pk)
    say(acme, first, POISON)

    def broken(*_):
        raise ValueError("a fault of ours")

    monkeypatch.setattr(module, "_failed", broken)
    KIND.commit(worked(claim(KIND)))
    assert states(first)[1] == (POISON, "accepted")
    assert states(second) == [("Hi", "processed")]


def test_a_batch_is_limited_by_its_size_and_the_first_of_each_conversation_is_in_it(acme, two, monkeypatch):
    first, second = two
    say(acme, first, "x" * 300, "short", "last")
    monkeypatch.setattr(loading, "ROOM", 200)
    (one,) = KIND.load(claim(KIND, only=first.pk))
    assert [activity.content["text"] for activity in one.waiting] == ["Hi"]
    PipelineLane.objects.update(lease_until=None)
    do_run(second.pk)
    assert do_run(first.pk) == 3
    assert states(first) == [(text, "processed") for text in ("Hi", "x" * 300, "short", "last")]
    lane = PipelineLane.objects.get(pk=first.pk)
    assert (lane.handled, lane.due) == (lane.newest, None)


@pytest.mark.parametrize(("most", "wakes"), [(1, ["pipeline"]), (20, [])])
def test_what_is_left_of_a_conversation_waits_for_no_sweep(acme, two, monkeypatch, most, wakes):
    monkeypatch.setattr(loading, "MOST", most)
    say(acme, two[0], "More")
    runs, woken = worked(claim(KIND)), []
    monkeypatch.setattr(module, "after_commit", woken.append)
    KIND.commit(runs)
    assert woken == wakes


def test_what_came_in_while_a_conversation_was_loaded_is_not_looked_for_again(acme, two, monkeypatch):
    first, _ = two
    integrations = loading.access.active_integrations_of

    def late(hubs):
        if len(states(first)) == 1:
            say(acme, first, "while it was loaded")
        return integrations(hubs)

    monkeypatch.setattr(loading.access, "active_integrations_of", late)
    assert do_run(first.pk) == 1
    lane = PipelineLane.objects.get(pk=first.pk)
    assert (lane.handled, lane.due) == (lane.newest, None)
    assert [state for _, state in states(first)] == ["processed", "processed"]


@pytest.mark.parametrize("name", ["STEPS", "PRIVATE"])
def test_a_step_that_calls_out_is_known_on_every_way(two, monkeypatch, name):
    async def step(passage):
        pass

    run, *_ = KIND.load(claim(KIND))
    assert not run.calls_out
    monkeypatch.setattr(pipeline, name, (SimpleNamespace(__name__="toy", step=step), *getattr(pipeline, name)))
    assert run.calls_out
