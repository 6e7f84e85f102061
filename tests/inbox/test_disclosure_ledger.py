"""The ledger and the report show when each customer was told that a bot replies."""

import csv
import uuid

import pytest
from asgiref.sync import async_to_sync

from engine.activity.disclosure import sentence
from engine.admin import disclosures
from engine.models import Conversation, Delivery, Disclosure
from hubster.lib import clock
from portal.models import Hub


@pytest.fixture
def bot(toy):
    return toy.party.add("Direct", "Robot", integrationType="Bot")


@pytest.fixture
def talk(toy, bot):
    toy.hear({"kind": "say", "from": "ann", "at": clock.now_ms(), "id": "m1", "text": "hello"})
    found = Conversation.objects.get(integration=toy.row)
    toy.answer(found, "hi", bot)
    return found


def test_a_conversation_shows_when_its_customer_was_told(toy, talk):
    shown = toy.party.api("engine").get(f"/api/v1/conversations/{talk.pk}/disclosures").json()
    (one,) = shown["results"]
    row = Delivery.objects.get(destination=toy.row)
    assert (shown["total"], one["eventId"], one["deliveryId"]) == (1, row.event_id, str(row.pk))
    assert (one["way"], one["reason"], one["language"]) == ("line", "first", "en")
    assert one["text"] == sentence("disclosure", "en")
    assert one["toldDateTime"].endswith("Z")


def test_the_delivery_shows_it_too(toy, talk):
    row = Delivery.objects.get(destination=toy.row)
    shown = toy.party.api("portal").get(f"/api/v1/deliveries/{row.pk}").json()
    assert shown["disclosure"]["text"] == sentence("disclosure", "en")


def test_another_tenants_conversation_does_not_exist(toy, talk, globex):
    assert globex.api("engine").get(f"/api/v1/conversations/{talk.pk}/disclosures").status_code == 404


def speak(party, talk, bot, text):
    body = {"sender": {"integrationId": str(bot.pk)}, "message": {"type": "text", "text": text}}
    assert party.api("engine").post(f"/inbound/business/v1/direct/activity/{talk.pk}", body, "json").status_code == 200


@pytest.mark.parametrize(("end", "way"), [("webchat", "mark"), ("customer", "property")])
def test_where_each_message_says_it_the_first_one_is_kept(inline, acme, end, way):
    bot = acme.add("Direct", "Robot", integrationType="Bot")
    talk = acme.establish(integration=getattr(acme, end))
    for text in ("hi", "again"):
        speak(acme, talk, bot, text)
    row = Disclosure.objects.get(conversation=talk)
    first = Delivery.objects.filter(echo=False).earliest("event_id")
    assert (row.way, row.text, row.event_id) == (way, "", first.event_id)
    assert row.told


def test_nothing_is_kept_of_people_nor_where_it_is_off(inline, acme):
    bot = acme.add("Direct", "Robot", integrationType="Bot")
    talk = acme.establish(integration=acme.webchat)
    Hub.objects.update(discloses_bots=False)
    speak(acme, talk, bot, "hi")
    Hub.objects.update(discloses_bots=True)
    speak(acme, talk, acme.agent, "I am Ann")
    assert not Disclosure.objects.exists()


def report(browser, hub, month=""):
    answer = browser.get(f"/admin/disclosures/{hub.pk}.csv", {"month": month})
    if not answer.streaming:
        return answer
    return list(csv.reader(b"".join(answer.streaming_content).decode().splitlines()))


def test_the_report_of_a_month_has_a_line_for_each_time(toy, talk, bot):
    now = clock.now()
    toy.row.name = '=cmd|"/c calc"!A1'
    toy.row.save(update_fields=["name"])
    heading, line = report(toy.party.browser("manager"), toy.party.hub, f"{now:%Y-%m}")
    assert heading[0] == "Conversation"
    assert line[:3] == [str(talk.pk), "Toy", f"'{toy.row.name}"]
    assert line[5:] == ["Line before the message", "First message of the bot", "en", sentence("disclosure", "en")]
    assert len(report(toy.party.browser("manager"), toy.party.hub, "2026-01")) == 1


def test_a_line_that_nobody_read_is_not_in_it(toy, talk):
    Disclosure.objects.update(told=None)
    assert len(report(toy.party.browser("owner"), toy.party.hub)) == 1


def test_it_is_read_page_by_page(toy, talk, monkeypatch):
    monkeypatch.setattr(disclosures, "PAGE", 2)
    first, row = Disclosure.objects.get(), Delivery.objects.get(destination=toy.row)
    for number in range(4):
        row.pk, row.echo = uuid.uuid4(), bool(number % 2)
        row.destination = (toy.party.agent, toy.party.webchat)[number // 2]
        row.save(force_insert=True)
        first.pk, first.delivery = None, row
        first.save(force_insert=True)
    lines = report(toy.party.browser("owner"), toy.party.hub)
    assert len(lines) == 6


async def _gather(pages):
    return [page async for page in pages]


def test_a_server_with_an_event_loop_gets_the_same_pages(toy, talk):
    rows = disclosures.rows_of(toy.party.hub, f"{clock.now():%Y-%m}")
    wanted = list(disclosures._pages(rows))
    assert async_to_sync(_gather)(disclosures._in_threads(disclosures._pages(rows))) == wanted
    assert len(wanted) == 2


def test_a_month_that_is_none_is_refused_in_words(toy, talk):
    answer = report(toy.party.browser("owner"), toy.party.hub, "2026-13")
    assert (answer.status_code, answer.content.decode()) == (400, "Give the month as 2026-11.")
