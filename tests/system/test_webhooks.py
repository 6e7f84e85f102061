"""Webhooks out: who gets what, signed how, tried how often, and in what order."""

import base64
import hashlib
import hmac
import time
import uuid

import pytest
from standardwebhooks import Webhook

from tests.services import wait_until
from tests.system.listeners import Listener

ATTEMPTS = "SELECT number, outcome FROM engine_attempt WHERE delivery_id = ? ORDER BY id"
STATUS = "SELECT status, attempts FROM engine_delivery WHERE id = ?"
NOTICES = "SELECT count, text FROM engine_notice WHERE integration_id = ?"


def check_documented_signature(call, configuration) -> None:
    """The procedure of the documents, steps 1 to 7."""
    assert call.headers["x-hubster-public-key"] == configuration["publicSigningKey"]
    key = configuration["privateSigningKey"].encode()
    mac = base64.b64encode(hmac.new(key, call.body, hashlib.sha256).digest()).decode()
    assert call.headers["x-hubster-signature"] == mac
    assert call.headers["x-source-system"] == "engine.hubster.io"


def check_standard_webhook(call, configuration) -> None:
    """The public package's own verifier."""
    secret = "whsec_" + base64.b64encode(configuration["privateSigningKey"].encode()).decode()
    assert Webhook(secret).verify(call.body, call.headers) == call.payload


def database_says(live, query, value):
    return live.rows(query, uuid.UUID(value))


def test_a_system_webhook_gets_each_message_signed_in_a_list(shop, hooks):
    watcher = shop.watched_by(hooks.url(), "message", "message:customer")
    conversation = shop.conversation()
    receipt = shop.say(conversation, "Grüße ✓")
    shop.reply(conversation, "Hello")
    first, second = hooks.wait(2)
    for call in (first, second):
        check_documented_signature(call, watcher["configuration"])
        check_standard_webhook(call, watcher["configuration"])
        assert call.headers["x-conversation-id"] == call.payload["conversationId"] == conversation
        assert call.headers["x-integration-id"] == watcher["integrationId"]
        assert call.headers["x-hub-id"] == call.payload["hubId"] == shop.hub
    assert [activity["interactionId"] for activity in first.payload["activities"]] == [receipt["interactionId"]]
    assert (first.text, second.text) == ("Grüße ✓", "Hello")


def test_a_direct_webhook_gets_one_signed_activity(shop, hooks):
    agent = shop.add("Direct", integrationType="Agent", webhookUrl=hooks.url())
    shop.say(shop.conversation(), "Hi")
    (call,) = hooks.wait(1)
    check_documented_signature(call, agent["configuration"])
    check_standard_webhook(call, agent["configuration"])
    assert call.payload["activity"]["message"] == {"type": "text", "text": "Hi"}
    assert "activities" not in call.payload


def test_a_filter_lets_only_its_own_senders_through(shop, hooks):
    shop.watched_by(hooks.url("/agents"), "message:agent")
    shop.watched_by(hooks.url("/all"))
    conversation = shop.conversation()
    shop.say(conversation, "question")
    shop.reply(conversation, "answer")
    assert [call.text for call in hooks.wait(2, "/all")] == ["question", "answer"]
    assert [call.text for call in hooks.wait(1, "/agents")] == ["answer"]


@pytest.mark.parametrize("failures", [1, 3])
def test_a_receiver_that_fails_at_first_gets_the_same_id_again_and_keeps_its_order(live, shop, hooks, failures):
    shop.watched_by(hooks.url())
    refusals = iter([500] * failures)
    hooks.answer = lambda path, text: next(refusals, 200) if text == "m0" else 200
    conversation = shop.conversation()
    for n in range(3):
        shop.say(conversation, f"m{n}")
    calls = hooks.wait(failures + 3)
    assert [call.text for call in calls] == ["m0"] * (failures + 1) + ["m1", "m2"]
    first = {call.id for call in calls[: failures + 1]}
    assert len(first) == 1 and len({call.id for call in calls}) == 3
    (delivery,) = first
    wait_until("it is sent", lambda: database_says(live, STATUS, delivery) == [("sent", failures + 1)])
    tries = database_says(live, ATTEMPTS, delivery)
    assert tries == [*((n + 1, "failed") for n in range(failures)), (failures + 1, "sent")]


def test_a_receiver_that_is_down_for_good_gets_six_sends_and_its_owner_one_notice(live, shop, hooks):
    watcher = shop.watched_by(hooks.url("/down"))
    hooks.answer = lambda path, text: 503
    conversation = shop.conversation()
    began = time.monotonic()
    shop.say(conversation, "lost")
    calls = hooks.wait(6, "/down")
    assert time.monotonic() - began > 15 * 0.3 * 0.9  # the waits are 1, 2, 3, 4 and 5 units
    wait_until("it is given up", lambda: database_says(live, STATUS, calls[0].id) == [("failed", 6)])
    wait_until("the owner is told", lambda: database_says(live, NOTICES, watcher["integrationId"]))
    assert len({call.id for call in calls}) == 1
    shop.say(conversation, "lost too")
    calls = hooks.wait(12, "/down")
    wait_until("it is counted", lambda: database_says(live, NOTICES, watcher["integrationId"])[0][0] == 2)
    assert [call.text for call in calls] == ["lost"] * 6 + ["lost too"] * 6
    assert len(database_says(live, NOTICES, watcher["integrationId"])) == 1


def test_endpoints_that_hang_do_not_delay_another_endpoints_deliveries(live, account, shop, hooks):
    shops = [account.shop() for _ in range(3)]
    for n, slow in enumerate(shops):
        slow.watched_by(hooks.url(f"/hang/{n}"))
        for _ in range(3):  # one more lane than an endpoint may have under way
            slow.say(slow.conversation(), "stuck")
    hooks.wait(1, "/hang/0")
    shop.watched_by(hooks.url("/quick"))
    conversation = shop.conversation()
    with Listener(live.base, account.token, shop.agent, leid=0) as agent:
        began = time.monotonic()
        for n in range(10):
            shop.say(conversation, f"m{n}")
        assert len(agent.take(10)) == 10
        heard = time.monotonic() - began
        hooks.wait(10, "/quick")
    assert heard < 3, "hanging endpoints delayed the sockets"
    assert time.monotonic() - began < 5, "hanging endpoints delayed another endpoint"
