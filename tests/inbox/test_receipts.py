"""Receipts of messages that were resent, or whose parts end in different ways; and several at once."""

from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engine.actions.costs import costs_of_month, month_of
from engine.actions.deliveries import do_replay
from engine.adapters import _errors
from engine.adapters._inbound import Person, Receipt
from engine.inbox.receipts import do_note
from engine.models import Conversation, Delivery, Disclosure, Endpoint, Lane, Notice, ProviderMessage
from hubster.lib import clock
from tests.inbox.toy import ERRORS
from tests.sessions import interleavings

S = Delivery.Status


@pytest.fixture
def talk(toy):
    toy.hear({"kind": "say", "from": "ann", "at": clock.now_ms(), "id": "m1", "text": "hello"})
    return Conversation.objects.get(integration=toy.row)


def delivery(toy) -> Delivery:
    return Delivery.objects.filter(destination=toy.row).latest("event_id")


def tell(toy, status, *ids, **more):
    toy.hear({"kind": "receipt", "status": status, "ids": list(ids), "at": clock.now_ms(), **more})


def replay(toy, talk):
    assert do_replay(delivery(toy))
    toy.send(talk)


def test_a_message_that_failed_and_is_resent_is_what_becomes_of_the_repeat(toy, talk):
    toy.answer(talk, "hi")
    tell(toy, "failed", "out-2", error="bad")
    assert Notice.objects.get().count == 1
    replay(toy, talk)
    tell(toy, "delivered", "out-3")
    assert (delivery(toy).status, delivery(toy).last_error) == (S.DELIVERED, "")
    tell(toy, "read", "out-3")
    assert delivery(toy).status == S.READ
    assert Notice.objects.get().count == 1


@pytest.mark.parametrize(("status", "error"), [("failed", "bad"), ("failed", "slow"), ("read", None)])
def test_news_of_the_message_before_it_was_resent_says_nothing_of_the_repeat(toy, talk, status, error):
    toy.answer(talk, "hi")
    replay(toy, talk)
    tell(toy, status, "out-2", error=error, price={"amount": "0.02", "currency": "USD"})
    assert (delivery(toy).status, delivery(toy).next_attempt) == (S.SENT, None)
    assert not Notice.objects.exists()
    assert [one.amount for one in costs_of_month(toy.row, month_of(clock.now().date()))] == ["0.02"]


def test_a_line_whose_part_did_not_arrive_is_not_told_when_the_rest_does(toy, acme):
    bot = acme.add("Direct", "Robot", integrationType="Bot")
    toy.hear({"kind": "say", "from": "ann", "at": clock.now_ms(), "id": "m1", "text": "hello"})
    talk = Conversation.objects.get(integration=toy.row)
    toy.provider.answers = [{}, 500]
    toy.answer(talk, "one|two", bot)
    assert Disclosure.objects.get().told
    tell(toy, "failed", "out-2", error="bad")
    Delivery.objects.filter(destination=toy.row).update(next_attempt=clock.now())
    Lane.objects.update(due=clock.now())
    toy.send(talk)
    assert delivery(toy).status == S.FAILED
    assert Disclosure.objects.get().told is None
    toy.answer(talk, "three", bot)
    assert toy.provider.texts()[-1].endswith("> three")


def test_a_watermark_looks_at_nothing_that_is_read_already(toy, talk):
    for _each in range(3):
        toy.answer(talk, "hi")
        tell(toy, "read", **{"from": "ann"}, until=clock.now_ms())
    toy.answer(talk, "the newest")
    with CaptureQueriesContext(connection) as found:
        do_note(toy.row, Receipt("read", clock.now_ms(), (), Person("ann"), clock.now_ms()))
    asked = "".join(query["sql"] for query in found).replace("-", "")
    shown = [row.pk.hex in asked for row in Delivery.objects.filter(destination=toy.row).order_by("event_id")]
    assert shown == [False] * 3 + [True]
    assert set(Delivery.objects.filter(destination=toy.row).values_list("status", flat=True)) == {S.READ}


@pytest.mark.skipif(connection.vendor == "sqlite", reason="an SQLite database in memory has one writer")
@pytest.mark.parametrize("error", ["slow", "token"])
def test_who_resends_and_the_news_that_it_failed_never_wait_for_each_other(toy, talk, error):
    fault = _errors.from_table(ERRORS, error, ERRORS["bad"])

    def prepare():
        Endpoint.objects.update(paused=None)
        Delivery.objects.update(status=S.FAILED)
        Lane.objects.update(due=None)
        toy.answer(talk, "hi")
        row = delivery(toy)
        key = ProviderMessage.objects.get(delivery=row).external_id
        news = Receipt("failed", clock.now_ms(), (key,), error=fault)
        return partial(do_note, toy.row, news), partial(do_replay, row)

    for one, other in interleavings(prepare):
        assert (one.fault, other.fault) == (None, None), one.stop
        assert not one.deadlocks + other.deadlocks, one.stop
