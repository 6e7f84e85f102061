"""Steps that call out: they wait for others with no transaction open, and are passed over when they are late."""

import asyncio
import functools
from collections.abc import Awaitable
from types import SimpleNamespace

import pytest
from django.db import connection

from engine import checks, pipeline
from engine.models import Activity
from engine.pipeline.conversation_run import is_calling
from tests.traces import line_of

TEXT = {"message": {"type": "text", "text": "Hallo"}}


def toy(work, **more):
    """A step, as a module of the pipeline is one."""
    return SimpleNamespace(__name__="engine.pipeline.toy", step=work, **more)


@pytest.fixture
def said(inline, acme):
    def say(step):
        conversation = acme.establish()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pipeline, "STEPS", (step, *pipeline.STEPS))
            path = f"/inbound/customer/v1/direct/activity/{conversation.id}"
            assert acme.api("engine").post(path, TEXT, format="json").status_code == 200
        return Activity.objects.get(conversation=conversation)

    return say


def test_what_it_was_told_counts_and_no_transaction_is_open_meanwhile(said):
    async def translate(passage):
        assert not connection.in_atomic_block
        await asyncio.sleep(0)
        passage.alter({**passage.content, "text": "Hello"}, "Translated.")

    row = said(toy(translate))
    assert (row.state, row.content["text"]) == ("processed", "Hello")
    line = line_of(row, "toy")
    assert (line["outcome"], line["note"]) == ("done", "Translated.")
    assert row.deliveries.exists()


def test_one_that_is_late_is_noted_and_passed_over(said):
    async def hang(passage):
        await asyncio.Event().wait()

    row = said(toy(hang, TIMEOUT=0.01))
    assert (row.state, row.content["text"]) == ("processed", "Hallo")
    assert line_of(row, "toy")["outcome"] == "failed"
    assert "TimeoutError" in line_of(row, "toy")["note"]
    assert row.deliveries.exists()


def test_one_that_fails_is_noted_and_passed_over(said):
    async def fail(passage):
        raise ConnectionError

    row = said(toy(fail))
    assert row.state == "processed"
    assert "ConnectionError" in line_of(row, "toy")["note"]


def test_one_that_stops_ends_the_passage_for_its_reason(said):
    def stop(passage):
        passage.stop("Held back by the rule “spam”.")

    row = said(toy(stop))
    assert row.state == "processed"
    assert [(line["step"], line["outcome"]) for line in row.trace] == [("toy", "stopped")]
    assert line_of(row, "toy")["note"] == "Held back by the rule “spam”."
    assert not row.deliveries.exists()


def decorated(work):
    @functools.wraps(work)
    def logged(*given):
        return work(*given)

    return logged


class Callable:
    """A step that is an object."""

    async def __call__(self, passage, *_) -> None:
        await asyncio.sleep(0)
        passage.note("Called.")


async def plain(passage, *_) -> None:
    await asyncio.sleep(0)
    passage.note("Called.")


def sync_inside(passage) -> None:
    passage.note("Called.")


@functools.wraps(sync_inside)
async def async_outside(passage) -> None:
    sync_inside(passage)


CALLING = {
    "plain": plain,
    "decorated": decorated(plain),
    "decorated twice": decorated(decorated(plain)),
    "partial": functools.partial(plain),
    "partial of a decorated one": functools.partial(decorated(plain)),
    "decorated partial": decorated(functools.partial(plain)),
    "an object": Callable(),
    "a decorated object": decorated(Callable()),
    "a method": Callable().__call__,
    "async around sync": async_outside,
}


@pytest.mark.parametrize("name", CALLING)
def test_however_an_async_step_was_made_it_calls_out_and_is_awaited(said, name):
    step = toy(CALLING[name])
    assert is_calling(step)
    line = line_of(said(step), "toy")
    assert (line["outcome"], line["note"]) == ("done", "Called.")


def hidden(passage):
    return plain(passage)


def generator(passage):
    passage.note("Called.")
    yield


async def async_generator(passage):
    passage.note("Called.")
    yield


@pytest.mark.filterwarnings("error")  # such as a coroutine that was never awaited
@pytest.mark.parametrize("work", [hidden, generator, async_generator])
def test_work_that_was_only_handed_back_is_a_fault_and_not_dropped_in_silence(said, work):
    row = said(toy(work))
    line = line_of(row, "toy")
    assert (row.state, line["outcome"]) == ("processed", "failed")
    assert "TypeError" in line["note"]


def promising(passage) -> Awaitable[None]:
    return plain(passage)


def switching(passage) -> bool:
    return True


@pytest.mark.parametrize("group", ["STEPS", "PRIVATE"])
@pytest.mark.parametrize(
    ("step", "text"),
    [
        (toy(promising), "The step engine.pipeline.toy returns Awaitable, which nobody uses or awaits."),
        (toy(switching), "The step engine.pipeline.toy returns bool, which nobody uses or awaits."),
        (toy(generator), "The step engine.pipeline.toy is a generator, which nobody runs."),
        (toy(decorated(async_generator)), "The step engine.pipeline.toy is a generator, which nobody runs."),
        (SimpleNamespace(__name__="engine.pipeline.toy"), "The step engine.pipeline.toy has no function `step`."),
    ],
)
def test_a_step_that_would_not_do_its_work_is_named_at_start(monkeypatch, group, step, text):
    monkeypatch.setattr(pipeline, group, (*getattr(pipeline, group), step))
    (fault,) = checks.check_steps(None)
    assert (fault.id, fault.msg) == ("engine.E202", text)
    assert fault.hint


def test_steps_that_do_their_work_pass_the_check(monkeypatch):
    monkeypatch.setattr(pipeline, "STEPS", (*pipeline.STEPS, toy(sync_inside), *map(toy, CALLING.values())))
    assert checks.check_steps(None) == []
