"""Steps that call out: they wait for others with no transaction open, and are passed over when they are late."""

import asyncio
from types import SimpleNamespace

import pytest
from django.db import connection

from engine import pipeline
from engine.models import Activity
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
