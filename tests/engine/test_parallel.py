"""Requests at the same moment."""

import threading

import pytest
from django.db import connection

from engine.actions import conversations as actions
from engine.actions.append import NewActivity
from engine.actions.receive import do_receive
from engine.models import Activity
from portal.models import Integration, ResponseCommand
from tests.background import do_run

NAMES, CUSTOMERS, TIMES = ("one", "two"), 2, 8


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="an SQLite database in memory has one writer")
def test_parallel_establishes_of_one_binding_make_one_conversation(acme):
    found, errors = [], []

    def run() -> None:
        try:
            found.append(
                actions.do_establish(Integration.objects.select_related("hub").get(pk=acme.customer.pk), "p", {})
            )
        except Exception as fault:
            errors.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len({row.id for row, _ in found}) == 1
    assert [is_new for _, is_new in found].count(True) == 1


class Threads:
    """Threads of a test, each with its own connection; what they raise is kept."""

    def __init__(self) -> None:
        self.errors: list[Exception] = []

    def start(self, work, *arguments) -> threading.Thread:
        thread = threading.Thread(target=self._run, args=(work, *arguments))
        thread.start()
        return thread

    def _run(self, work, *arguments) -> None:
        try:
            work(*arguments)
        except Exception as fault:
            self.errors.append(fault)
        finally:
            connection.close()


def speak(conversation, sender, words: str) -> None:
    for _ in range(TIMES):
        do_receive(conversation.pk, sender, NewActivity("message", {"type": "text", "text": words}))


def work_until(over: threading.Event, conversation) -> None:
    while not over.is_set():
        do_run(conversation.pk)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="an SQLite database in memory has one writer")
def test_commands_are_answered_right_behind_them_while_others_speak_and_the_pipeline_runs(acme):
    """Nobody waits for anybody for ever, nothing is lost or doubled, and nothing comes in between."""
    for name in NAMES:
        ResponseCommand.objects.create(
            hub=acme.hub, name=name, to="customer", kind="message", responses=[{"type": "text", "text": name}] * 2
        )
    conversation, threads, over = acme.establish(), Threads(), threading.Event()
    workers = [threads.start(work_until, over, conversation) for _ in range(2)]
    said = [*[(acme.agent, f"::resp {name}") for name in NAMES], *[(acme.customer, "hello")] * CUSTOMERS]
    for thread in [threads.start(speak, conversation, *one) for one in said]:
        thread.join()
    over.set()
    for thread in workers:
        thread.join()
    do_run(conversation.pk)
    assert threads.errors == []
    rows = Activity.objects.filter(conversation=conversation).order_by("event_id")
    assert {row.state for row in rows} == {"processed"}
    check_order([row.content for row in rows])


def check_order(contents: list[dict]) -> None:
    texts = [content["text"] for content in contents]
    assert texts.count("hello") == CUSTOMERS * TIMES
    for name in NAMES:
        places = [place for place, found in enumerate(texts) if found == f"::resp {name}"]
        assert len(places) == TIMES
        assert all(texts[place + 1 : place + 3] == [name] * 2 for place in places)
        assert all(contents[place + 3]["type"] == "command" for place in places)
