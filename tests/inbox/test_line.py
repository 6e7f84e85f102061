"""Line through the whole of Hubster: connected over the API, heard through signed webhooks, answered in both ways."""

import base64
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from engine.delivery import call
from engine.files import media
from engine.inbox import profiles
from engine.models import Activity, Address, Conversation, Delivery, Endpoint, File, Lane, MediaFetch
from hubster.lib import clock
from hubster.lib.http_policy import DeadlineExceeded
from portal.actions import providers
from portal.models import Integration
from tests.adapters.line_judge import check
from tests.adapters.provider_peer import Peer, answer
from tests.adapters.test_line import BOT, ENDPOINT, INFO
from tests.background import do_all, do_deliver
from tests.inbox.test_twiliosms import PIXEL
from tests.two_tenants import codes_of

REPLY, PUSH = "/v2/bot/message/reply", "/v2/bot/message/push"
CONTENT = "/v2/bot/message/m1/content"
SECRET, TOKEN = "0123456789abcdef" * 2, "kQ5/x+y=="
S = Delivery.Status


@pytest.fixture
def line(monkeypatch, settings):
    settings.HUBSTER_LINE_API, settings.HUBSTER_LINE_DATA_API = "https://api.line.me", "https://api-data.line.me"
    count = iter(range(1, 100))

    def taken(request: Any) -> Any:
        messages = json.loads(request.body)["messages"]
        check(messages)
        return answer({"sentMessages": [{"id": f"out-{next(count)}"} for _ in messages]})

    peer = Peer(**{
        f"GET {INFO}": answer(BOT), f"PUT {ENDPOINT}": answer(), f"POST {REPLY}": taken, f"POST {PUSH}": taken,
        "POST /v2/bot/chat/loading/start": answer({}, 202), "POST /v2/bot/chat/markAsRead": answer({}),
    })  # fmt: skip
    monkeypatch.setattr(providers, "send", peer)
    monkeypatch.setattr(call, "asend", peer.asend)
    monkeypatch.setattr(media, "asend", peer.asend)
    monkeypatch.setattr(profiles, "asend", peer.asend)
    return peer


def create(party, **more):
    given = {"channelSecret": SECRET, "channelAccessToken": TOKEN, **more}
    body = {"channelId": 103, "name": "Official account", "configuration": given}
    return party.api("portal").post(f"/api/v1/integrations/hubs/{party.hub.id}", body, format="json")


@pytest.fixture
def account(transactional_db, acme, line, still):
    found = create(acme)
    assert found.status_code == 200, found.content
    return Integration.objects.get(channel="Line")


def post(line: Peer, *events: dict[str, Any], secret: str = SECRET) -> Any:
    """LINE calls the address that it was told."""
    path = "/" + json.loads(line.to(ENDPOINT)[0].body)["endpoint"].split("/", 3)[3]
    common = {"mode": "active", "source": {"type": "user", "userId": "U1"}, "timestamp": clock.now_ms()}
    body = json.dumps({"destination": "Ubot", "events": [{**common, **one} for one in events]}).encode()
    signature = base64.b64encode(hmac.new(secret.encode(), body, "sha256").digest()).decode()
    return Client().post(path, body, "application/json", headers={"X-Line-Signature": signature})


def hear(line: Peer, *events: dict[str, Any]) -> None:
    assert post(line, *events).status_code == 200
    for kind in ("inbox", "pipeline"):
        do_all(kind)


def said(text: str = "Hello", id: str = "m1", **more: Any) -> dict[str, Any]:
    message = {"type": "text", "id": id, "text": text, "markAsReadToken": f"read-{id}"}
    return {"type": "message", "webhookEventId": f"01{id}", "replyToken": f"token-{id}", "message": message, **more}


def talk() -> Conversation:
    return Conversation.objects.get(integration__channel="Line")


def speak(party, kind: str, content: dict[str, Any]) -> Delivery:
    body = {"sender": {"integrationId": str(party.agent.pk)}, kind: content}
    path = f"/inbound/business/v1/direct/activity/{talk().pk}"
    found = party.api("engine").post(path, body, format="json")
    assert found.status_code == 200, found.content
    do_all("pipeline")
    return send()


def answered(party, **message: Any) -> Delivery:
    return speak(party, "message", {"type": "text", "text": "Hi", **message})


def send() -> Delivery:
    row = Delivery.objects.filter(destination=talk().integration_id).latest("event_id")
    do_deliver(Lane.objects.get(destination=talk().integration_id, conversation=talk()).pk)
    row.refresh_from_db()
    return row


def texts() -> list[str]:
    rows = Activity.objects.filter(sender_type="Customer", type="message").order_by("event_id")
    return [row.content.get("text", "") for row in rows]


def test_an_account_serves_once_and_what_line_refuses_leaves_no_row(account, acme, line):
    assert account.inbound_id == "Ubot"
    assert account.configuration == {"channelSecret": SECRET, "channelAccessToken": TOKEN, "basicId": "@shop"}
    body = {"channelId": "Line", "name": "Again", "configuration": {"channelSecret": SECRET, "channelAccessToken": "x"}}
    path = f"/api/v1/integrations/hubs/{acme.hub.id}"
    assert codes_of(acme.api("portal").post(path, body, format="json")) == ["PRT000701"]
    line.answers[f"GET {INFO}"] = answer({"message": "Authentication failed"}, 401)
    assert codes_of(acme.api("portal").post(path, body, format="json")) == ["PRT000202"]
    assert Integration.objects.filter(channel="Line").count() == 1


def test_a_token_that_cannot_be_one_is_refused_before_line_is_asked(acme, line, db):
    assert codes_of(create(acme, channelAccessToken="two\nlines")) == ["PRT000202"]
    assert not line.asked


def test_a_new_token_is_confirmed_by_line(account, acme, line):
    before = len(line.asked)
    body = {"configuration": {**account.configuration, "channelAccessToken": "new"}}
    path = f"/api/v1/integrations/{account.pk}"
    assert acme.api("portal").put(path, body, format="json").status_code == 200
    assert [request.headers["Authorization"] for request in line.asked[before:]] == ["Bearer new"] * 2


def test_the_first_answer_is_free_and_the_next_is_pushed(account, acme, line):
    hear(line, said(), said())
    assert texts() == ["Hello"]
    assert answered(acme).status == S.SENT
    assert json.loads(line.to(REPLY)[0].body)["replyToken"] == "token-m1"
    assert answered(acme, text="Anything else?").status == S.SENT
    pushed = line.to(PUSH)[0]
    assert json.loads(pushed.body) == {"to": "U1", "messages": [{"type": "text", "text": "Anything else?"}]}
    assert pushed.headers["X-Line-Retry-Key"]


def test_the_free_answer_is_left_to_the_customer_when_an_agents_webhook_hears_first(account, acme, line):
    hook = acme.add("Direct", "Agents' app", integrationType="Agent", webhookUrl="http://127.0.0.1:8099/hook")
    line.answers["POST /hook"] = answer()
    hear(line, said())
    do_deliver(Lane.objects.get(destination=hook, conversation=talk()).pk)
    assert line.to("/hook")
    assert answered(acme).status == S.SENT
    assert len(line.to(REPLY)) == 1


def test_after_a_minute_an_answer_is_pushed(account, acme, line):
    hear(line, said())
    with time_machine.travel(clock.now() + timedelta(seconds=61), tick=False):
        assert answered(acme).status == S.SENT
    assert not line.to(REPLY)
    assert len(line.to(PUSH)) == 1


def test_typing_does_not_use_the_free_answer_up(account, acme, line):
    hear(line, said())
    assert speak(acme, "event", {"type": "typing_on"}).status == S.SENT
    assert speak(acme, "event", {"type": "seen"}).status == S.SENT
    assert json.loads(line.to("/chat/loading/start")[0].body) == {"chatId": "U1", "loadingSeconds": 10}
    assert json.loads(line.to("/chat/markAsRead")[0].body) == {"markAsReadToken": "read-m1"}
    answered(acme)
    assert len(line.to(REPLY)) == 1


def test_a_token_that_line_does_not_take_any_more_costs_a_push(account, acme, line, settings):
    settings.HUBSTER_RETRY_UNIT = 0
    line.answers[f"POST {REPLY}"] = answer({"message": "Invalid reply token"}, 400)
    hear(line, said())
    assert answered(acme).status == S.SENT
    assert (len(line.to(REPLY)), len(line.to(PUSH))) == (1, 1)


def test_a_push_whose_answer_does_not_come_is_repeated_under_its_key(account, acme, line, settings):
    settings.HUBSTER_RETRY_UNIT = 0
    hear(line, said(replyToken=""))
    accepted = answer({"message": "The retry key is already accepted", "sentMessages": [{"id": "out-9"}]}, 409)
    line.answers[f"POST {PUSH}"] = [DeadlineExceeded("It did not answer in full within 10 seconds."), accepted]
    assert answered(acme).status == S.SENT
    first, second = line.to(PUSH)
    assert first.headers["X-Line-Retry-Key"] == second.headers["X-Line-Retry-Key"]


def test_an_answer_whose_answer_does_not_come_is_not_sent_twice(account, acme, line, settings):
    settings.HUBSTER_RETRY_UNIT = 0
    hear(line, said())
    line.answers[f"POST {REPLY}"] = DeadlineExceeded("It did not answer in full within 10 seconds.")
    row = answered(acme)
    assert (row.status, len(line.asked) - 2) == (S.FAILED, 1)
    assert "not known whether the message arrived" in row.last_error


def test_a_message_that_is_resent_by_hand_has_another_key(account, acme, line):
    hear(line, said(replyToken=""))
    line.answers[f"POST {PUSH}"] = [answer({"message": "Bad"}, 400), answer({"sentMessages": [{"id": "out-9"}]})]
    row = answered(acme)
    assert row.status == S.FAILED
    assert acme.api("portal").post(f"/api/v1/deliveries/{row.pk}/replay").status_code == 200
    assert send().status == S.SENT
    assert len({request.headers["X-Line-Retry-Key"] for request in line.to(PUSH)}) == 2


def test_a_button_says_its_payload_however_long(account, acme, line):
    hear(line, said())
    answered(acme, actions=[{"type": "postback", "title": "Large", "payload": "L" * 301}])
    (message,) = json.loads(line.to(REPLY)[0].body)["messages"]
    data = message["template"]["actions"][0]["data"]
    hear(line, {"type": "postback", "webhookEventId": "01p", "replyToken": "t", "postback": {"data": data}})
    assert texts() == ["Hello", "L" * 301]


def test_a_file_is_asked_for_again_while_line_prepares_it(account, line):
    video = {"type": "image", "id": "m1", "contentProvider": {"type": "line"}}
    line.answers[f"GET {CONTENT}"] = [answer(status=202), answer(PIXEL)]
    hear(line, said(message=video))
    do_all("media")
    assert MediaFetch.objects.get().due > clock.now()
    MediaFetch.objects.update(due=clock.now())
    do_all("media")
    assert File.objects.get()
    assert [request.url for request in line.to(CONTENT)] == [f"https://api-data.line.me{CONTENT}"] * 2
    assert Activity.objects.get(sender_type="Customer", type="message").content["url"].startswith("http")


def test_who_blocks_the_account_is_not_written_to_until_they_come_back(account, acme, line):
    hear(line, said())
    hear(line, {"type": "unfollow", "webhookEventId": "01u"})
    assert answered(acme).status == S.FAILED
    assert Address.objects.get().stopped
    hear(line, {"type": "follow", "webhookEventId": "01f", "replyToken": "t", "follow": {"isUnblocked": True}})
    assert answered(acme).status == S.SENT


def test_a_message_that_was_taken_back_is_an_event(account, line):
    hear(line, said())
    hear(line, {"type": "unsend", "webhookEventId": "01u", "unsend": {"messageId": "m1"}})
    event = Activity.objects.get(sender_type="Customer", type="event")
    assert event.content["payload"] == {"externalId": "m1"}


def test_groups_are_answered_as_groups(account, acme, line):
    hear(line, said(source={"type": "group", "groupId": "C1", "userId": "U1"}, replyToken=""))
    answered(acme)
    assert json.loads(line.to(PUSH)[0].body)["to"] == "C1"


def test_on_standby_it_is_shown_and_nothing_is_answered(account, acme, line):
    bot = acme.add("Direct", "Bot", integrationType="Bot")
    hear(line, said(mode="standby"), said(mode="standby"))
    assert texts() == ["Hello"]
    assert not Delivery.objects.filter(destination=bot).exists()
    row = answered(acme)
    assert row.status == S.WINDOW_CLOSED
    assert "Another app is answering this customer" in row.last_error
    assert line.to(REPLY) == line.to(PUSH) == []
    hear(line, said("And you?", "m2"))
    assert Delivery.objects.filter(destination=bot).count() == 1
    assert answered(acme).status == S.SENT


def test_a_forged_event_is_refused(account, line):
    assert post(line, said(), secret="guess").status_code == 401


def test_a_dead_token_pauses_the_integration_and_a_used_up_allowance_does_not(account, acme, line):
    hear(line, said(replyToken=""))
    line.answers[f"POST {PUSH}"] = answer({"message": "You have reached your monthly limit."}, 429)
    row = answered(acme)
    assert "allowance" in row.last_error
    assert not Endpoint.objects.get(destination=account).paused
    line.answers[f"POST {PUSH}"] = answer({"message": "Authentication failed"}, 401)
    answered(acme)
    assert Endpoint.objects.get(destination=account).paused


def test_a_new_friends_name_is_asked_for_and_shown(account, line):
    line.answers["GET /v2/bot/profile/U1"] = answer({"displayName": "Ann", "userId": "U1", "language": "en"})
    hear(line, {"type": "follow", "webhookEventId": "01f"})
    do_all("profile")
    hear(line, said())
    do_all("profile")
    assert talk().properties["profile"] == {"device": "Line", "full name": "Ann", "language": "en"}
    assert len(line.to("/profile/U1")) == 1
