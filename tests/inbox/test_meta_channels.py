"""Messenger through the whole of Hubster: connected over the API, heard by the shared webhook, answered in time."""

import hmac
import json
from datetime import timedelta

import pytest
from django.test import Client

from engine.delivery import call
from engine.inbox import profiles
from engine.models import Activity, Address, Attempt, Conversation, Delivery, Endpoint, InboxPost, Lane
from hubster.lib import clock
from hubster.lib.http_policy import ConnectFailure, DeadlineExceeded
from portal.actions import providers
from portal.actions.integrations import do_delete_integration
from portal.models import Integration
from tests.adapters.meta_peer import Graph, answer, fault
from tests.background import do_all, do_deliver
from tests.two_tenants import codes_of

HOOK = "/inbound/customer/v1/messenger"
TOKEN = "EAAFBmgAdBToBADCvmo5w10tmlh97uxhtorpi5Adrdo0wtwFfXfkNxxLAY29AxwBHJNfXH5rR"
S = Delivery.Status


@pytest.fixture
def graph(monkeypatch, settings):
    settings.HUBSTER_MESSENGER_API = "https://graph.example"
    settings.HUBSTER_META_APP_SECRET, settings.HUBSTER_META_VERIFY_TOKEN = "SEC", "tea-time"
    meta = Graph(**{
        "GET me": answer({"id": "10", "name": "Tea shop"}), "GET app": answer({"id": "77"}),
        "GET 10": answer({"id": "10"}),
        "POST 10/subscribed_apps": answer({"success": True}), "DELETE 10/subscribed_apps": answer({"success": True}),
        "POST me/messages": answer({"recipient_id": "PSID-1", "message_id": "m_out"}),
    })  # fmt: skip

    async def asend(request, policy):
        return meta(request)

    monkeypatch.setattr(providers, "send", lambda request, policy: meta(request))
    monkeypatch.setattr(call, "asend", asend)
    monkeypatch.setattr(profiles, "asend", asend)
    return meta


def create(party, **configuration):
    body = {"channelId": 101, "name": f"Page of {party.hub.name}", "configuration": configuration}
    return party.api("portal").post(f"/api/v1/integrations/hubs/{party.hub.id}", body, format="json")


@pytest.fixture
def page(transactional_db, acme, graph, still):
    assert create(acme, pageAccessToken=TOKEN).status_code == 200
    return Integration.objects.get(channel="Messenger")


def post(*events, pages=("10",), secret="SEC", box="messaging"):
    addressed = {"sender": {"id": "PSID-1"}, "timestamp": clock.now_ms()}
    entries = [
        {"id": page, box: [{**addressed, "recipient": {"id": page}, **event} for event in events]} for page in pages
    ]
    body = json.dumps({"object": "page", "entry": entries}).encode()
    signature = "sha256=" + hmac.new(secret.encode(), body, "sha256").hexdigest()
    headers = {"X-Hub-Signature-256": signature}
    return Client().post(HOOK, body, content_type="application/json", headers=headers)


def hear(*events, **more):
    assert post(*events, **more).status_code == 200
    do_all("inbox")
    do_all("pipeline")


def say(text, mid="m_in"):
    hear({"message": {"mid": mid, "text": text}})
    return Conversation.objects.get(integration__channel="Messenger")


def reply(party, talk, sender=None):
    """The delivery of an agent's answer, or of another sender's."""
    sender_id = str((sender or party.agent).pk)
    body = {"sender": {"integrationId": sender_id}, "message": {"type": "text", "text": "Hi"}}
    path = f"/inbound/business/v1/direct/activity/{talk.pk}"
    assert party.api("engine").post(path, body, format="json").status_code == 200
    do_all("pipeline")
    do_deliver(Lane.objects.get(destination__channel="Messenger", conversation=talk).pk)
    return Delivery.objects.filter(destination__channel="Messenger").latest("event_id")


def test_a_page_is_connected_and_its_configuration_told(acme, page, graph):
    shown = acme.api("portal").get(f"/api/v1/integrations/{page.pk}").json()
    assert shown["inboundId"] == "10"
    assert shown["configuration"] == {"pageAccessToken": TOKEN, "appId": "77", "pageId": "10"}
    assert ("POST", "10/subscribed_apps") in graph.calls


def test_a_page_serves_one_integration_in_all_hubs(page, globex, graph):
    before = len(graph.calls)
    assert codes_of(create(globex, pageAccessToken=TOKEN)) == ["PRT000701"]
    assert ("POST", "10/subscribed_apps") not in graph.calls[before:]


@pytest.mark.parametrize(("me", "status", "code", "words"), [
    (fault(190, 463), 400, "PRT000202", "'configuration.pageAccessToken'"),
    (ConnectFailure("No answer."), 503, "PRT000100", "Try again later"), (fault(2), 503, "PRT000100", "Try again"),
])  # fmt: skip
def test_a_page_that_cannot_be_connected_leaves_no_row(db, acme, graph, me, status, code, words):
    graph.answers["GET me"] = me
    found = create(acme, pageAccessToken=TOKEN)
    assert (found.status_code, codes_of(found)) == (status, [code])
    assert words in found.content.decode() and TOKEN not in found.content.decode()
    assert not Integration.objects.filter(channel="Messenger").exists()


@pytest.mark.parametrize(("configuration", "code"), [
    ({}, "PRT000301"), ({"pageAccessToken": ""}, "PRT000301"), ({"pageAccessToken": 5}, "PRT000302"),
    ({"pageAccessToken": "EAAF Bmg"}, "PRT000202"), ({"pageAccessToken": TOKEN, "colour": "red"}, "PRT000303"),
    ({"pageAccessToken": TOKEN, "start": [{"type": "image"}]}, "PRT000301"),
])  # fmt: skip
def test_a_configuration_is_checked_before_meta_is_asked(db, acme, graph, configuration, code):
    found = create(acme, **configuration)
    assert (found.status_code, codes_of(found)) == (400, [code])
    assert graph.calls == []


def test_an_end_is_told(acme, page, graph):
    assert acme.api("portal").delete(f"/api/v1/integrations/{page.pk}").status_code == 200
    assert graph.calls[-1] == ("DELETE", "10/subscribed_apps")


def connect_both(party, other, graph):
    """The page, and its Instagram account at another tenant's."""
    page = {"id": "10", "name": "Tea shop", "instagram_business_account": {"id": "178", "username": "tea"}}
    graph.answers["GET me"] = graph.answers["GET 10"] = answer(page)
    return party.add("Messenger", "Page", pageAccessToken=TOKEN), other.add("Instagram", "Tea", accessToken=TOKEN)


@pytest.mark.parametrize("order", [1, -1])
def test_a_subscription_that_two_channels_need_ends_with_the_last_of_them(db, acme, globex, graph, order):
    first, last = connect_both(acme, globex, graph)[::order]
    do_delete_integration(first)
    assert not Integration.objects.filter(pk=first.pk).exists()
    assert ("DELETE", "10/subscribed_apps") not in graph.calls
    do_delete_integration(last)
    assert graph.calls[-1] == ("DELETE", "10/subscribed_apps")


def test_a_page_that_does_not_say_who_needs_its_subscription_keeps_it(db, acme, globex, graph):
    page, _account = connect_both(acme, globex, graph)
    graph.answers["GET 10"] = fault(190, 463)
    do_delete_integration(page)
    assert not Integration.objects.filter(pk=page.pk).exists()
    assert ("DELETE", "10/subscribed_apps") not in graph.calls


def test_the_handshake_and_forged_posts(page):
    query = {"hub.mode": "subscribe", "hub.challenge": "42", "hub.verify_token": "tea-time"}
    found = Client().get(HOOK, query)
    assert (found.status_code, found.content, found["Content-Type"]) == (200, b"42", "text/plain")
    assert Client().get(HOOK, {**query, "hub.verify_token": "x"}).status_code == 403
    assert post({"message": {"mid": "m", "text": "x"}}, secret="OTHER").status_code == 401
    assert not Activity.objects.filter(sender_integration=page).exists()


def test_one_post_for_several_pages_reaches_each_ones_own_integration(page):
    hear({"message": {"mid": "m_in", "text": "Hello"}}, pages=("20", "10"))
    said = Activity.objects.get(sender_integration=page, type="message")
    assert said.content["text"] == "Hello"
    hear({"message": {"mid": "m_in", "text": "Hello"}})
    assert Activity.objects.filter(sender_integration=page, type="message").count() == 1, "a repeat changes nothing"


def test_an_answer_goes_out_and_its_receipt_comes_back(acme, page, graph):
    sent = reply(acme, say("Hello"))
    assert sent.status == S.SENT
    assert json.loads(graph.asked[-1].body) == {
        "recipient": {"id": "PSID-1"},
        "messaging_type": "RESPONSE",
        "message": {"text": "Hi"},
    }
    hear({"delivery": {"mids": ["m_out"], "watermark": clock.now_ms()}})
    sent.refresh_from_db()
    assert sent.status == S.DELIVERED
    assert TOKEN not in json.dumps(Attempt.objects.filter(delivery=sent).get().request)


def test_an_answer_that_may_have_arrived_is_not_sent_twice(acme, page, graph):
    graph.answers["POST me/messages"] = DeadlineExceeded("Meta did not answer.")
    row = reply(acme, say("Hello"))
    assert row.status == S.FAILED
    assert "not known whether the message arrived" in row.last_error
    assert graph.calls.count(("POST", "me/messages")) == 1


def test_a_new_customers_name_is_asked_for(page, graph):
    talk = say("Hello")
    assert ("GET", "PSID-1") not in graph.calls
    graph.answers["GET PSID-1"] = answer({"first_name": "Ann", "last_name": "Lee", "id": "PSID-1"})
    do_all("profile")
    talk.refresh_from_db()
    assert talk.properties["profile"]["full name"] == talk.address.contact.name == "Ann Lee"


def test_after_a_day_only_a_person_is_sent_and_says_so(acme, page, graph):
    bot = acme.add("Direct", "Bot", integrationType="Bot")
    talk = say("Hello")
    Address.objects.update(last_said=clock.to_ms(clock.now() - timedelta(hours=25)))
    before = len(graph.calls)
    assert reply(acme, talk, bot).status == S.WINDOW_CLOSED
    assert len(graph.calls) == before, "Meta is not called"
    assert reply(acme, talk).status == S.SENT
    body = json.loads(graph.asked[-1].body)
    assert (body["messaging_type"], body["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")


def test_one_customer_who_blocked_us_slows_nobody_and_a_dead_token_stops_the_page(acme, page, graph):
    talk = say("Hello")
    graph.answers["POST me/messages"] = fault(551, 1545041)
    assert reply(acme, talk).status == S.FAILED
    assert Address.objects.get().stopped
    assert not Endpoint.objects.filter(destination=page, paused__isnull=False).exists()
    say("I am back", "m_in2")
    assert not Address.objects.get().stopped
    graph.answers["POST me/messages"] = fault(190, 460)
    assert reply(acme, talk).status == S.FAILED
    assert Endpoint.objects.filter(destination=page, paused__isnull=False).exists()


@pytest.mark.parametrize("body", [
    b'{"entry": [{"id": "10\\u0000"}, {"id": "\\ud83d"}]}', b"[" * 100_000, b"[]", b'{"entry": [1]}', b"\xff",
])  # fmt: skip
def test_a_signed_body_of_an_odd_form_is_answered(page, body):
    headers = {"X-Hub-Signature-256": "sha256=" + hmac.new(b"SEC", body, "sha256").hexdigest()}
    answer = Client().post(HOOK, body, content_type="application/json", headers=headers)
    assert answer.status_code == (200 if b"10" in body else 400)
    assert not InboxPost.objects.exists()


def test_another_app_holds_the_thread_until_it_is_passed_back(acme, page, graph):
    bot = acme.add("Direct", "Bot", integrationType="Bot")
    talk = say("Hello")
    start, before = clock.now_ms(), len(graph.calls)
    echo = {"sender": {"id": "10"}, "message": {"mid": "m_echo", "text": "Yes?", "is_echo": True, "app_id": 99}}
    hear({"timestamp": start, "take_thread_control": {"previous_owner_app_id": "77", "new_owner_app_id": "99"}})
    hear({"timestamp": start + 1, "message": {"mid": "m_2", "text": "A person, please"}}, box="standby")
    hear({"timestamp": start + 2, **echo, "recipient": {"id": "PSID-1"}}, box="standby")
    told = [(one.sender_type, one.content["text"], one.standby) for one in Activity.objects.order_by("event_id")]
    assert told == [("Customer", "Hello", False), ("Customer", "A person, please", True), ("Agent", "Yes?", True)]
    assert Delivery.objects.filter(destination=bot).count() == 1
    assert reply(acme, talk).status == S.WINDOW_CLOSED
    assert len(graph.calls) == before, "Meta is not called"
    hear({"timestamp": start + 3, "pass_thread_control": {"new_owner_app_id": "77", "metadata": "done"}})
    assert reply(acme, talk).status == S.SENT
