"""WhatsApp through the whole of Hubster: connected, heard, answered, and people who hide or change their numbers."""

import hmac
import json
from datetime import timedelta

import pytest
from django.test import Client

from engine.delivery import call
from engine.files import media
from engine.models import Activity, Address, Attempt, Contact, Conversation, Delivery, Endpoint, Lane, MediaFetch
from hubster.lib import clock
from portal.actions import providers
from portal.models import Integration
from tests.adapters.meta_peer import Graph, answer, fault
from tests.adapters.whatsapp_peer import NUMBER, PHONE, USER, WABA, body, message, value
from tests.background import do_all, do_deliver
from tests.two_tenants import codes_of

HOOK = "/inbound/customer/v1/whats-app"
TOKEN = "EAAFBmgAdBToBADCvmo5w10tmlh97uxhtorpi5"
SEND = f"POST {NUMBER}/messages"
HIDDEN = {"profile": {"name": "Sheena"}, "user_id": USER}
S = Delivery.Status


def taken(key="wamid.out", **person):
    return answer({"messaging_product": "whatsapp", "contacts": [{"input": PHONE, "wa_id": PHONE, **person}],
                   "messages": [{"id": key}]})  # fmt: skip


@pytest.fixture
def graph(monkeypatch, settings):
    settings.HUBSTER_MESSENGER_API, settings.HUBSTER_WHATSAPP_API = "https://graph.example", ""
    settings.HUBSTER_META_APP_SECRET, settings.HUBSTER_META_VERIFY_TOKEN = "SEC", "tea-time"
    meta = Graph(**{
        f"GET {NUMBER}": answer({"id": NUMBER, "display_phone_number": "+1 555"}),
        f"GET {WABA}/phone_numbers": answer({"data": [{"id": NUMBER}]}),
        f"POST {WABA}/subscribed_apps": answer({"success": True}),
        f"DELETE {WABA}/subscribed_apps": answer({"success": True}), SEND: taken(),
    })  # fmt: skip

    async def asend(request, policy):
        return meta(request)

    monkeypatch.setattr(providers, "send", lambda request, policy: meta(request))
    monkeypatch.setattr(call, "asend", asend)
    monkeypatch.setattr(media, "asend", asend)
    return meta


def create(party, **configuration):
    body = {"channelId": 108, "name": f"Number of {party.hub.name}", "configuration": configuration}
    return party.api("portal").post(f"/api/v1/integrations/hubs/{party.hub.id}", body, format="json")


GIVEN = {"accessToken": TOKEN, "phoneNumberId": NUMBER, "businessAccountId": WABA}


@pytest.fixture
def number(transactional_db, acme, graph, still):
    assert create(acme, **GIVEN).status_code == 200
    return Integration.objects.get(channel="WhatsApp")


def post(*values, secret="SEC", **more):
    sent = body(*values, **more)
    signature = "sha256=" + hmac.new(secret.encode(), sent, "sha256").hexdigest()
    headers = {"X-Hub-Signature-256": signature}
    return Client().post(HOOK, sent, content_type="application/json", headers=headers)


def hear(*messages, **more):
    assert post(value(messages=list(messages), **more)).status_code == 200
    work()


def work():
    do_all("inbox")
    do_all("pipeline")


def said_now(kind, node, key="wamid.in", **more):
    return message(kind, node, timestamp=str(clock.now_ms() // 1_000), id=key, **more)


def say(text, key="wamid.in", **more):
    hear(said_now("text", {"body": text}, key), **more)
    return Conversation.objects.get(integration__channel="WhatsApp")


def without_number(text, key):
    given = said_now("text", {"body": text}, key)
    del given["from"]
    hear(given, contacts=[HIDDEN])


def reply(party, talk, content=None):
    """The delivery of an agent's message or event."""
    given = {"sender": {"integrationId": str(party.agent.pk)}, "message": {"type": "text", "text": "Hi"}}
    path = f"/inbound/business/v1/direct/activity/{talk.pk}"
    assert party.api("engine").post(path, {**given, **(content or {})}, format="json").status_code == 200
    do_all("pipeline")
    do_deliver(Lane.objects.get(destination__channel="WhatsApp", conversation=talk).pk)
    return Delivery.objects.filter(destination__channel="WhatsApp").latest("event_id")


def last(graph):
    return json.loads(graph.asked[-1].body)


def heard():
    return Activity.objects.filter(sender_type="Customer", type="message").latest("event_id").content


def test_a_number_is_connected_and_serves_one_integration(acme, globex, number, graph):
    shown = acme.api("portal").get(f"/api/v1/integrations/{number.pk}").json()
    assert (shown["inboundId"], shown["configuration"]) == (NUMBER, {**GIVEN, "phoneNumber": "+1 555"})
    assert codes_of(create(globex, **GIVEN)) == ["PRT000701"]
    graph.answers[f"GET {NUMBER}"] = fault(100, 33)
    refused = create(globex, **GIVEN)
    assert codes_of(refused) == ["PRT000202"] and "configuration.phoneNumberId" in refused.content.decode()
    assert acme.api("portal").delete(f"/api/v1/integrations/{number.pk}").status_code == 200
    assert graph.calls[-1] == ("DELETE", f"{WABA}/subscribed_apps")


def test_the_handshake_forged_posts_and_numbers_of_others(number):
    query = {"hub.mode": "subscribe", "hub.challenge": "42", "hub.verify_token": "tea-time"}
    assert Client().get(HOOK, query).content == b"42"
    assert post(value(messages=[message("text", {"body": "x"})]), secret="OTHER").status_code == 401
    assert post(value("999", messages=[message("text", {"body": "x"})])).status_code == 200
    do_all("inbox")
    assert not Activity.objects.filter(sender_integration=number).exists()


def test_an_answer_goes_out_and_its_receipts_come_back_with_the_price(acme, number, graph):
    sent = reply(acme, say("Hello"))
    assert (sent.status, last(graph)["to"]) == (S.SENT, PHONE)
    price = {"billable": True, "category": "service", "pricing_model": "PMP"}
    status = {"id": "wamid.out", "status": "delivered", "timestamp": "1", "pricing": price}
    assert post(value(statuses=[status])).status_code == 200
    do_all("inbox")
    sent.refresh_from_db()
    assert (sent.status, sent.price) == (S.DELIVERED, price)
    assert TOKEN not in json.dumps(Attempt.objects.filter(delivery=sent).get().request)


def test_a_customer_who_hides_the_number_stays_the_same_person(acme, number, graph):
    talk = say("Hello")
    without_number("Me again", "wamid.2")
    assert Conversation.objects.filter(integration=number).count() == Contact.objects.count() == 1
    reply(acme, talk)
    assert last(graph)["recipient"] == USER and "to" not in last(graph)
    say("And back", "wamid.3")
    reply(acme, talk)
    assert last(graph)["to"] == PHONE and "recipient" not in last(graph)


def test_a_customer_who_never_showed_a_number_has_none(acme, number, graph):
    without_number("Hello", "wamid.1")
    talk = Conversation.objects.get(integration=number)
    assert talk.properties["profile"]["full name"] == "Sheena" and "phone" not in talk.properties["profile"]
    assert reply(acme, talk).status == S.SENT
    assert last(graph)["recipient"] == USER


def test_an_id_that_an_answer_tells_is_the_same_persons_and_the_number_is_written_to(acme, number, graph):
    known = {"profile": {"name": "Sheena"}, "wa_id": PHONE}
    hear(said_now("text", {"body": "Hi"}, from_user_id=None), contacts=[known])
    talk = Conversation.objects.get(integration=number)
    assert list(Address.objects.values_list("value", flat=True)) == [PHONE]
    graph.answers[SEND] = taken(user_id=USER)
    for _again in range(2):
        reply(acme, talk)
        assert last(graph)["to"] == PHONE
    assert set(Address.objects.values_list("value", "contact")) == {
        (PHONE, talk.address.contact_id), (USER, talk.address.contact_id),
    }  # fmt: skip
    without_number("Hidden now", "wamid.2")
    assert Conversation.objects.filter(integration=number).count() == 1


def test_an_id_that_is_anothers_stays_theirs(acme, number, graph):
    without_number("I am first", "wamid.1")
    other = Contact.objects.get()
    hear(said_now("text", {"body": "Hi"}, "wamid.2", from_user_id=None), contacts=[{"wa_id": PHONE}])
    graph.answers[SEND] = taken(user_id=USER)
    reply(acme, Conversation.objects.get(integration=number, address__value=PHONE))
    assert Address.objects.get(value=USER).contact == other


def test_a_new_number_with_a_new_id_keeps_the_conversation(acme, number, graph):
    talk = say("Hello")
    moved = {"type": "user_changed_number", "wa_id": "12195555358", "user_id": "US.2", "previous_user_id": USER}
    hear(said_now("system", moved, "wamid.moved", from_user_id=None), contacts=[])
    talk.refresh_from_db()
    assert Contact.objects.count() == 1
    assert {row.value for row in Address.objects.all()} == {"12195555358", "US.2"}, "others may get the old ones"
    assert reply(acme, talk).status == S.SENT
    assert last(graph)["to"] == "12195555358"
    given = said_now("text", {"body": "Me"}, "wamid.2", from_user_id="US.2")
    del given["from"]
    hear(given, contacts=[{"profile": {"name": "Sheena"}, "user_id": "US.2"}])
    assert Conversation.objects.filter(integration=number).count() == 1


def test_what_was_pressed_is_looked_up_where_it_was_offered(acme, number, graph):
    talk = say("Hello")
    long = [{"type": "postback", "title": f"{name} " * 40, "payload": name * 300} for name in "AB"]
    reply(acme, talk, {"message": {"type": "text", "text": "Which?", "actions": long}})
    rows = last(graph)["interactive"]["action"]["sections"][0]["rows"]
    pressed = {"type": "list_reply", "list_reply": {"id": rows[1]["id"], "title": rows[1]["title"]}}
    hear(said_now("interactive", pressed, "wamid.2", context={"id": "wamid.out"}))
    assert heard() == {"type": "text", "text": "B" * 300}
    hear(said_now("text", {"body": "1"}, "wamid.3"))
    assert heard() == {"type": "text", "text": "A" * 300}


def test_typing_and_seen_name_the_customers_last_message(acme, number, graph):
    talk = say("Hello", "wamid.last")
    hear(said_now("reaction", {"message_id": "wamid.x", "emoji": "👍"}, "wamid.r"))
    reply(acme, talk, {"message": None, "event": {"type": "typing_on"}})
    assert last(graph) == {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.last",
                           "typing_indicator": {"type": "text"}}  # fmt: skip


def test_a_file_is_fetched_with_the_token(acme, number, graph):
    graph.answers["GET 27"] = answer({"url": "https://lookaside.example/v26.0/file"})
    graph.answers["GET file"] = graph.answers["GET https://lookaside.example/v26.0/file"] = answer({"a": 1})
    hear(said_now("document", {"id": "27", "mime_type": "text/plain", "filename": "a.txt"}))
    assert "/media/" in heard()["url"]
    do_all("media")
    assert MediaFetch.objects.get().file is not None
    assert graph.asked[-1].headers["Authorization"] == f"Bearer {TOKEN}"


def test_after_a_day_nobody_is_sent_and_a_late_refusal_says_the_same(acme, number, graph):
    talk = say("Hello")
    sent = reply(acme, talk)
    status = {"id": "wamid.out", "status": "failed", "timestamp": "1", "errors": [{"code": 131047}]}
    post(value(statuses=[status]))
    do_all("inbox")
    sent.refresh_from_db()
    assert sent.status == S.WINDOW_CLOSED
    Address.objects.update(last_said=clock.to_ms(clock.now() - timedelta(hours=25)))
    before = len(graph.calls)
    assert reply(acme, talk).status == S.WINDOW_CLOSED
    assert len(graph.calls) == before


def test_a_message_that_is_not_paid_for_pauses_the_number_and_one_customers_fault_does_not(acme, number, graph):
    talk = say("Hello")
    graph.answers[SEND] = fault(131026)
    assert reply(acme, talk).status == S.FAILED
    assert not Endpoint.objects.filter(destination=number, paused__isnull=False).exists()
    graph.answers[SEND] = taken()
    assert reply(acme, talk).status == S.SENT
    post(value(statuses=[{"id": "wamid.out", "status": "failed", "timestamp": "1", "errors": [{"code": 131042}]}]))
    do_all("inbox")
    assert "payment method" in Endpoint.objects.get(destination=number).reason


def test_meta_business_agent_holds_the_thread_until_it_passes_it_on(acme, number, graph):
    bot = acme.add("Direct", "Bot", integrationType="Bot")
    start, before = clock.now_ms() // 1_000, len(graph.calls)
    echo = {"to": PHONE, "id": "wamid.echo", "timestamp": str(start + 1), "type": "text", "text": {"body": "Sure"}}
    asked = message("text", {"body": "Open on Sunday?"}, timestamp=str(start), id="wamid.1")
    for _ in range(2):
        assert post(value(messages=[asked], message_echoes=[echo]), field="standby").status_code == 200
    work()
    told = [(one.sender_type, one.content["text"], one.standby) for one in Activity.objects.order_by("event_id")]
    assert told == [("Customer", "Open on Sunday?", True), ("Agent", "Sure", True)]
    talk = Conversation.objects.get(integration=number)
    assert not Delivery.objects.filter(destination=bot).exists()
    assert reply(acme, talk).status == S.WINDOW_CLOSED
    assert len(graph.calls) == before, "Meta is not called"
    change = {"recipient": {"phone_number_id": NUMBER}, "sender": {"phone_number": PHONE}}
    passed = {**change, "timestamp": str(start + 2), "control_passed": {"metadata": "a person is wanted"}}
    assert post(passed, field="messaging_handovers").status_code == 200
    work()
    assert reply(acme, talk).status == S.SENT
