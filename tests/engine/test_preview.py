"""Previews over the API: every customer channel of a hub shows a message, and nothing is stored, sent or told."""

import base64
import xml.etree.ElementTree as ET

import pytest
from django.test.utils import CaptureQueriesContext

from engine.adapters import get, telegram
from engine.models import Address, Contact, Conversation
from hubster.lib import clock
from portal.actions.hubs import do_create_hub
from portal.models import Integration
from tests.adapters.every_provider import CONFIGURATIONS
from tests.two_tenants import codes_of, snapshot

ACTIONS = [
    {"type": "postback", "title": "Yes", "payload": "y"},
    {"type": "reply", "title": "No", "payload": "n"},
    {"type": "link", "title": "Shop", "url": "https://shop.example.com/"},
]
MESSAGE = {"type": "text", "text": "Tea?", "actions": ACTIONS}


@pytest.fixture(autouse=True)
def apis(settings):
    for name in ("MESSENGER", "TWILIO", "LINE", "TELEGRAM", "KIK", "VIBER"):
        setattr(settings, f"HUBSTER_{name}_API", f"https://{name.lower()}.example")
    settings.HUBSTER_META_APP_SECRET = "app-secret-1"


def connect(party, channel, **more):
    """An integration as connecting leaves it."""
    values = {"channel": channel, "name": f"Our {channel}", "configuration": CONFIGURATIONS[channel], **more}
    return Integration.objects.create(hub=party.hub, type="Customer", **values)


def preview(party, message=MESSAGE, hub=None, **more):
    """The answer to the call."""
    path = f"/api/v1/hubs/{hub or party.hub.pk}/preview"
    return party.api("engine").post(path, {"message": message, **more}, format="json")


def of(answer, channel):
    """One channel's part of an answer."""
    assert answer.status_code == 200, answer.content
    return next(part for part in answer.json() if part["channel"] == channel)


def talk_on(row, address="42", last_said=0, **more):
    """A conversation of a customer of the integration."""
    contact = Contact.objects.create(hub=row.hub)
    where = Address.objects.create(
        integration=row, contact=contact, former=contact, value=address, last_said=last_said, **more
    )
    return Conversation.objects.create(integration=row, hub=row.hub, address=where, binding=address, opened=clock.now())


def test_every_customer_channel_of_the_hub_shows_the_message(acme):
    for channel in CONFIGURATIONS:
        connect(acme, channel)
    answer = preview(acme)
    assert [part["channel"] for part in answer.json()] == ["Direct", "WebChat", *CONFIGURATIONS]
    for part in answer.json():
        words = [bubble.get("text", "") for bubble in part["bubbles"]]
        assert any("Tea?" in text for text in words), part["channel"]
        assert bool(part["requests"]) == (part["channel"] in CONFIGURATIONS)
        assert not part.get("problem")


def test_nothing_is_stored_and_nobody_is_called(acme, monkeypatch):
    connect(acme, "Telegram")
    acme.api("engine")
    before = snapshot("portal_accesstoken")
    monkeypatch.setattr("hubster.lib.http.asend", lambda *_: pytest.fail("a provider was called"))
    answer = preview(acme)
    assert answer.status_code == 200
    assert snapshot("portal_accesstoken") == before


def test_a_preview_has_the_requests_that_a_delivery_would_make(acme):
    row = connect(acme, "Telegram")
    part = of(preview(acme, conversationId=str(talk_on(row).pk)), "Telegram")
    [request] = part["requests"]
    assert request["url"] == "https://telegram.example/bot***/sendMessage"
    assert request["body"]["chat_id"] == 42
    assert request["body"]["text"] == "Tea?"
    assert part["choices"] == [{"label": "Yes", "payload": "y"}, {"label": "No", "payload": "No"}]
    assert part["integrationId"] == str(row.pk)


def test_what_is_degraded_is_said(acme):
    connect(acme, "TwilioSMS")
    part = of(preview(acme), "TwilioSMS")
    assert part["numbered"] is True
    assert any("choices are numbered" in note for note in part["degraded"])
    assert part["requests"][0]["body"]["Body"] == ["Tea?\nShop: https://shop.example.com/\n1. Yes\n2. No"]


def test_no_secret_is_in_an_answer(acme):
    for channel in CONFIGURATIONS:
        connect(acme, channel)
    acme.add("Direct", "Ours", integrationType="Customer", webhookUrl="https://shop.example.com/hook/very-secret")
    answer = preview(acme)
    text = answer.content.decode()
    pictures = [base64.b64decode(part["image"].partition(",")[2]).decode() for part in answer.json()]
    secrets = ["very-secret", "app-secret-1", *acme.customer.signing_keys.values_list("private_key", flat=True)]
    for channel, configuration in CONFIGURATIONS.items():
        secrets += [configuration[key] for key in get(channel).secret_keys if key in configuration]
    for secret in secrets:
        assert secret not in text
        assert not any(secret in picture for picture in pictures)
    proofs = [part["requests"][0]["url"] for part in answer.json() if part["channel"] in ("Messenger", "WhatsApp")]
    assert all(url.endswith("appsecret_proof=***") for url in proofs)


def test_a_link_alone_is_shown_as_what_it_leads_to(acme):
    part = of(preview(acme, {"type": "text", "text": "https://www.youtube.com/watch?v=x1245b"}), "WebChat")
    assert [bubble["kind"] for bubble in part["bubbles"]] == ["video"]


def test_one_channel_that_fails_never_fails_the_others(acme, monkeypatch):
    connect(acme, "Telegram")
    connect(acme, "Viber")
    monkeypatch.setattr(telegram.Telegram, "render", lambda *_: 1 / 0)
    answer = preview(acme)
    assert "could not be prepared" in of(answer, "Telegram")["problem"]
    assert "image" not in of(answer, "Telegram")
    assert of(answer, "Viber")["requests"]


@pytest.mark.parametrize(("facts", "said"), [
    ({"last_said": 1_000}, "so long after"), ({"stopped": clock.from_ms(1_000)}, "blocked"), ({}, "so long after"),
])  # fmt: skip
def test_a_preview_for_a_recipient_says_why_they_can_not_be_written_to(acme, facts, said):
    row = connect(acme, "WhatsApp")
    connect(acme, "Messenger")
    answer = preview(acme, conversationId=str(talk_on(row, "15550001", **facts).pk))
    part = of(answer, "WhatsApp")
    assert said in part["problem"]
    assert part["requests"][0]["body"]["to"] == "15550001"
    assert "problem" not in of(answer, "Messenger")


def test_the_token_for_one_answer_is_left_to_the_answer(acme):
    row = connect(acme, "Line")
    talk = talk_on(row, "U1", reply_token="one-time-token", reply_until=clock.now_ms() + 60_000)
    [request] = of(preview(acme, conversationId=str(talk.pk)), "Line")["requests"]
    assert request["url"].endswith("/message/reply")
    assert request["body"]["replyToken"] == "***"
    talk.address.refresh_from_db()
    assert talk.address.reply_token == "one-time-token"


def test_a_picture_is_whole_and_safe_whatever_is_said(acme):
    text = "\u202e<script>alert(1)</script> & \x01 ]]> 😀 مرحبا"
    actions = [{"type": "reply", "title": "<b>&</b>", "payload": "x"}]
    items = [{"title": "<i>", "urlType": "image", "url": "https://shop.example.com/a.png?x=1&y='2", "actions": actions}]
    for message in ({"type": "text", "text": text, "actions": actions}, {"type": "carousel", "items": items * 3}):
        for part in preview(acme, message).json():
            head, _, data = part["image"].partition(",")
            assert head == "data:image/svg+xml;base64"
            root = ET.fromstring(base64.b64decode(data))  # noqa: S314
            names = {one.tag.rpartition("}")[2] for one in root.iter()}
            assert not names & {"script", "img", "b", "i"}


def test_paused_channels_are_shown_and_canceled_ones_are_not(acme):
    connect(acme, "Telegram", status=Integration.Status.PAUSED)
    connect(acme, "Viber", status=Integration.Status.CANCELED)
    assert [part["channel"] for part in preview(acme).json()] == ["Direct", "WebChat", "Telegram"]


def test_a_hub_without_channels_has_no_previews(acme):
    hub = do_create_hub(acme.tenant.pk, {"name": "Empty", "description": ""})
    assert preview(acme, hub=hub.pk).json() == []


def test_each_integration_takes_no_query_of_its_own(acme, django_assert_max_num_queries):
    from django.db import connection

    client = acme.api("engine")
    path, body = f"/api/v1/hubs/{acme.hub.pk}/preview", {"message": MESSAGE}
    with CaptureQueriesContext(connection) as few:
        client.post(path, body, format="json")
    for number in range(5):
        connect(acme, "Telegram", name=f"Bot {number}")
    with django_assert_max_num_queries(len(few)):
        client.post(path, body, format="json")


@pytest.mark.parametrize(("body", "codes"), [
    ({}, ["ENG005001"]),
    ({"message": {"type": "text"}}, ["ENG005023"]),
    ({"message": {"type": "poem", "text": "x"}}, ["ENG005002"]),
    ({"message": MESSAGE, "type": "event"}, ["ENG005002"]),
    ({"message": {"type": "image"}, "conversationId": "x"}, ["ENG005020", "ENG005001"]),
    ([], ["ENG005023"]),
])  # fmt: skip
def test_a_body_that_is_no_message_is_refused_with_every_fault(acme, body, codes):
    answer = acme.api("engine").post(f"/api/v1/hubs/{acme.hub.pk}/preview", body, format="json")
    assert answer.status_code == 400
    assert codes_of(answer) == codes


def test_the_neighbours_hub_and_conversations_do_not_exist(acme, globex):
    answer = preview(acme, hub=globex.hub.pk)
    assert (answer.status_code, codes_of(answer)) == (404, ["ENG005500"])
    answer = preview(acme, conversationId=str(globex.establish().pk))
    assert (answer.status_code, codes_of(answer)) == (404, ["ENG006500"])


def test_a_conversation_of_another_hub_is_not_found(acme):
    other = do_create_hub(acme.tenant.pk, {"name": "Other", "description": ""})
    answer = preview(acme, hub=other.pk, conversationId=str(acme.establish().pk))
    assert (answer.status_code, codes_of(answer)) == (404, ["ENG006500"])
