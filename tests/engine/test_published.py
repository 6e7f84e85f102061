"""*Get activities* shows what the pipeline has finished with, and waits a little for what was accepted before."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from engine.api import published
from engine.models import Conversation
from engine.pipeline.kind import KIND
from engine.work import claim
from tests.background import do_run

TUBE = "https://youtu.be/abcdef12345"


@pytest.fixture
def talk(acme):
    return acme.establish()


def say(acme, talk, text: str) -> int:
    path = f"/inbound/customer/v1/direct/activity/{talk.id}"
    return acme.api("engine").post(path, {"message": {"type": "text", "text": text}}, format="json").json()["eventId"]


def work(held) -> None:
    """One round of the pipeline."""
    runs = KIND.load(held)
    for run in runs:
        with pytest.raises(StopIteration):
            run.work().send(None)
    KIND.commit(runs)


def read(acme, talk) -> list[dict]:
    return acme.api("engine").get(f"/api/v1/interactions/activities/{talk.id}?type=Customer").json()


def test_what_the_pipeline_has_not_finished_is_not_read_and_what_was_read_does_not_change(acme, talk):
    first = say(acme, talk, TUBE)
    assert read(acme, talk) == []
    do_run(talk.pk)
    found = read(acme, talk)
    assert [(row["eventId"], row["message"]["type"]) for row in found] == [(first, "youtube")]
    say(acme, talk, "second")
    assert read(acme, talk) == found


def test_who_sends_and_then_reads_finds_it(acme, talk, monkeypatch):
    sent = say(acme, talk, "Hi")
    monkeypatch.setattr(published, "PATIENCE", 60.0)
    monkeypatch.setattr(published.time, "sleep", lambda _: do_run(talk.pk))
    assert [row["eventId"] for row in read(acme, talk)] == [sent]


@pytest.mark.parametrize("line", ["::help", "::resp -n nobody", "::handback"])
def test_who_types_a_command_and_then_reads_finds_its_answer(acme, talk, monkeypatch, line):
    path, body = f"/inbound/customer/v1/direct/activity/{talk.id}", {"message": {"type": "text", "text": line}}
    api = acme.api("engine")
    api.post(path, {**body, "sender": {"integrationId": str(acme.agent.id)}}, format="json")
    monkeypatch.setattr(published, "PATIENCE", 60.0)
    rounds = []

    def one_round(_):
        rounds.append(work(claim(KIND, only=talk.pk)))

    monkeypatch.setattr(published.time, "sleep", one_round)
    rows = api.get(f"/api/v1/interactions/activities/{talk.id}?type=Agent").json()
    assert [row["message"]["type"] for row in rows] == ["text", "command"]
    assert len(rounds) == 2, "one for the line, one for its answer"


def test_nobody_waits_for_what_comes_after_they_asked(acme, talk, monkeypatch):
    first = say(acme, talk, "Hi")
    talk.refresh_from_db()
    do_run(talk.pk)
    say(acme, talk, "later")
    monkeypatch.setattr(published.time, "sleep", lambda _: pytest.fail("it waits"))
    monkeypatch.setattr(published, "PATIENCE", 60.0)
    assert published.published_upto(talk) == first


def test_a_pipeline_that_stands_still_holds_up_a_few_readers_and_no_more(monkeypatch):
    """Readers in threads of their own: those without a place answer at once, and a place is free again afterwards."""
    resumed, handled = Event(), [5]
    talk = Conversation(last_event_id=7)
    everybody_waits = Barrier(published.WAITERS + 1, timeout=30)

    def wait(_) -> None:
        if not resumed.is_set():
            everybody_waits.wait()
            assert resumed.wait(30)

    monkeypatch.setattr(published, "PATIENCE", 60.0)
    monkeypatch.setattr(published, "_lane", lambda _: (handled[0], 7))
    monkeypatch.setattr(published.time, "sleep", wait)
    with ThreadPoolExecutor(published.WAITERS) as readers:
        waiting = [readers.submit(published.published_upto, talk) for _ in range(published.WAITERS)]
        everybody_waits.wait()
        assert [published.published_upto(talk) for _ in range(3)] == [5, 5, 5], "they are not held up as well"
        handled[0] = 7
        assert published.published_upto(talk) == 7
        resumed.set()
        assert [reader.result(30) for reader in waiting] == [7] * published.WAITERS
    handled[0] = 5
    monkeypatch.setattr(published.time, "sleep", lambda _: handled.__setitem__(0, 7))
    assert published.published_upto(talk) == 7, "there is room to wait again"
