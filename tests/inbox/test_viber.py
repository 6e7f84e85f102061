"""Viber through the whole of Hubster: its test of the address, signed events, answers and receipts."""

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from engine.delivery import call
from engine.files import media
from engine.models import Activity, Attempt, Conversation, Delivery, InboxPost, Lane
from hubster.lib import clock
from hubster.lib.http_policy import DeadlineExceeded
from portal.actions import providers
from portal.models import Integration, PendingConnection
from tests.adapters.provider_peer import Peer, answer
from tests.adapters.viber_peer import ANN, BOT, HOOKS, INFO, SEND, TOKEN, check, event, message, signature
from tests.background import do_all, do_deliver
from tests.two_tenants import codes_of

TEST = event("webhook")
S = Delivery.Status


class Viber(Peer):
    """Viber's side: it calls an address before it takes it, and keeps the address."""

    def __init__(self) -> None:
        self.hook, self.statuses, self.token = "", [], TOKEN
        super().__init__(**{f"POST {INFO}": answer(BOT), f"POST {HOOKS}": self.register, f"POST {SEND}": self.take})

    def register(self, request: Any) -> Any:
        self.hook = json.loads(request.body)["url"]
        if not self.hook:
            return answer({"status": 0})
        self.statuses = [self.post(TEST, token="forged").status_code, self.post(message("text", text="x")).status_code,
                         self.post(TEST).status_code]  # fmt: skip
        return answer({"status": 0} if self.statuses[-1] == 200 else {"status": 1, "status_message": "invalidUrl"})

    def take(self, request: Any) -> Any:
        check(request.body)
        return answer({"status": 0, "status_message": "ok", "message_token": 100 + len(self.to(SEND))})

    def post(self, given: dict[str, Any], token: str = "") -> Any:
        body = json.dumps(given).encode()
        headers = {"X-Viber-Content-Signature": signature(body, token or self.token)}
        return Client().post("/" + self.hook.split("/", 3)[3], body, "application/json", headers=headers)

    def says(self, given: dict[str, Any]) -> None:
        assert self.post(given).status_code == 200
        for kind in ("inbox", "pipeline"):
            do_all(kind)


@pytest.fixture
def viber(monkeypatch, settings):
    settings.HUBSTER_VIBER_API = "https://chatapi.viber.com"
    peer = Viber()
    monkeypatch.setattr(providers, "send", peer)
    monkeypatch.setattr(call, "asend", peer.asend)
    monkeypatch.setattr(media, "asend", peer.asend)
    return peer


def create(party, name="Bot", **more):
    body = {"channelId": 109, "name": name, "configuration": {"authToken": TOKEN, **more}}
    return party.api("portal").post(f"/api/v1/integrations/hubs/{party.hub.id}", body, format="json")


@pytest.fixture
def bot(transactional_db, acme, viber, still):
    found = create(acme, senderName="Eva")
    assert found.status_code == 200, found.content
    return Integration.objects.get(channel="Viber")


def said(text="Hello", key=1, **more):
    return {**message("text", text=text, **more), "message_token": key, "timestamp": clock.now_ms()}


def speak(party, **content) -> Delivery:
    talk = Conversation.objects.get(integration__channel="Viber")
    given = {"sender": {"integrationId": str(party.agent.pk)}, "message": {"type": "text", "text": "Hi", **content}}
    path = f"/inbound/business/v1/direct/activity/{talk.pk}"
    assert party.api("engine").post(path, given, format="json").status_code == 200
    do_all("pipeline")
    do_deliver(Lane.objects.get(destination__channel="Viber", conversation=talk).pk)
    return Delivery.objects.filter(destination__channel="Viber").latest("event_id")


def test_viber_tests_the_address_before_the_integration_is_there(bot, acme, viber):
    assert viber.statuses == [404, 404, 200]  # forged; said before anybody could hear it, so that Viber says it again
    assert viber.hook.endswith(f"/inbound/customer/v1/viber/{bot.pk}")
    assert (bot.inbound_id, bot.configuration["uri"]) == ("pa:7", "teashop")
    assert not PendingConnection.objects.exists()
    assert not InboxPost.objects.exists()
    shown = acme.api("portal").get(f"/api/v1/integrations/{bot.pk}").json()
    assert shown["configuration"] == {"authToken": TOKEN, "senderName": "Eva", "botName": "Tea", "uri": "teashop"}


def test_a_new_token_signs_the_test_of_an_address_that_is_in_use(bot, acme, viber):
    viber.token = "new-token"
    body = {"configuration": {"authToken": "new-token"}}
    assert acme.api("portal").put(f"/api/v1/integrations/{bot.pk}", body, format="json").status_code == 200
    assert viber.statuses == [401, 401, 200]
    bot.refresh_from_db()
    assert bot.configuration["authToken"] == "new-token"


def test_who_is_not_being_connected_is_unknown(bot, viber, acme, globex):
    viber.hook = f"https://x.io/inbound/customer/v1/viber/{uuid.uuid4()}"
    assert viber.post(TEST).status_code == 404
    kept = {"channel": "Viber", "configuration": {"authToken": TOKEN}, "created": clock.now()}
    PendingConnection.objects.create(integration=viber.hook[-36:], **kept)
    assert viber.post(TEST).status_code == 200
    with time_machine.travel(clock.now() + timedelta(minutes=3), tick=False):
        assert viber.post(TEST).status_code == 404
        create(globex, "Again")  # whoever connects next takes away what died
    assert not PendingConnection.objects.exists()


def test_what_viber_refuses_leaves_nothing(bot, globex, viber):
    assert codes_of(create(globex)) == ["PRT000701"]
    viber.answers[f"POST {INFO}"] = answer({"status": 2, "status_message": "invalidAuthToken"})
    refused = create(globex)
    assert codes_of(refused) == ["PRT000202"]
    assert "configuration.authToken" in refused.content.decode()
    viber.answers[f"POST {INFO}"] = answer(status=503)
    assert create(globex).status_code == 503
    assert not PendingConnection.objects.exists()
    assert Integration.objects.filter(channel="Viber").count() == 1


def test_deleting_takes_the_address_away(bot, acme, viber):
    assert acme.api("portal").delete(f"/api/v1/integrations/{bot.pk}").status_code == 200
    assert viber.hook == ""


def test_a_message_comes_in_once_and_the_answer_goes_out_and_is_read(bot, acme, viber):
    viber.says(said())
    viber.says(said())
    assert [row.content["text"] for row in Activity.objects.filter(sender_type="Customer", type="message")] == ["Hello"]
    sent = speak(acme, actions=[{"type": "postback", "title": "Yes", "payload": "p" * 300}])
    assert sent.status == S.SENT
    body = json.loads(viber.to(SEND)[-1].body)
    assert (body["receiver"], body["sender"], body["text"]) == (ANN["id"], {"name": "Eva"}, "Hi")
    assert TOKEN not in json.dumps(Attempt.objects.get(delivery=sent).request)
    for kind, status in (("delivered", S.DELIVERED), ("seen", S.READ)):
        viber.says({**event(kind, user_id=ANN["id"]), "message_token": 101})
        sent.refresh_from_db()
        assert sent.status == status
    viber.says(said(body["keyboard"]["Buttons"][0]["ActionBody"], key=2))
    pressed = Activity.objects.filter(sender_type="Customer", type="message").latest("event_id")
    assert pressed.content["text"] == "p" * 300


def test_a_customer_who_left_hears_nothing_until_they_are_back(bot, acme, viber):
    viber.says(said())
    viber.says(event("unsubscribed", user_id=ANN["id"], timestamp=clock.now_ms()))
    assert speak(acme).status == S.FAILED
    assert not viber.to(SEND)
    viber.says(event("subscribed", user=ANN))
    assert speak(acme).status == S.SENT


def test_a_message_that_may_have_arrived_is_not_sent_twice(bot, acme, viber):
    viber.says(said())
    viber.answers[f"POST {SEND}"] = DeadlineExceeded("Viber did not answer.")
    assert speak(acme).status == S.FAILED
    assert len(viber.to(SEND)) == 1


def test_a_token_that_holds_no_more_pauses_the_integration(bot, acme, viber):
    viber.says(said())
    viber.answers[f"POST {SEND}"] = answer({"status": 2, "status_message": "invalidAuthToken"})
    sent = speak(acme)
    assert sent.status != S.SENT
    assert "(2, invalidAuthToken)" in Attempt.objects.get(delivery=sent).error
