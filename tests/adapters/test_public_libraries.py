"""Adapters beside public libraries for the same providers: both post the same, and read the same in a webhook.

Those of Telegram and LINE are in the tests of these adapters.
"""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import requests
from pywa import WhatsApp, types, utils
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from viberbot import Api
from viberbot.api.bot_configuration import BotConfiguration
from viberbot.api.messages import get_message

from engine.adapters._inbound import Incoming, Unverified
from engine.adapters.instagram import ADAPTER as INSTAGRAM
from engine.adapters.messenger import ADAPTER as MESSENGER
from engine.adapters.twiliosms import ADAPTER as TWILIO
from engine.adapters.viber import ADAPTER as VIBER
from engine.adapters.whatsapp import ADAPTER as WHATSAPP
from tests.adapters import meta_peer, viber_peer
from tests.adapters.provider_peer import envelope
from tests.adapters.test_twiliosms_out import CONFIG as TWILIO_CONFIG
from tests.adapters.test_viber import SAID
from tests.adapters.whatsapp_peer import CONFIG, NUMBER, PHONE, body, message, value

PNG, PDF, MP3, MP4 = (f"https://x.io/a.{end}" for end in ("png", "pdf", "mp3", "mp4"))
KEYS = {"Green": "g", "Black": "b"}
SIZES = {f"Size {number}": f"s{number}" for number in range(4)}


def asking(keys: dict[str, str]) -> dict[str, Any]:
    """A question with choices."""
    actions = [{"type": "postback", "title": title, "payload": key} for title, key in keys.items()]
    return {"type": "text", "text": "Which?", "actions": actions}


FILE = {"type": "attachment", "url": PDF, "label": "a.pdf", "mimeType": "application/pdf"}
LINK = {"type": "text", "text": "Look", "actions": [{"type": "link", "title": "Shop", "url": "https://x.io"}]}
PLACE = {"type": "location", "latitude": 1.5, "longitude": 2.5, "address": "Main St"}
BUTTONS = [types.Button(title, callback_data=key) for title, key in KEYS.items()]
ROWS = [types.SectionRow(title, callback_data=key) for title, key in SIZES.items()]
LIST = types.SectionList("Choose", sections=[types.Section("", rows=ROWS)])


@pytest.fixture(autouse=True)
def origins(settings):
    settings.HUBSTER_MESSENGER_API, settings.HUBSTER_WHATSAPP_API = "https://graph.facebook.com", ""
    settings.HUBSTER_META_APP_SECRET, settings.PUBLIC_URL = "", "https://chat.example"
    settings.HUBSTER_TWILIO_API, settings.HUBSTER_VIBER_API = "https://api.twilio.com", "https://chatapi.viber.com"


def bare(node: Any) -> Any:
    """Without what is empty; numbers may be texts."""
    if isinstance(node, dict):
        return {key: bare(each) for key, each in node.items() if each not in (None, False, "")}
    if isinstance(node, list):
        return [bare(each) for each in node]
    return str(node)


# --- WhatsApp, and the signature of all of Meta's channels ---------------------------------------------------
def pywa(seen: list[httpx.Request] | None = None) -> WhatsApp:
    """The library, with a Graph API that takes everything."""

    def take(request: httpx.Request) -> httpx.Response:
        (seen if seen is not None else []).append(request)
        return httpx.Response(200, json={"contacts": [{"input": "1", "wa_id": "1"}], "messages": [{"id": "wamid.1"}]})

    session = httpx.Client(transport=httpx.MockTransport(take))
    return WhatsApp(phone_id=NUMBER, token=CONFIG["accessToken"], session=session, api_version=26.0)


@pytest.mark.parametrize(("content", "call"), [
    ({"type": "text", "text": "Hi"}, lambda wa: wa.send_message(PHONE, "Hi")),
    ({"type": "image", "url": PNG}, lambda wa: wa.send_image(PHONE, PNG)),
    ({"type": "video", "url": MP4}, lambda wa: wa.send_video(PHONE, MP4)),
    ({"type": "audio", "url": MP3}, lambda wa: wa.send_audio(PHONE, MP3)),
    (FILE, lambda wa: wa.send_document(PHONE, PDF, filename="a.pdf")),
    (PLACE, lambda wa: wa.send_location(PHONE, 1.5, 2.5, name="Main St", address="Main St")),
    (asking(KEYS), lambda wa: wa.send_message(PHONE, "Which?", buttons=BUTTONS)),
    (asking(SIZES), lambda wa: wa.send_message(PHONE, "Which?", buttons=LIST)),
    (LINK, lambda wa: wa.send_message(PHONE, "Look", buttons=types.URLButton("Shop", url="https://x.io"))),
])  # fmt: skip
def test_whatsapp_is_asked_the_same_as_by_pywa(content, call: Callable[[WhatsApp], Any]):
    seen: list[httpx.Request] = []
    call(pywa(seen))
    [ours] = WHATSAPP.render(CONFIG, meta_peer.envelope(content, address=PHONE)).requests
    assert (ours.method, ours.url) == (seen[0].method, str(seen[0].url))
    assert ours.headers["Authorization"] == seen[0].headers["Authorization"]
    assert bare(json.loads(ours.body)) == bare(json.loads(seen[0].content))


def read_by_both(kind: str, node: Any, read: Any, **more: Any) -> tuple[Any, Any]:
    """What we read, and what pywa reads, of a message of a customer."""
    whole = body(value(messages=[message(kind, node, **more)]))
    ours, theirs = WHATSAPP.parse(CONFIG, whole), read.from_update(pywa(), json.loads(whole))
    assert (ours[0].key, ours[0].person.value) == (theirs.id, theirs.from_user.wa_id)
    assert ours[0].person.profile["full name"] == theirs.from_user.name
    assert ours[0].sent == theirs.timestamp.timestamp() * 1000
    return ours[0], theirs


def test_pywa_reads_the_same_in_messages_of_whatsapp():
    ours, theirs = read_by_both("text", {"body": "Hello"}, types.Message)
    assert ours.content["text"] == theirs.text == "Hello"
    ours, theirs = read_by_both("image", {"id": "7", "mime_type": "image/png", "sha256": "x"}, types.Message)
    assert (ours.media[0].ref["id"], ours.media[0].mime_type) == (theirs.image.id, theirs.image.mime_type)
    ours, theirs = read_by_both("location", {"latitude": 1.5, "longitude": 2.5}, types.Message)
    assert (ours.content["latitude"], ours.content["longitude"]) == (
        theirs.location.latitude,
        theirs.location.longitude,
    )
    pressed = {"type": "button_reply", "button_reply": {"id": "b", "title": "Black"}}
    context = {"from": NUMBER, "id": "wamid.out"}
    ours, theirs = read_by_both("interactive", pressed, types.CallbackButton, context=context)
    assert (ours.content["text"], ours.reply_to) == (theirs.data, theirs.reply_to_message.id)


@pytest.mark.parametrize("status", ["sent", "delivered", "read", "failed"])
def test_pywa_reads_the_same_in_statuses_of_whatsapp(status):
    errors = [{"code": 131026, "title": "Undeliverable", "message": "Undeliverable"}] if status == "failed" else []
    told = {"id": "wamid.out", "timestamp": "1796000000", "recipient_id": PHONE, "status": status}
    whole = body(value(statuses=[{**told, **({"errors": errors} if errors else {})}]))
    [ours], theirs = WHATSAPP.parse(CONFIG, whole), types.MessageStatus.from_update(pywa(), json.loads(whole))
    assert (ours.status, ours.keys) == (str(theirs.status.value), (theirs.id,))
    assert (ours.error is None) == (theirs.error is None)


SIGNED = {  # by openssl dgst -sha256 -hmac SEC
    b'{"a": "\xc3\xa4"}': "6210f5162af03592a1b5733432bfb29d7760fd4008e1dcd0bc50b6baf4436b6e",
    b'{"a":"\\u00e4"}': "c0f8d9a4940323dc5e9729ed0c35adda7535d460667ad6c05561a91bb9d03b16",
    b"": "dfa0064d6a9699a04ff50e74ee3269fa5b877ac2c639ca2224278eda2f9caeb8",
    b"{}": "647b0ada618dc4fddef36212aef3d8127c3407fcaaa1eb37e904a5630a3dd22d",
}


@pytest.mark.parametrize("adapter", [WHATSAPP, MESSENGER, INSTAGRAM])
@pytest.mark.parametrize(("secret", "sent"), [
    ("SEC", b'{"a": "\xc3\xa4"}'), ("SEC", b'{"a":"\\u00e4"}'), ("SEC", b""), ("other", b"{}"),
])  # fmt: skip
def test_meta_signs_what_pywa_accepts(adapter, secret, sent):
    header = f"sha256={SIGNED[sent]}"
    right = utils.webhook_updates_validator(secret, sent, header)
    assert right == (secret == "SEC")
    config = {**CONFIG, "appSecret": secret}
    request = Incoming("POST", "https://chat.example/x", {"x-hub-signature-256": header}, {}, sent)
    if right:
        adapter.verify(config, request)
    else:
        with pytest.raises(Unverified):
            adapter.verify(config, request)


# --- TwilioSMS -----------------------------------------------------------------------------------------------
class Recorder(TwilioHttpClient):
    """Twilio's own library, up to the network."""

    def request(self, method, url, params=None, data=None, headers=None, auth=None, *_: Any, **__: Any) -> Response:
        """Keep what it would send."""
        self.sent = requests.Request(method, url, data=data, headers=headers, auth=auth).prepare()
        return Response(201, "{}")


@pytest.mark.parametrize(("content", "more"), [
    ({"type": "text", "text": "Grüße & more\n👋"}, {"body": "Grüße & more\n👋"}),
    ({"type": "image", "url": PNG}, {"media_url": [PNG]}),
])  # fmt: skip
def test_twilio_is_asked_the_same_as_by_its_own_library(content, more):
    recorder = Recorder()
    client = Client(TWILIO_CONFIG["accountSid"], TWILIO_CONFIG["authToken"], http_client=recorder)
    news = "https://chat.example/inbound/customer/v1/twilio-sms/int-1/status"
    client.messages.create(to="+15550001", from_=TWILIO_CONFIG["phoneNumber"], status_callback=news, **more)
    [ours] = TWILIO.render(TWILIO_CONFIG, envelope(content, address="+15550001")).requests
    theirs = recorder.sent
    assert (ours.method, ours.url) == (theirs.method, theirs.url)
    for name in ("Authorization", "Content-Type"):
        assert ours.headers[name] == theirs.headers[name]
    assert sorted(ours.body.decode().split("&")) == sorted(str(theirs.body).split("&"))


# --- Viber ---------------------------------------------------------------------------------------------------
VIBERS = Api(BotConfiguration(name="Tea", avatar="", auth_token=viber_peer.TOKEN))


@pytest.mark.parametrize("content", [
    {"type": "text", "text": "Hi"}, asking(KEYS), {"type": "image", "url": PNG}, {"type": "video", "url": MP4},
    {**FILE, "size": 9}, PLACE, {"type": "contact", "title": "Eva", "properties": [
        {"key": "Phone", "value": "+491", "type": "phone;cell"}]},
    {"type": "carousel", "items": [{"title": "Tea", "imageUrl": PNG, "actions": asking(KEYS)["actions"]}]},
])  # fmt: skip
def test_vibers_own_library_takes_our_messages_and_finds_everything_in_them(content):
    rendered = VIBER.render(viber_peer.CONFIG, envelope(content))
    assert rendered.requests
    for request in rendered.requests:
        ours = json.loads(request.body)
        theirs = get_message(ours)
        assert theirs.validate()
        own = {name: each for name, each in ours.items() if name not in ("receiver", "sender")}
        assert bare(theirs.to_dict()) == bare(own)


@pytest.mark.parametrize("given", [given for given, _content, _media in SAID])
def test_vibers_own_library_reads_our_samples_and_accepts_what_we_accept(given):
    request = viber_peer.incoming(json.dumps(given).encode())
    VIBER.verify(viber_peer.CONFIG, request)
    assert VIBERS.verify_signature(request.body, request.headers["x-viber-content-signature"])
    theirs, [ours] = VIBERS.parse_request(request.body), VIBER.parse(viber_peer.CONFIG, request.body)
    assert (ours.key, ours.sent) == (str(theirs.message_token), theirs.timestamp)
    assert (ours.person.value, ours.person.profile["full name"]) == (theirs.sender.id, theirs.sender.name)
