"""Kik through the whole of Hubster: connected, heard, answered; and marked as closed wherever one meets it."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from engine.adapters.kik import ADAPTER
from engine.delivery import call
from engine.files import media
from engine.models import Activity, Attempt, Conversation, Delivery, Endpoint, Lane
from hubster.lib import clock
from hubster.lib.http_policy import DeadlineExceeded
from portal.actions import providers
from portal.models import Integration
from tests.adapters.kik_peer import CHAT, CONFIG, KEY, SEND, SETUP, check, message, posted, signature
from tests.adapters.provider_peer import Peer, answer
from tests.background import do_all, do_deliver
from tests.two_tenants import codes_of

S = Delivery.Status
CLOSED = "Kik closed its bot platform in 2022."


@pytest.fixture
def kik(monkeypatch, settings):
    settings.HUBSTER_KIK_API = "https://api.kik.com"

    def take(request: Any) -> Any:
        check(request.body)
        return answer({})

    peer = Peer(**{f"GET {SETUP}": answer({}), f"POST {SETUP}": answer({}), f"POST {SEND}": take})
    monkeypatch.setattr(providers, "send", peer)
    monkeypatch.setattr(call, "asend", peer.asend)
    monkeypatch.setattr(media, "asend", peer.asend)
    return peer


def create(party, name="Bot", **more):
    body = {"channelId": 105, "name": name, "configuration": {**CONFIG, **more}}
    return party.api("portal").post(f"/api/v1/integrations/hubs/{party.hub.id}", body, format="json")


@pytest.fixture
def bot(transactional_db, acme, kik, still):
    found = create(acme)
    assert found.status_code == 200, found.content
    return Integration.objects.get(channel="Kik")


def post(bot, *messages, key=KEY):
    body = posted(*messages)
    path = f"/inbound/customer/v1/kik/{bot.pk}"
    return Client().post(path, body, "application/json", headers={"X-Kik-Signature": signature(body, key)})


def hear(bot, *messages) -> None:
    assert post(bot, *messages).status_code == 200
    for kind in ("inbox", "pipeline"):
        do_all(kind)


def said(text="Hello", key="m1", **more):
    return message("text", body=text, **{"id": key, "timestamp": clock.now_ms(), **more})


def speak(party, scope="", **content) -> Delivery:
    talk = Conversation.objects.get(integration__channel="Kik", address__scope=scope)
    given = {"sender": {"integrationId": str(party.agent.pk)}, "message": {"type": "text", "text": "Hi", **content}}
    path = f"/inbound/business/v1/direct/activity/{talk.pk}"
    assert party.api("engine").post(path, given, format="json").status_code == 200
    do_all("pipeline")
    do_deliver(Lane.objects.get(destination__channel="Kik", conversation=talk).pk)
    return Delivery.objects.filter(destination__channel="Kik").latest("event_id")


def test_a_bot_is_connected_once_in_any_spelling(bot, acme, globex, kik):
    assert json.loads(kik.asked[1].body)["webhook"].endswith(f"/inbound/customer/v1/kik/{bot.pk}")
    assert bot.inbound_id == "tea.shop"
    assert codes_of(create(globex, username="TEA.shop")) == ["PRT000701"]


def test_what_kik_refuses_leaves_nothing(acme, kik, transactional_db):
    kik.answers[f"GET {SETUP}"] = answer(status=401)
    refused = create(acme)
    assert codes_of(refused) == ["PRT000202"]
    assert "configuration.apiKey" in refused.content.decode()
    kik.answers[f"GET {SETUP}"] = answer(status=503)
    assert create(acme).status_code == 503
    assert not Integration.objects.filter(channel="Kik").exists()


@pytest.mark.parametrize("name", ["@tea.shop", "tea shop", "t", "t" * 33, "thé"])
def test_what_is_no_user_name_is_refused_before_kik_is_asked(acme, kik, transactional_db, name):
    refused = create(acme, username=name)
    assert codes_of(refused) == ["PRT000202"]
    assert "configuration.username" in refused.content.decode()
    assert not kik.asked


def test_greetings_are_checked_as_messages_with_the_place_of_each_fault(acme, kik, transactional_db):
    start = [{"type": "text", "text": "Hi"}, {"type": "text"}, {"type": "image"}, {"type": "hologram"}]
    refused = create(acme, start=start)
    assert not kik.asked
    assert not Integration.objects.filter(channel="Kik").exists()
    told = [(code, error["description"].split("'")[1]) for code, error in
            zip(codes_of(refused), refused.json()["errors"], strict=True)]  # fmt: skip
    assert told == [
        ("PRT000307", "configuration.start[1]"),
        ("PRT000301", "configuration.start[2].url"),
        ("PRT000206", "configuration.start[3].type"),
    ]


def test_a_message_comes_in_once_and_the_answer_goes_out(bot, acme, kik):
    assert post(bot, said(), key="forged").status_code == 401
    hear(bot, said())
    hear(bot, said())
    assert [row.content["text"] for row in Activity.objects.filter(sender_type="Customer", type="message")] == ["Hello"]
    sent = speak(acme, actions=[{"type": "postback", "title": "Yes", "payload": "yes-1"}])
    assert sent.status == S.SENT
    (out,) = check(kik.to(SEND)[-1].body)
    assert (out["to"], out["body"]) == ("laura", "Hi")
    assert KEY not in json.dumps(Attempt.objects.get(delivery=sent).request)
    (response,) = out["keyboards"][0]["responses"]
    hear(bot, said(response["body"], "m2", metadata=response["metadata"]))
    pressed = Activity.objects.filter(sender_type="Customer", type="message").latest("event_id")
    assert pressed.content["text"] == "yes-1"


def test_too_many_choices_are_answered_by_number(bot, acme, kik):
    hear(bot, said())
    speak(acme, actions=[{"type": "postback", "title": f"No {n}", "payload": f"p{n}"} for n in range(21)])
    hear(bot, said("21", "m2"))
    assert Activity.objects.filter(sender_type="Customer").latest("event_id").content["text"] == "p20"


def test_a_member_of_a_group_has_a_conversation_of_their_own_there(bot, acme, kik):
    hear(bot, said(), said(key="m2", chatType="public"))
    assert Conversation.objects.filter(integration=bot).count() == 2
    speak(acme, scope=CHAT)
    assert check(kik.to(SEND)[-1].body)[0]["chatId"] == CHAT


def test_who_opens_the_chat_can_be_written_to(bot, acme, kik):
    hear(bot, message("start-chatting", timestamp=clock.now_ms()))
    assert speak(acme).status == S.SENT


def test_a_message_that_may_have_arrived_is_not_sent_twice(bot, acme, kik):
    hear(bot, said())
    kik.answers[f"POST {SEND}"] = DeadlineExceeded("Kik did not answer.")
    assert speak(acme).status == S.FAILED
    assert len(kik.to(SEND)) == 1


def test_a_key_that_holds_no_more_pauses_the_integration(bot, acme, kik):
    hear(bot, said())
    kik.answers[f"POST {SEND}"] = answer({"message": "Unauthorized"}, 401)
    speak(acme)
    assert "(HTTP 401, Unauthorized)" in Endpoint.objects.get(pk=bot.pk).reason


def test_whoever_chooses_or_connects_it_reads_that_it_is_closed(bot, acme):
    browser, add = acme.browser("manager"), reverse("admin:portal_integration_add")
    chosen = browser.get(add)
    cards = [card for group in chosen.context["groups"] for card in group.cards if card.closed]
    assert [card.label for card in cards] == ["Kik"]
    assert chosen.content.decode().count("Platform closed") == 1
    customers = next(iter(chosen.context["groups"])).cards
    assert customers[-1].label == "Kik", "what can be chosen comes first"
    for page in (f"{add}?channel=Kik", reverse("admin:portal_integration_change", args=[bot.pk])):
        assert CLOSED in browser.get(page).content.decode()
    assert str(ADAPTER.closed).startswith(CLOSED)
