"""TwilioSMS: connecting, signatures, webhooks, files, outcomes."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from twilio.request_validator import RequestValidator

from engine.activity import parse_message
from engine.adapters import SendError
from engine.adapters._connecting import Refused
from engine.adapters._inbound import Blocked, Incoming, Media, Person, Receipt, Said, Unknown, Unverified
from engine.adapters._twilio_errors import TABLE
from engine.adapters.twiliosms import ADAPTER
from hubster.lib.http import NetworkError
from tests.adapters.provider_peer import Peer, answer

HEX = "0123456789abcdef" * 2
CONFIG = {"authToken": HEX, "accountSid": f"AC{HEX}", "numberSid": f"PN{HEX}"}
HOOK = "https://chat.example/inbound/customer/v1/twilio-sms/int-1"
NUMBER = f"/2010-04-01/Accounts/AC{HEX}/IncomingPhoneNumbers/PN{HEX}.json"
FOUND = {"phone_number": "+16476960000", "sms_url": "", "status_callback": "",
         "capabilities": {"sms": True, "mms": True, "voice": True, "fax": False}}  # fmt: skip
TEXT = {"MessageSid": "SM1", "SmsSid": "SM1", "AccountSid": "AC1", "From": "+15550001", "To": "+16476960000",
        "Body": "Grüße & {x}", "NumMedia": "0", "SmsStatus": "received", "FromCity": ""}  # fmt: skip


@pytest.fixture(autouse=True)
def api(settings):
    settings.HUBSTER_TWILIO_API, settings.PUBLIC_URL = "https://api.twilio.com", "https://chat.example"


def form_of(request: Any) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True))


def connect(peer: Peer, **more: str) -> Any:
    return ADAPTER.connect({**CONFIG, **more}, HOOK, peer, lambda account: None)


# --- set-up --------------------------------------------------------------------------------------------------
def test_the_number_is_looked_up_and_its_texts_are_sent_here():
    peer = Peer(**{f"GET {NUMBER}": answer(FOUND), f"POST {NUMBER}": answer(FOUND)})
    found = connect(peer)
    assert found.account == "+16476960000"
    can = {"mms": True, "sms": True, "voice": True}
    assert found.configuration == {**CONFIG, "phoneNumber": "+16476960000", "capabilities": can}
    assert form_of(peer.asked[1]) == {
        "SmsUrl": HOOK, "SmsMethod": "POST", "SmsApplicationSid": "", "StatusCallback": f"{HOOK}/status",
        "StatusCallbackMethod": "POST",
    }  # fmt: skip
    assert peer.asked[0].headers["Authorization"].startswith("Basic ")


def test_another_systems_status_address_stays():
    peer = Peer(**{
        f"GET {NUMBER}": answer({**FOUND, "status_callback": "https://calls.example/"}), f"POST {NUMBER}": answer(FOUND)
    })  # fmt: skip
    connect(peer)
    assert "StatusCallback" not in form_of(peer.asked[1])


def test_nothing_is_changed_at_the_provider_when_the_number_serves_another_integration():
    peer = Peer(**{f"GET {NUMBER}": answer(FOUND)})

    def check(account: str) -> None:
        raise LookupError(account)

    with pytest.raises(LookupError):
        ADAPTER.connect(CONFIG, HOOK, peer, check)
    assert len(peer.asked) == 1


@pytest.mark.parametrize(("found", "field", "word"), [
    (answer({"code": 20003}, 401), "authToken", "not accepted"),
    (answer({"code": 20404}, 404), "numberSid", "no number of this account"),
    (answer({**FOUND, "capabilities": {"sms": False}}), "numberSid", "can't send texts"),
    (answer({"message": "Odd"}, 400), "numberSid", "Odd"),
])  # fmt: skip
def test_what_twilio_refuses_names_the_property_and_what_to_do(found, field, word):
    with pytest.raises(Refused, match=word) as caught:
        connect(Peer(**{f"GET {NUMBER}": found}))
    assert caught.value.field == field


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_twilio_that_has_no_answer_now_is_no_refusal(status):
    with pytest.raises(NetworkError):
        connect(Peer(**{f"GET {NUMBER}": answer(status=status)}))


@pytest.mark.parametrize(("sms", "status", "taken"), [
    (HOOK, f"{HOOK}/status", {"SmsUrl": "", "StatusCallback": ""}), (HOOK, "https://calls.example", {"SmsUrl": ""}),
    ("https://other.example", "", None),
])  # fmt: skip
def test_disconnecting_takes_away_our_addresses_only(sms, status, taken):
    found = {**FOUND, "sms_url": sms, "status_callback": status}
    peer = Peer(**{f"GET {NUMBER}": answer(found), f"POST {NUMBER}": answer(FOUND)})
    ADAPTER.disconnect(CONFIG, peer)
    assert [form_of(request) for request in peer.asked[1:]] == ([taken] if taken else [])


def test_with_a_messaging_service_the_owner_is_told_where_its_webhook_goes():
    assert "request URL" in ADAPTER.by_hand({**CONFIG, "messagingServiceSid": f"MG{HEX}"})
    assert ADAPTER.by_hand(CONFIG) == ""
    assert ADAPTER.chat_link({**CONFIG, "phoneNumber": "+16476960000"}) == "sms:+16476960000"


# --- signatures ----------------------------------------------------------------------------------------------
def incoming(form: Any, key: str = HEX, url: str = HOOK, signed: str = "", algorithm: str = "", **headers: str) -> Any:
    pairs = list(form.items()) if isinstance(form, dict) else form
    fields = dict(pairs)
    signature = RequestValidator(key).compute_signature(signed or url, fields, algorithm or None)
    named = {"x-twilio-signature": signature}
    if algorithm:
        named["x-twilio-webhooks-signature-settings"] = f"key=webhooks_sharedkey_1,algorithm={algorithm}"
    return Incoming("POST", url, {**named, **headers}, {}, urlencode(pairs).encode())


@pytest.mark.parametrize("signed", [HOOK, HOOK.replace(".example/", ".example:443/")])
def test_a_signature_of_twilios_own_library_fits_with_and_without_the_port(signed):
    ADAPTER.verify(CONFIG, incoming(TEXT, signed=signed))


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/x", "https://chat.example/x?a=b%20c", "http://chat.example/x"])
def test_addresses_of_other_forms_fit(url):
    request = incoming(TEXT, url=url)
    ADAPTER.verify(CONFIG, request)
    assert RequestValidator(HEX).validate(url, TEXT, request.headers["x-twilio-signature"])


@pytest.mark.parametrize("algorithm", ["HMAC_SHA1", "HMAC_SHA256"])
@pytest.mark.parametrize("key", ["shared", HEX])
def test_a_shared_key_and_its_algorithm_fit(algorithm, key):
    config = {**CONFIG, "webhookSharedKey": "shared"}
    ADAPTER.verify(config, incoming(TEXT, key=key, algorithm=algorithm))


def test_a_shared_key_counts_only_where_twilio_says_so():
    with pytest.raises(Unverified):
        ADAPTER.verify({**CONFIG, "webhookSharedKey": "shared"}, incoming(TEXT, key="shared"))


@pytest.mark.parametrize("request_", [
    incoming(TEXT, key="f" * 32), incoming(TEXT, url=HOOK, signed=f"{HOOK}/status"),
    Incoming("POST", HOOK, {}, {}, urlencode(TEXT).encode()),
    Incoming("POST", HOOK, {"x-twilio-signature": "é"}, {}, urlencode(TEXT).encode()),
    Incoming("GET", HOOK, dict(incoming({}).headers), {}, b""),
    Incoming("POST", HOOK, {**incoming(TEXT).headers, "x-twilio-webhooks-signature-settings": "algorithm=MD5"}, {},
             urlencode(TEXT).encode()),
    Incoming("POST", HOOK, dict(incoming(TEXT).headers), {}, urlencode({**TEXT, "Extra": "1"}).encode()),
])  # fmt: skip
def test_what_is_not_signed_so_is_not_twilios(request_):
    with pytest.raises(Unverified):
        ADAPTER.verify(CONFIG, request_)


def test_the_answer_has_no_orders():
    reply = ADAPTER.answer(incoming(TEXT))
    assert (reply.body, reply.content_type) == ("<Response/>", "text/xml")


# --- what customers say --------------------------------------------------------------------------------------
def heard(**fields: str) -> Any:
    return ADAPTER.parse(CONFIG, urlencode({**TEXT, **fields}).encode())


ANN = Person("+15550001", profile={"phone": "+15550001"})


def test_a_text():
    assert heard() == [Said(ANN, "SM1", 0, "message", {"type": "text", "text": "Grüße & {x}"})]


def test_rcs_is_the_same_person_and_a_tap_is_its_payload():
    (said,) = heard(From="rcs:+15550001", ButtonText="Yes", ButtonPayload="YES", ProfileName="Ann")
    assert said.person == Person("+15550001", profile={"full name": "Ann", "phone": "+15550001"})
    assert said.content == {"type": "text", "text": "YES"}


def test_a_picture_alone_is_an_image():
    url = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1"
    (said,) = heard(Body="", NumMedia="1", MediaUrl0=url, MediaContentType0="image/jpeg")
    assert said.content == {"type": "image"}
    assert said.media == (Media("url", {"url": url}, "image.jpg", "image/jpeg"),)


def test_text_and_files_are_one_message():
    kinds = ["image/png", "video/mp4", "audio/amr", "application/pdf", "text/vcard"]
    files = {f"MediaUrl{n}": f"https://api.twilio.com/{n}" for n in range(5)}
    types = {f"MediaContentType{n}": kind for n, kind in enumerate(kinds)}
    (said,) = heard(Body="Look", NumMedia="5", **files, **types)
    assert [item["type"] for item in said.content["items"]] == ["image", "video", "audio", "attachment", "contact"]
    assert [media.at for media in said.media] == [
        *(f"items.{n}.url" for n in range(4)), "items.4.properties.0.value"
    ]  # fmt: skip
    assert [media.name for media in said.media] == ["image.png", "video.mp4", "audio.amr", "file.pdf", "contact.vcf"]
    for item, media in zip(said.content["items"], said.media, strict=True):
        if media.at.endswith("url"):
            item["url"] = "https://chat.example/media/1"
    assert parse_message(said.content)["text"] == "Look"


def test_a_place():
    (said,) = heard(Body="", Latitude="52.5", Longitude="13.4", Label="Shop", Address="Main St 1")
    assert parse_message(dict(said.content)) == {
        "type": "location", "latitude": 52.5, "longitude": 13.4, "address": "Shop, Main St 1"
    }  # fmt: skip


@pytest.mark.parametrize(("body", "kind", "on"), [
    ("STOP", "", True), (" stop ", "", True), ("Unsubscribe", "", True), ("Arrêt", "STOP", True), ("START", "", False),
    ("unstop", "", False), ("Los", "START", False),
])  # fmt: skip
def test_opting_out_and_in(body, kind, on):
    blocked, said = heard(Body=body, **({"OptOutType": kind} if kind else {}))
    assert blocked == Blocked(ANN, 0, on)
    assert (said.content["text"], said.counts) == (body, not on)


@pytest.mark.parametrize("body", ["Please stop calling", "HELP", "Don't stop", "Yes"])
def test_other_words_are_only_words(body):
    assert [type(thing) for thing in heard(Body=body)] == [Said]


def test_what_says_nothing_is_acknowledged():
    assert heard(Body=" ") == [Unknown("empty message")]
    assert ADAPTER.parse(CONFIG, b"CallSid=CA1&CallStatus=completed") == [Unknown("call")]
    with pytest.raises(ValueError, match="empty"):
        ADAPTER.parse(CONFIG, b"")


# --- news of our messages ------------------------------------------------------------------------------------
def news(status: str, **more: str) -> Any:
    fields = {"MessageSid": "SM9", "SmsSid": "SM9", "MessageStatus": status, "SmsStatus": status, "To": "+15550001",
              "From": "+16476960000", **more}  # fmt: skip
    return ADAPTER.parse(CONFIG, urlencode(fields).encode())


@pytest.mark.parametrize(("status", "known"), [
    ("sent", "sent"), ("delivered", "delivered"), ("read", "read"), ("partially_delivered", "delivered"),
])  # fmt: skip
def test_news(status, known):
    assert news(status) == [Receipt(known, 0, ("SM9",))]


@pytest.mark.parametrize("status", ["accepted", "scheduled", "queued", "sending"])
def test_what_is_on_its_way_is_no_news(status):
    assert news(status) == []


def test_a_status_that_is_not_known_yet_is_counted():
    assert news("teleported") == [Unknown("status teleported")]


def test_the_price_is_kept():
    (receipt,) = news("delivered", Price="-0.0075", PriceUnit="USD", NumSegments="2")
    assert receipt.price == {"amount": "-0.0075", "currency": "USD", "segments": "2"}


#  code: (retryable, pauses, stops, window closed, scope)
MEANINGS = {
    **dict.fromkeys((20429, 30001, 30022, 30410), (True, False, False, False, "account")),
    **dict.fromkeys((20500, 30500), (True, False, False, False, "endpoint")),
    **dict.fromkeys((30023, 30027, 63018, 63038), (False, False, False, False, "account")),
    **dict.fromkeys(
        (30003, 30005, 30006, 30008, 30024, 21211, 21614, 63024), (False, False, False, False, "recipient")
    ),
    **dict.fromkeys((30004, 30007, 21617, 21620, 12300), (False, False, False, False, "message")),
    **dict.fromkeys((20003, 21606, 21659, 30032, 30034), (False, True, False, False, "account")),
    **dict.fromkeys((21610, 63033), (False, False, True, False, "recipient")),
    63016: (False, False, False, True, "recipient"),
}


def meaning(error: SendError) -> Any:
    return (error.retryable, error.pauses, error.stops, error.window_closed, error.scope)


@pytest.mark.parametrize("code", MEANINGS)
def test_a_code_means_the_same_in_an_answer_and_in_a_receipt(code):
    (receipt,) = news("undelivered", ErrorCode=str(code))
    assert (receipt.status, meaning(receipt.error)) == ("failed", MEANINGS[code])
    with pytest.raises(SendError) as caught:
        ADAPTER.outcome(answer({"code": code, "message": "No", "status": 400}, 400))
    assert meaning(caught.value) == MEANINGS[code]
    assert str(code) in caught.value.text


def test_a_failure_without_a_code_is_of_this_customer_only():
    (receipt,) = news("failed")
    assert meaning(receipt.error) == (False, False, False, False, "recipient")


def test_every_text_of_the_table_names_the_code_and_ends_with_what_to_do():
    for rule in TABLE.values():
        first, _, last = str(rule.text).partition("(%(code)s).")
        assert first
        assert last.strip().endswith(".")


# --- outcomes ------------------------------------------------------------------------------------------------
def test_what_twilio_took_has_its_id():
    assert ADAPTER.outcome(answer({"sid": "SM7", "status": "queued"}, 201)).ids == ("SM7",)
    assert ADAPTER.outcome(answer(b"<html>", 200)).ids == ()


@pytest.mark.parametrize(("status", "retryable", "pauses", "scope"), [
    (400, False, False, "message"), (401, False, True, "account"), (403, False, True, "account"),
    (429, True, False, "account"), (500, True, False, "endpoint"), (503, True, False, "endpoint"),
    (302, True, False, "endpoint"),
])  # fmt: skip
def test_an_answer_without_a_code(status, retryable, pauses, scope):
    with pytest.raises(SendError) as caught:
        ADAPTER.outcome(answer(b"<html>", status, retry_after="7"))
    found = caught.value
    assert (found.retryable, found.pauses, found.scope) == (retryable, pauses, scope)
    assert found.retry_after == (7 if status >= 400 else None)


# --- files ---------------------------------------------------------------------------------------------------
def test_a_file_is_asked_for_with_credentials_and_its_store_without():
    ref = {"url": "https://api.twilio.com/2010-04-01/Media/ME1"}
    first = ADAPTER.fetch(CONFIG, ref, [])
    assert (first.url, list(first.headers)) == (ref["url"], ["Authorization"])
    moved = answer(status=307, location="https://store.example/x?sig=1")
    second = ADAPTER.fetch(CONFIG, ref, [moved])
    assert (second.url, second.headers) == ("https://store.example/x?sig=1", {})
    assert ADAPTER.fetch(CONFIG, ref, [moved, answer(b"JPEG")]) is None


@pytest.mark.parametrize(
    "url", ["https://evil.example/x", "http://api.twilio.com/x", "https://api.twilio.com.evil.io/"]
)
def test_credentials_go_to_twilio_only(url):
    assert ADAPTER.fetch(CONFIG, {"url": url}, []).headers == {}


@pytest.mark.parametrize(("status", "retryable"), [(404, True), (500, True), (429, True), (401, False)])
def test_a_file_that_does_not_come_is_asked_for_again_where_that_helps(status, retryable):
    with pytest.raises(SendError) as caught:
        ADAPTER.fetch(CONFIG, {"url": "https://api.twilio.com/x"}, [answer(status=status)])
    assert caught.value.retryable == retryable
