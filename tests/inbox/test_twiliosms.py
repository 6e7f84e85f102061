"""TwilioSMS through the whole of Hubster: connected over the API, heard through signed webhooks, answered by text."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from django.test import Client
from twilio.request_validator import RequestValidator

from engine.delivery import call
from engine.files import media
from engine.models import Activity, Address, Conversation, Delivery, File, Lane, Notice
from hubster.lib.http_policy import DeadlineExceeded
from portal.actions import providers
from portal.models import Integration
from tests.adapters.provider_peer import Peer, answer
from tests.adapters.test_twiliosms import CONFIG, FOUND, HEX, NUMBER
from tests.background import do_all, do_deliver
from tests.two_tenants import codes_of

MESSAGES = f"/2010-04-01/Accounts/AC{HEX}/Messages.json"
S = Delivery.Status
PIXEL = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00"
    b"\x01\x00\x00\x02\x02D\x01\x00;"
)


@pytest.fixture
def twilio(monkeypatch, settings):
    settings.HUBSTER_TWILIO_API = "https://api.twilio.com"
    taken = [answer({"sid": f"SMout{number}", "status": "queued"}, 201) for number in range(1, 9)]
    peer = Peer(**{f"GET {NUMBER}": answer(FOUND), f"POST {NUMBER}": answer(FOUND), f"POST {MESSAGES}": taken})
    monkeypatch.setattr(providers, "send", peer)
    monkeypatch.setattr(call, "asend", peer.asend)
    monkeypatch.setattr(media, "asend", peer.asend)
    return peer


def create(party, hub=None, **more):
    body = {"channelId": 102, "name": "Texts", "configuration": {**CONFIG, **more}}
    return party.api("portal").post(f"/api/v1/integrations/hubs/{(hub or party.hub).id}", body, format="json")


@pytest.fixture
def number(transactional_db, acme, twilio, still):
    assert create(acme).status_code == 200
    return Integration.objects.get(channel="TwilioSMS")


def post(twilio: Peer, form: dict[str, str], end: str = "", key: str = HEX) -> Any:
    """Twilio calls the address that it was told."""
    told = dict(parse_qsl(twilio.to(NUMBER)[1].body.decode()))
    url = told["StatusCallback"] if end else told["SmsUrl"]
    signature = RequestValidator(key).compute_signature(url, form)
    path = "/" + url.split("/", 3)[3]
    return Client().post(
        path, urlencode(form), "application/x-www-form-urlencoded", headers={"X-Twilio-Signature": signature}
    )


def hear(twilio: Peer, text: str = "Hello", sid: str = "SM1", **more: str) -> Conversation:
    form = {"MessageSid": sid, "From": "+15550001", "To": "+16476960000", "Body": text, "NumMedia": "0", **more}
    found = post(twilio, form)
    assert (found.status_code, found.content, found["Content-Type"]) == (200, b"<Response/>", "text/xml")
    work()
    return Conversation.objects.get(integration__channel="TwilioSMS")


def news(twilio: Peer, status: str, sid: str, **more: str) -> None:
    assert post(twilio, {"MessageSid": sid, "MessageStatus": status, **more}, end="status").status_code == 200
    work()


def work() -> None:
    for kind in ("inbox", "pipeline"):
        do_all(kind)


def reply(party, talk: Conversation, **message: Any) -> Delivery:
    body = {"sender": {"integrationId": str(party.agent.pk)}, "message": {"type": "text", "text": "Hi", **message}}
    path = f"/inbound/business/v1/direct/activity/{talk.pk}"
    assert party.api("engine").post(path, body, format="json").status_code == 200
    do_all("pipeline")
    return send(talk)


def send(talk: Conversation) -> Delivery:
    row = Delivery.objects.filter(destination=talk.integration_id).latest("event_id")
    do_deliver(Lane.objects.get(destination=talk.integration_id, conversation=talk).pk)
    row.refresh_from_db()
    return row


def said() -> list[str]:
    rows = Activity.objects.filter(sender_type="Customer", type="message").order_by("event_id")
    return [row.content.get("text", "") for row in rows]


def test_the_configuration_is_answered_as_documented_and_the_number_serves_once(number, acme, twilio):
    shown = acme.api("portal").get(f"/api/v1/integrations/{number.pk}").json()
    assert shown["inboundId"] == "+16476960000"
    assert shown["configuration"] == {
        **CONFIG, "phoneNumber": "+16476960000", "capabilities": {"mms": True, "sms": True, "voice": True}
    }  # fmt: skip
    before = len(twilio.asked)
    again = acme.api("portal").post(
        f"/api/v1/integrations/hubs/{acme.hub.id}",
        {"channelId": "TwilioSMS", "name": "Texts again", "configuration": CONFIG}, format="json",
    )  # fmt: skip
    assert codes_of(again) == ["PRT000701"]
    assert [request.method for request in twilio.asked[before:]] == ["GET"]


def test_credentials_that_twilio_refuses_leave_no_row(acme, twilio, transactional_db):
    twilio.answers[f"GET {NUMBER}"] = answer({"code": 20003}, 401)
    found = create(acme)
    assert codes_of(found) == ["PRT000202"]
    assert "configuration.authToken" in found.content.decode()
    assert HEX not in found.content.decode()
    assert not Integration.objects.filter(channel="TwilioSMS").exists()


@pytest.mark.parametrize(("name", "value"), [
    ("accountSid", f"PN{HEX}"), ("accountSid", HEX), ("numberSid", f"AC{HEX}"), ("accountSid", f"AC{HEX[:-1]}"),
    ("accountSid", f"AC{HEX}0"), ("accountSid", "AC..."), ("authToken", "my secret"), ("authToken", "x" * 32),
    ("messagingServiceSid", f"AC{HEX}"),
])  # fmt: skip
def test_a_value_that_cannot_be_what_it_is_for_is_refused_before_twilio_is_asked(acme, twilio, db, name, value):
    assert codes_of(create(acme, **{name: value})) == ["PRT000202"]
    assert not twilio.asked


def test_a_text_comes_in_once_and_its_answer_is_seen_to_arrive(number, acme, twilio):
    talk = hear(twilio)
    hear(twilio)
    assert said() == ["Hello"]
    assert talk.properties["profile"]["phone"] == "+15550001"
    row = reply(acme, talk)
    assert row.status == S.SENT
    form = dict(parse_qsl(twilio.to(MESSAGES)[0].body.decode()))
    assert (form["To"], form["From"], form["Body"]) == ("+15550001", "+16476960000", "Hi")
    for status in ("queued", "sent", "delivered", "sent"):
        news(twilio, status, "SMout1")
    row.refresh_from_db()
    assert row.status == S.DELIVERED


def test_a_forged_text_is_stored_nowhere(number, twilio):
    assert post(twilio, {"MessageSid": "SM1", "From": "+1", "Body": "Hi"}, key="f" * 32).status_code == 401
    work()
    assert said() == []


def test_a_number_chooses(number, acme, twilio):
    talk = hear(twilio)
    reply(acme, talk, text="Size?", actions=[{"type": "postback", "title": "Large", "payload": "size=L"}])
    hear(twilio, "1", "SM2")
    assert said() == ["Hello", "size=L"]


def test_a_picture_is_fetched_with_credentials_and_kept(number, twilio):
    path = "/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1"
    twilio.answers[f"GET {path}"] = answer(status=307, location="https://store.example/pixel")
    twilio.answers["GET /pixel"] = answer(PIXEL)
    hear(twilio, "", NumMedia="1", MediaUrl0=f"https://api.twilio.com{path}", MediaContentType0="image/gif")
    do_all("media")
    assert "Authorization" in twilio.to("/ME1")[0].headers
    assert "Authorization" not in twilio.to("/pixel")[0].headers
    url = Activity.objects.get(sender_type="Customer", type="message").content["url"]
    assert "twilio" not in url
    assert File.objects.exists()
    assert Client().get("/" + url.split("/", 3)[3]).status_code == 302


def test_who_opted_out_gets_nothing_until_they_write_again(number, acme, twilio):
    talk = hear(twilio)
    hear(twilio, "STOP", "SM2")
    assert said() == ["Hello", "STOP"]
    assert reply(acme, talk).status == S.FAILED
    assert not twilio.to(MESSAGES)
    hear(twilio, "START", "SM3")
    assert reply(acme, talk).status == S.SENT


def test_an_opt_out_that_only_twilio_knows_of_stops_the_customer_too(number, acme, twilio):
    talk = hear(twilio)
    twilio.answers[f"POST {MESSAGES}"] = answer({"code": 21610, "message": "unsubscribed"}, 400)
    assert reply(acme, talk).status == S.FAILED
    assert Address.objects.get().stopped


def test_a_failure_that_twilio_tells_later_is_told_to_the_owner(number, acme, twilio):
    talk = hear(twilio)
    row = reply(acme, talk)
    news(twilio, "undelivered", "SMout1", ErrorCode="30007")
    row.refresh_from_db()
    assert row.status == S.FAILED
    assert "30007" in row.last_error
    assert "filtered" in Notice.objects.get().text


def test_a_full_queue_of_the_carrier_is_tried_again(number, acme, twilio):
    row = reply(acme, hear(twilio))
    news(twilio, "failed", "SMout1", ErrorCode="30001")
    row.refresh_from_db()
    assert row.status == S.PENDING


def test_without_an_answer_a_text_is_not_sent_twice(number, acme, twilio, settings):
    settings.HUBSTER_RETRY_UNIT = 0
    talk = hear(twilio)
    twilio.answers[f"POST {MESSAGES}"] = DeadlineExceeded("It did not answer in full within 10 seconds.")
    row = reply(acme, talk)
    send(talk)
    assert len(twilio.to(MESSAGES)) == 1
    assert row.status == S.FAILED
    assert "not known whether the message arrived" in row.last_error


def test_a_contact_is_a_file_that_phones_can_save(number, acme, twilio):
    contact = {"type": "contact", "title": "Eva Müller", "properties": [
        {"key": "Phone", "value": "+49 30 1", "type": "phone;cell"}]}  # fmt: skip
    talk = hear(twilio)
    reply(acme, talk, text="Ask her", items=[contact])
    url = dict(parse_qsl(twilio.to(MESSAGES)[0].body.decode()))["MediaUrl"]
    path = "/" + url.split("/", 3)[3]
    found = Client().get(path)
    assert found["Content-Type"] == "text/vcard; charset=utf-8"
    assert "FN:Eva Müller\r\n" in found.content.decode()
    assert "TEL;TYPE=CELL:+49 30 1\r\n" in found.content.decode()
    assert Client().get(path.replace("/0.vcf", "/1.vcf")).status_code == 404
    assert Client().get(path[:-8] + "x/0.vcf").status_code == 404
    assert Client().head(path).status_code == 200


def test_deleting_takes_the_addresses_from_the_number(number, acme, twilio):
    told = dict(parse_qsl(twilio.to(NUMBER)[1].body.decode()))
    twilio.answers[f"GET {NUMBER}"] = answer({**FOUND, "sms_url": told["SmsUrl"]})
    assert acme.api("portal").delete(f"/api/v1/integrations/{number.pk}").status_code in (200, 204)
    assert dict(parse_qsl(twilio.asked[-1].body.decode(), keep_blank_values=True)) == {"SmsUrl": ""}
