"""Telegram from end to end: an update becomes a message, an answer a call, a pressed button what it stands for."""

import json

import pytest
from django.test import Client

from engine.adapters.telegram import ADAPTER
from engine.delivery import call
from engine.files import media
from engine.models import Activity, Conversation, Delivery, Endpoint, MediaFetch
from hubster.lib import clock
from hubster.lib.errors import HubsterError
from hubster.lib.http import Answer
from hubster.lib.http_policy import DeadlineExceeded
from portal.actions import providers
from tests.adapters import telegram_samples as samples
from tests.background import do_all
from tests.inbox.conftest import Toy

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw8"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


class Telegram(Toy):
    """A connected bot, and Telegram behind it: it answers by the method that is called."""

    def __init__(self, party):
        self.asked, self.faults, self.number = [], [], 100
        self.party = party

    def connect(self, name="Tea bot"):
        self.row = self.party.add("Telegram", name, botToken=TOKEN)
        self.secret = next(params for method, params in self.asked if method == "setWebhook")["secret_token"]
        return self.row

    def __call__(self, request, policy):
        method = request.url.removeprefix(f"http://127.0.0.1:8081/bot{TOKEN}/")
        if "/file/" in request.url:
            return Answer(200, {}, PNG, False, 1, "127.0.0.1")
        self.asked.append((method, json.loads(request.body)))
        if self.faults:
            return self._fail(self.faults.pop(0))
        results = {"getMe": samples.BOT, "getFile": {**samples.FILE, "file_path": "photos/a.png"}}
        return self._answer(200, {"ok": True, "result": results.get(method) or self._sent(method)})

    async def asend(self, request, policy):
        return self(request, policy)

    def _sent(self, method):
        self.number += 1
        return samples.message(message_id=self.number, text="sent") if method.startswith("send") else True

    def _fail(self, fault):
        if isinstance(fault, Exception):
            raise fault
        return self._answer(*fault)

    def _answer(self, status, body):
        return Answer(status, {}, json.dumps(body).encode(), False, 1, "127.0.0.1")

    def post(self, update, secret=None):
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.secret if secret is None else secret}
        path = f"/inbound/customer/v1/telegram/{self.row.pk}"
        return Client().post(path, json.dumps(update), content_type="application/json", headers=headers)

    def heard(self):
        return Activity.objects.filter(sender_type="Customer").latest("event_id").content


@pytest.fixture
def telegram(transactional_db, acme, still, monkeypatch, settings):
    settings.HUBSTER_TELEGRAM_API = "http://127.0.0.1:8081"
    found = Telegram(acme)
    monkeypatch.setattr(providers, "send", found)
    monkeypatch.setattr(call, "asend", found.asend)
    monkeypatch.setattr(media, "asend", found.asend)
    return found


@pytest.fixture
def talk(telegram):
    telegram.connect()
    telegram.asked.clear()
    telegram.hear(samples.UPDATES["text"])
    return Conversation.objects.get(integration=telegram.row)


def test_a_bot_is_connected_once(telegram):
    row = telegram.connect()
    assert (row.inbound_id, row.configuration["botToken"]) == ("110201543", TOKEN)
    assert telegram.asked[1][1]["url"] == ADAPTER.hook(row.pk)
    with pytest.raises(HubsterError) as found:
        telegram.connect("Another")
    assert found.value.faults[0].code == "PRT000701"
    assert [method for method, _params in telegram.asked] == ["getMe", "setWebhook", "getMe"]


def test_who_does_not_know_the_secret_is_refused(telegram):
    telegram.connect()
    assert telegram.post(samples.UPDATES["text"], secret="wrong").status_code == 401
    assert telegram.post(samples.UPDATES["text"]).status_code == 200


def test_a_message_and_its_answer(telegram, talk):
    assert telegram.heard() == {"type": "text", "text": "Hello"}
    assert talk.properties["profile"]["full name"] == "Eva Green"
    telegram.answer(talk, "Which tea?")
    method, params = telegram.asked[-1]
    assert (method, params["chat_id"], params["text"]) == ("sendMessage", 42, "Which tea?")
    assert Delivery.objects.get(destination=telegram.row).status == "sent"
    telegram.hear(samples.UPDATES["text"])
    assert Activity.objects.filter(sender_type="Customer").count() == 1


@pytest.mark.parametrize(
    ("payload", "heard"), [("p" * 70, "p" * 70), ("", "Take it"), ("#7", "#7"), ("short", "short")]
)
def test_a_pressed_button_says_its_payload(telegram, talk, payload, heard):
    actions = [{"type": "postback", "title": title, "payload": payload} for title in ("Leave it", "Take it")]
    telegram.answer(talk, "Well?", actions=actions)
    button = telegram.asked[-1][1]["reply_markup"]["inline_keyboard"][1][0]
    offered = {**samples.ASKED, "message_id": telegram.number}
    pressed = samples.update("callback_query", {**samples.QUERY, "message": offered, "data": button["callback_data"]})
    answer = telegram.post(pressed)
    assert answer.json() == {"method": "answerCallbackQuery", "callback_query_id": "q1"}
    telegram.work()
    assert telegram.heard() == {"type": "text", "text": heard}


def test_a_key_of_the_keyboard_says_its_label(telegram, talk):
    actions = [{"type": "reply", "title": title, "payload": f"{title} kg"} for title in ("3", "2", "1")]
    telegram.answer(talk, "How much?", actions=actions)
    telegram.hear(samples.update("message", samples.message(message_id=12, text="1")))
    assert telegram.heard() == {"type": "text", "text": "1"}


def test_a_photo_is_fetched(telegram, talk):
    telegram.hear(samples.update("message", samples.message(message_id=12, photo=[samples.LARGE])))
    assert "/media/" in telegram.heard()["url"]
    assert TOKEN not in json.dumps(telegram.heard())
    do_all("media")
    assert MediaFetch.objects.get().file is not None


def refusal(code, description, **more):
    return code, {"ok": False, "error_code": code, "description": description, **more}


def test_who_blocked_the_bot_gets_nothing_more(telegram, talk):
    telegram.faults.append(refusal(403, "Forbidden: bot was blocked by the user"))
    telegram.answer(talk, "Hello?")
    delivery = Delivery.objects.get(destination=telegram.row)
    assert delivery.status == "failed"
    assert "blocked the bot" in delivery.last_error
    talk.address.refresh_from_db()
    assert talk.address.stopped
    assert all(row.well for row in Endpoint.objects.all())


def test_a_message_that_may_have_arrived_is_not_sent_twice(telegram, talk):
    telegram.faults.append(DeadlineExceeded("Telegram did not answer."))
    telegram.answer(talk, "Hello?")
    delivery = Delivery.objects.get(destination=telegram.row)
    assert delivery.status == "failed"
    assert "not known whether the message arrived" in delivery.last_error
    assert [method for method, _params in telegram.asked] == ["sendMessage"]


def test_telegram_says_how_long_to_wait(telegram, talk):
    telegram.faults.append(refusal(429, "Too Many Requests: retry after 350", parameters={"retry_after": 350}))
    telegram.answer(talk, "Hello?")
    delivery = Delivery.objects.get(destination=telegram.row)
    assert (delivery.next_attempt - clock.now()).total_seconds() == pytest.approx(350)


def test_a_group_that_moves_keeps_its_conversation(telegram):
    telegram.connect()
    old = {**samples.GROUP, "id": -5, "type": "group"}
    telegram.hear(samples.update("message", samples.message(chat=old, text="Hello")))
    talk = Conversation.objects.get(integration=telegram.row)
    telegram.hear(samples.UPDATES["moved"])
    telegram.hear(samples.UPDATES["moved here"])
    telegram.answer(talk, "Welcome")
    assert telegram.asked[-1][1]["chat_id"] == -100500
    telegram.hear(samples.update("message", samples.message(chat=samples.GROUP, text="Thanks", message_id=13)))
    assert Conversation.objects.filter(integration=telegram.row).count() == 1


def test_edits_are_events_of_the_conversation(telegram, talk):
    telegram.hear(samples.UPDATES["edited"])
    found = telegram.heard()
    assert (found["payloadType"], found["payload"]) == ("hubster.edited", {"externalId": "42:11", "text": "Hello!"})
