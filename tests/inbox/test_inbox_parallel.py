"""Many requests at once, with several workers: each event becomes one activity, in order, and none is lost."""

import random
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connection, transaction

from engine.inbox.take import do_take
from engine.models import Activity, Contact, Conversation, InboxLane, InboxPost
from engine.work import all_kinds, claim, rounds
from hubster.lib import clock
from tests.background import do_all
from tests.sessions import Session

pytestmark = pytest.mark.skipif(connection.vendor == "sqlite", reason="an SQLite database in memory has one writer")
PEOPLE, EVENTS = 5, 500


def event(person: int, number: int) -> dict:
    return {"kind": "say", "from": f"p{person}", "id": f"{person}-{number}", "at": clock.now_ms(), "text": str(number)}


def work(done: threading.Event) -> None:
    """A worker, until everything is done."""
    kind = all_kinds()["inbox"]
    try:
        while not (done.is_set() and not InboxPost.objects.exists()):
            if held := claim(kind):
                items = kind.load(held)
                for item in items:
                    _run(item)
                assert rounds.store(kind, items) == []
    finally:
        connection.close()


def speak(toy, person: int) -> None:
    """A provider keeps the order of a person's events, and repeats some of them."""
    dice = random.Random(person)
    try:
        for number in range(EVENTS // PEOPLE):
            for _ in range(dice.randint(1, 5)):
                assert toy.post(event(person, number)).status_code == 200
    finally:
        connection.close()


def test_events_that_come_one_to_five_times_at_once_make_one_activity_each(toy):
    done = threading.Event()
    with ThreadPoolExecutor(PEOPLE + 2) as pool:
        workers = [pool.submit(work, done) for _ in range(2)]
        for speaker in [pool.submit(speak, toy, person) for person in range(PEOPLE)]:
            speaker.result()
        done.set()
        for one in workers:
            one.result()
    said: dict[object, list[str]] = defaultdict(list)
    for row in Activity.objects.filter(sender_type="Customer", type="message").order_by("event_id"):
        said[row.conversation_id].append(row.content["text"])
    assert list(said.values()) == [[str(number) for number in range(EVENTS // PEOPLE)]] * PEOPLE
    assert Contact.objects.count() == Conversation.objects.filter(integration=toy.row).count() == PEOPLE


def _run(item) -> None:
    with pytest.raises(StopIteration):
        item.work().send(None)


def test_what_comes_while_the_inbox_is_found_empty_is_not_lost(toy):
    toy.post(event(0, 0))
    do_all("inbox")
    InboxLane.objects.update(due=clock.now())
    body = b'{"things": []}'
    kind = all_kinds()["inbox"]
    items = kind.load(claim(kind))
    assert not items[0].posts
    _run(items[0])
    poster = Session(partial(do_take, toy.row, body), stop=1, tables=[InboxPost._meta.db_table])
    poster.start()
    assert poster.rests(), "it has stored its request, and not committed"
    worker = Session(partial(rounds.store, kind, items))
    worker.start()
    assert worker.is_stuck(), "who is done with the inbox waits for it"
    poster.end()
    worker.end()
    assert (worker.fault, poster.fault) == (None, None)
    assert InboxLane.objects.get().due is not None
    do_all("inbox")
    assert not InboxPost.objects.exists()


def test_what_comes_while_the_empty_inbox_is_given_back_is_not_lost(toy):
    toy.post(event(0, 0))
    do_all("inbox")
    InboxLane.objects.update(due=clock.now())
    kind = all_kinds()["inbox"]
    items = kind.load(claim(kind))
    assert not items[0].posts
    _run(items[0])
    worker = Session(partial(rounds.store, kind, items), stop=3, tables=[InboxLane._meta.db_table])
    worker.start()
    assert worker.rests(), "it has given the inbox back, and not committed"
    poster = Session(partial(do_take, toy.row, b'{"things": []}'))
    poster.start()
    assert poster.is_stuck(), "who puts something in waits for who found nothing"
    worker.end()
    poster.end()
    assert (worker.fault, poster.fault) == (None, None)
    assert InboxLane.objects.get().due is not None
    do_all("inbox")
    assert not InboxPost.objects.exists()


def test_requests_of_one_integration_do_not_wait_for_each_other(toy):
    toy.post(event(0, 0))
    with transaction.atomic():
        do_take(toy.row, b"{}")
        other = Session(partial(do_take, toy.row, b"{}"))
        other.start()
        assert not other.is_stuck()
        other.end()
    assert InboxPost.objects.count() == 3
