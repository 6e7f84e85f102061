"""Costs: the ledger has the sum of what providers told, to the last fraction of a cent, however often they told it."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import transaction

from engine.actions.costs import costs_of_conversation, costs_of_month, do_charge, month_of
from engine.adapters._cost import Cost, cost_of
from engine.models import Charge, Conversation, Delivery, MonthlyCost, ProviderMessage
from hubster.lib import clock
from tests.inbox import test_twiliosms as texts
from tests.inbox import test_whatsapp as whatsapp
from tests.openapi.contract import judge
from tests.two_tenants import codes_of

twilio, text_number = texts.twilio, texts.number
graph, number = whatsapp.graph, whatsapp.number
USD = {"currency": "USD", "category": "sms"}


@pytest.mark.parametrize(("price", "cost"), [
    ({"amount": "-0.00750", "currency": "usd"}, Cost(True, "", "USD", 7_500)),
    ({"amount": 0.0075, "currency": "USD", "category": "sms"}, Cost(True, "sms", "USD", 7_500)),
    ({"amount": "0", "currency": "USD"}, Cost(False)),
    ({"billable": True, "category": "service", "type": "regular"}, Cost(True, "service")),
    ({"billable": False, "category": "service", "type": "free_customer_service"}, Cost(False, "service")),
    ({"billable": False, "amount": "0.01", "currency": "USD"}, Cost(False, "", "USD", 0)),
    ({"amount": "much", "currency": "USD"}, Cost(False)), ({"amount": "NaN", "currency": "USD"}, Cost(False)),
    ({"amount": "Infinity", "currency": "USD"}, Cost(False)), ({"amount": "1e40", "currency": "USD"}, Cost(False)),
    ({"amount": None}, Cost(False)), ({"amount": "0.01", "currency": "<b>"}, Cost(True)),
    ({"amount": "0.01", "currency": None}, Cost(True)), ({}, Cost(False)),
])  # fmt: skip
def test_a_price_is_read_whatever_the_provider_writes(price, cost):
    assert cost_of(price) == cost


@pytest.fixture
def talk(toy):
    toy.hear({"kind": "say", "from": "ann", "at": clock.now_ms(), "id": "m1", "text": "hello"})
    return Conversation.objects.get(integration=toy.row)


def tell(toy, key, price, status="delivered"):
    toy.hear({"kind": "receipt", "status": status, "ids": [key], "at": clock.now_ms(), "price": price})


def month(toy, at=None):
    found = costs_of_month(toy.row, month_of((at or clock.now()).date()))
    return [(one.category, one.currency, one.billed, one.free, one.amount) for one in found]


def test_a_repeat_counts_once_and_a_correction_counts_as_it_is(toy, talk):
    toy.answer(talk, "hi")
    for status in ("sent", "delivered", "delivered", "read"):
        tell(toy, "out-2", {**USD, "amount": "0.0075"}, status)
    assert month(toy) == [("sms", "USD", 1, 0, "0.0075")]
    tell(toy, "out-2", {**USD, "amount": "0.01"})
    assert month(toy) == [("sms", "USD", 1, 0, "0.01")]
    tell(toy, "out-2", {"billable": False, "category": "sms"})
    assert month(toy) == [("sms", "", 0, 1, "0.00")]


def test_each_part_of_a_message_is_charged(toy, talk):
    toy.answer(talk, "one|two|three")
    for key in ("out-2", "out-3", "out-4"):
        tell(toy, key, {**USD, "amount": "-0.1"})
    assert month(toy) == [("sms", "USD", 3, 0, "0.30")]
    assert [one.amount for one in costs_of_conversation(talk)] == ["0.30"]


def test_a_message_that_is_sent_again_is_charged_for_both(toy, talk):
    toy.answer(talk, "hi")
    tell(toy, "out-2", {**USD, "amount": "0.02"}, "sent")
    toy.hear({"kind": "receipt", "status": "failed", "ids": ["out-2"], "at": 1, "error": "slow",
              "price": {**USD, "amount": "0.02"}})  # fmt: skip
    assert not ProviderMessage.objects.filter(external_id="out-2").exists(), "it goes out under another id"
    Delivery.objects.filter(destination=toy.row).update(next_attempt=clock.now())
    talk.lanes.update(due=clock.now())
    toy.send(talk)
    tell(toy, "out-3", {**USD, "amount": "0.02"})
    assert month(toy) == [("sms", "USD", 2, 0, "0.04")]


def test_the_month_is_that_in_which_it_was_sent(toy, talk):
    with time_machine.travel(datetime(2026, 11, 30, 23, 59, tzinfo=UTC), tick=False):
        toy.hear({"kind": "say", "from": "ann", "at": clock.now_ms(), "id": "m2", "text": "hello"})
        toy.answer(talk, "hi")
    with time_machine.travel(datetime(2026, 12, 2, tzinfo=UTC), tick=False):
        tell(toy, "out-2", {**USD, "amount": "0.02"})
        assert month(toy) == []
        assert month(toy, datetime(2026, 11, 5, tzinfo=UTC)) == [("sms", "USD", 1, 0, "0.02")]


def test_a_price_of_a_message_that_nobody_sent_costs_nothing(toy, talk):
    tell(toy, "of-somebody-else", {**USD, "amount": "0.02"})
    tell(toy, "m1", {**USD, "amount": "0.02"})  # what the customer said
    assert (month(toy), Charge.objects.count()) == ([], 0)


def test_the_sums_are_those_of_the_last_words_of_a_random_month(toy, talk):
    luck, told, prices = random.Random(7), {}, ["0.0001", "0.0075", "0.00833", "0.1", "1.25", "0"]
    toy.answer(talk, "one|two|three|four|five")
    keys = [f"out-{n}" for n in range(2, 7)]
    for _ in range(80):
        key = luck.choice(keys)
        told[key] = {"amount": luck.choice(prices), "currency": luck.choice(["USD", "EUR"]), "category": "sms"}
        with transaction.atomic():
            do_charge(toy.row, [key], told[key])
    wanted: Counter[str] = Counter()
    for price in told.values():
        wanted[price["currency"]] += Decimal(price["amount"])
    for found in (costs_of_month(toy.row, month_of(clock.now().date())), costs_of_conversation(talk)):
        assert {one.currency: Decimal(one.amount) for one in found if one.currency} == {
            currency: amount for currency, amount in wanted.items() if amount
        }
        assert sum(one.billed + one.free for one in found) == len(told)


def test_the_api_shows_the_sum_of_a_month(toy, talk, globex):
    toy.answer(talk, "hi")
    tell(toy, "out-2", {**USD, "amount": "0.0158"})
    path, api = f"/api/v1/integrations/{toy.row.pk}/costs", toy.party.api("portal")
    found = api.get(path)
    assert judge().answer_faults("GET", path, found) == []
    costs = [{"category": "sms", "currency": "USD", "amount": "0.0158", "billed": 1, "free": 0}]
    assert found.json() == {"integrationId": str(toy.row.pk), "month": f"{clock.now():%Y-%m}", "costs": costs}
    assert api.get(f"{path}?month=2020-02").json()["costs"] == []
    for bad in ("2026", "2026-13", "2026-1", "0000-01", "2026-11-01", "soon"):
        refused = api.get(f"{path}?month={bad}")
        assert (refused.status_code, codes_of(refused)) == (400, ["PRT000204"])
        assert "'month': give a month such as 2026-11." in refused.content.decode()
    assert codes_of(globex.api("portal").get(path)) == ["PRT000799"]


def test_the_api_shows_those_of_a_conversation_and_of_a_delivery(toy, talk, globex):
    toy.answer(talk, "one|two")
    for key in ("out-2", "out-3"):
        tell(toy, key, {"billable": key == "out-2", "category": "service"})
    costs = [{"category": "service", "billed": 1, "free": 1}]
    path = f"/api/v1/conversations/{talk.pk}/costs"
    found = toy.party.api("engine").get(path)
    assert judge().answer_faults("GET", path, found) == []
    assert found.json() == {"conversationId": str(talk.pk), "costs": costs}
    assert globex.api("engine").get(path).status_code == 404
    detail = f"/api/v1/deliveries/{Delivery.objects.get(destination=toy.row).pk}"
    found = toy.party.api("portal").get(detail)
    assert judge().answer_faults("GET", detail, found) == []
    assert found.json()["costs"] == costs


def test_the_admin_shows_them_where_one_looks(toy, talk):
    browser, row = toy.party.browser("manager"), f"/admin/portal/integration/{toy.row.pk}/change/"
    assert "Costs this month" not in browser.get(row).content.decode()
    toy.answer(talk, "one|two|three")
    tell(toy, "out-2", {**USD, "amount": "0.0158"})
    tell(toy, "out-3", {"billable": False, "category": "service"})
    tell(toy, "out-4", {"billable": True, "category": "service"})
    text = "service: 1 billed message, 1 free message. sms: USD 0.0158 for 1 message."
    delivery = Delivery.objects.get(destination=toy.row)
    for page in (row, f"/admin/engine/delivery/{delivery.pk}/change/", f"/admin/engine/conversation/{talk.pk}/change/"):
        assert text in browser.get(page).content.decode()


def test_whatsapp_says_what_is_billed_and_what_is_free(acme, number, graph):
    sent = whatsapp.reply(acme, whatsapp.say("Hello"))
    paid = {"billable": True, "category": "service", "pricing_model": "PMP", "type": "regular"}
    for status in ("sent", "delivered"):
        news = {"id": "wamid.out", "status": status, "timestamp": "1", "pricing": paid}
        assert whatsapp.post(whatsapp.value(statuses=[news])).status_code == 200
        whatsapp.do_all("inbox")
    (found,) = costs_of_month(number, month_of(clock.now().date()))
    assert (found.category, found.billed, found.free) == ("service", 1, 0)
    assert sent.charges.get().billable


def test_twilio_says_it_to_the_fraction_of_a_cent(acme, text_number, twilio):
    texts.reply(acme, texts.hear(twilio))
    for status in ("sent", "delivered"):
        texts.news(twilio, status, "SMout1", Price="-0.00750", PriceUnit="USD")
    (found,) = costs_of_month(text_number, month_of(clock.now().date()))
    assert (found.currency, found.amount, found.billed) == ("USD", "0.0075", 1)


def test_the_ledger_shows_as_how_many_segments_a_text_went(acme, text_number, twilio):
    twilio.answers[f"POST {texts.MESSAGES}"] = [
        texts.answer({"sid": f"SMout{number}", "num_segments": segments}, 201)
        for number, segments in ((1, "3"), (2, "0"))
    ]
    talk = texts.hear(twilio)
    for segments in (3, None):
        row = texts.reply(acme, talk)
        path = f"/api/v1/deliveries/{row.pk}"
        found = acme.api("portal").get(path)
        assert judge().answer_faults("GET", path, found) == []
        assert found.json()["attemptLog"][0]["answer"].get("segments") == segments
        page = acme.browser("manager").get(f"/admin/engine/delivery/{row.pk}/change/").content.decode()
        assert ("3 segments" in page) == (segments == 3)


def test_what_is_deleted_costs_nothing_more(toy, talk):
    toy.answer(talk, "hi")
    tell(toy, "out-2", {**USD, "amount": "0.02"})
    assert toy.party.api("portal").delete(f"/api/v1/integrations/{toy.row.pk}").status_code == 200
    assert not Charge.objects.exists()
    assert not MonthlyCost.objects.exists()


def test_a_month_begins_on_its_first_day():
    assert month_of(date(2026, 11, 30)) == date(2026, 11, 1) == month_of(date(2026, 11, 1))
    assert month_of(date(2026, 11, 30) + timedelta(days=1)) == date(2026, 12, 1)
