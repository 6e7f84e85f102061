"""The demo's bot: believes only what is signed, answers a visitor once, hands over, and otherwise keeps silent."""

import json

import pytest

from engine import serialize
from engine.actions.append import NewActivity
from engine.actions.conversations import do_close, do_establish
from engine.actions.receive import do_receive
from engine.models import Activity, Conversation
from hubster.lib.signing import hubster_signature
from portal.actions.integrations import do_rotate_keys
from portal.demo import do_seed, guid
from portal.models import Integration, SigningKey
from webchat.demo_bot import BOT, replies

HANDOVER = "hubster.handover"


@pytest.fixture
def conversation(db) -> Conversation:
    do_seed()
    return do_establish(Integration.objects.get(pk=guid("23")), "b" * 40, {})[0]


def said(conversation: Conversation, text: str, tail: str = "23", **node) -> dict:
    """An activity of an integration, as the webhook shows it."""
    sender = Integration.objects.select_related("hub__tenant").get(pk=guid(tail))
    content = node or {"type": "text", "text": text}
    kind = "event" if content["type"] == "payload" else "message"
    return serialize.activity_json(do_receive(conversation.id, sender, NewActivity(kind, content)))


def post(client, conversation: Conversation, activity: dict, key: str | None = None):
    body = json.dumps({"conversationId": str(conversation.id), "activity": activity}).encode()
    key = key or SigningKey.objects.filter(integration=BOT).first().private_key
    headers = {"x-hubster-signature": hubster_signature(key, body)}
    return client.post("/demo/bot", body, "application/json", headers=headers)


def spoken(conversation: Conversation) -> list[str]:
    """What the bot said, events by their payload type."""
    rows = Activity.objects.filter(conversation=conversation, sender_integration=BOT).order_by("event_id")
    return [row.content.get("text") or row.content["payloadType"] for row in rows]


def test_it_greets_and_tells_what_can_be_tried(client, conversation):
    assert post(client, conversation, said(conversation, "Hello")).status_code == 200
    [words] = spoken(conversation)
    assert words.startswith("Hello!")
    assert "person" in words


@pytest.mark.parametrize("text", ["agent", "Can I talk to a PERSON?", "a human please", "help!"])
def test_it_hands_over_to_a_person(client, conversation, text):
    post(client, conversation, said(conversation, text))
    assert spoken(conversation) == ["I am asking a colleague.", HANDOVER]


def test_a_word_that_only_contains_one_of_these_does_not(conversation):
    assert [kind for kind, _ in replies("Is it personal? A reagent? Helpful!")] == ["message"]


def test_a_repeated_webhook_is_answered_once(client, conversation):
    activity = said(conversation, "a person, please")
    for _ in range(3):
        assert post(client, conversation, activity).status_code == 200
    assert spoken(conversation) == ["I am asking a colleague.", HANDOVER]


@pytest.mark.parametrize("tail", ["21", "22"])
def test_it_does_not_answer_agents_nor_itself(client, conversation, tail):
    before = spoken(conversation)
    activity = said(conversation, "Hello, can I get help?", tail)
    assert post(client, conversation, activity).status_code == 200
    assert spoken(conversation) == [*before, *(["Hello, can I get help?"] if tail == "22" else [])]


def test_it_does_not_answer_events(client, conversation):
    event = said(conversation, "", type="payload", payloadType="my.button", payload={"text": "help"})
    assert post(client, conversation, event).status_code == 200
    assert spoken(conversation) == []


def test_a_message_without_text_is_answered_too(client, conversation):
    activity = said(conversation, "", type="image", url="https://example.com/a.png")
    assert post(client, conversation, activity).status_code == 200
    assert len(spoken(conversation)) == 1


def test_it_keeps_silent_once_people_answer(client, conversation):
    activity = said(conversation, "Hello")
    Conversation.objects.filter(pk=conversation.pk).update(side="Agent")
    assert post(client, conversation, activity).status_code == 200
    assert spoken(conversation) == []


def test_a_conversation_that_was_closed_meanwhile_is_not_called_for_again(client, conversation):
    activity = said(conversation, "Hello")
    do_close(conversation.id)
    assert post(client, conversation, activity).status_code == 200
    assert spoken(conversation) == []


@pytest.mark.parametrize("signature", ["", "bm9uc2Vuc2U=", "\u00e9"])
def test_a_wrong_signature_is_refused(client, conversation, signature):
    body = json.dumps({"conversationId": str(conversation.id), "activity": said(conversation, "Hello")})
    answer = client.post("/demo/bot", body, "application/json", HTTP_X_HUBSTER_SIGNATURE=signature)
    assert answer.status_code == 403
    assert spoken(conversation) == []


def test_another_integrations_key_is_refused(client, conversation):
    other = SigningKey.objects.filter(integration=guid("21")).first().private_key
    assert post(client, conversation, said(conversation, "Hello"), other).status_code == 403


def test_old_and_new_key_are_valid_while_keys_are_exchanged(client, conversation):
    old = SigningKey.objects.filter(integration=BOT).first().private_key
    new = do_rotate_keys(Integration.objects.get(pk=BOT)).private_key
    for key in (old, new):
        assert post(client, conversation, said(conversation, "Hello"), key).status_code == 200


def test_it_can_only_be_posted_to(client, db):
    assert client.get("/demo/bot").status_code == 405
