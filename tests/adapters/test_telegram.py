"""Telegram: connected, its updates understood, its refusals in words. What is sent is in test_telegram_sending.py."""

import json

import pytest
from pydantic import ValidationError
from telegram import TelegramObject, Update

from engine.adapters._connecting import Refused
from engine.adapters._inbound import Blocked, Incoming, Media, Moved, Person, Said, Unknown, Unverified
from engine.adapters._outcomes import SendError, Sent
from engine.adapters.telegram import ADAPTER, UPDATES
from hubster.lib.http import Answer, ProtocolFailure
from tests.adapters import telegram_samples as samples

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw8"
CONFIG = {"botToken": TOKEN}
HOOK = "https://hub.example.com/inbound/customer/v1/telegram/00000000-0000-0000-0000-000000000077"
EVA = Person("42", "", {"full name": "Eva Green", "username": "eva", "language": "de"})
CLUB = Person("-100500", "", {"full name": "Tea club"})
AT = samples.DATE * 1000


@pytest.fixture(autouse=True)
def api(settings):
    settings.HUBSTER_TELEGRAM_API = "http://127.0.0.1:8081/"


def answered(status=200, body=None):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, {}, content, False, 3, "127.0.0.1")


def refused(code, description, **parameters):
    more = {"parameters": parameters} if parameters else {}
    return answered(code, {"ok": False, "error_code": code, "description": description, **more})


class Telegram:
    """Answers calls one after the other, and keeps them."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def __call__(self, request):
        self.asked.append(request)
        found = self.answers.pop(0)
        return found if isinstance(found, Answer) else answered(body={"ok": True, "result": found})


def incoming(body=b"{}", url=HOOK, **headers):
    return Incoming("POST", url, {name.replace("_", "-"): text for name, text in headers.items()}, {}, body)


def parse(update):
    return ADAPTER.parse(CONFIG, json.dumps(update).encode())


def said(update):
    (found,) = parse(update)
    assert isinstance(found, Said)
    return found


def test_connecting_asks_who_the_bot_is_and_for_its_updates():
    telegram, order = Telegram(samples.BOT, True), []
    found = ADAPTER.connect(CONFIG, HOOK, telegram, lambda account: order.append((account, len(telegram.asked))))
    assert (found.account, found.configuration, found.said) == ("110201543", CONFIG, "Connected to @tea_bot.")
    assert order == [("110201543", 1)]  # before Telegram is told the address
    assert [request.url for request in telegram.asked] == [
        f"http://127.0.0.1:8081/bot{TOKEN}/{method}" for method in ("getMe", "setWebhook")
    ]
    wanted = json.loads(telegram.asked[1].body)
    assert (wanted["url"], wanted["allowed_updates"]) == (HOOK, list(UPDATES))
    request = incoming(x_telegram_bot_api_secret_token=wanted["secret_token"])
    ADAPTER.verify(CONFIG, request)


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([refused(401, "Unauthorized")], "is not known to Telegram. Copy it again"),
        ([refused(404, "Not Found")], "is not known to Telegram. Copy it again"),
        ([samples.BOT, refused(400, "Bad Request: bad webhook: Failed to resolve host")], "Failed to resolve host"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_token_and_what_to_do(answers, words):
    with pytest.raises(Refused, match=words) as found:
        ADAPTER.connect(CONFIG, HOOK, Telegram(*answers), lambda account: None)
    assert found.value.field == "botToken"
    assert TOKEN not in found.value.text


@pytest.mark.parametrize("answer", [answered(502, b"<html>"), refused(500, "Internal"), refused(429, "Too Many")])
def test_when_telegram_is_at_fault_the_token_is_not(answer):
    with pytest.raises(ProtocolFailure):
        ADAPTER.connect(CONFIG, HOOK, Telegram(answer), lambda account: None)


def test_disconnecting_takes_the_address_back():
    telegram = Telegram(True)
    ADAPTER.disconnect(CONFIG, telegram)
    assert [request.url for request in telegram.asked] == [f"http://127.0.0.1:8081/bot{TOKEN}/deleteWebhook"]


@pytest.mark.parametrize("secret", [None, "", "x", "é", "0" * 64])
def test_who_does_not_know_the_secret_is_not_telegram(secret):
    with pytest.raises(Unverified):
        ADAPTER.verify(CONFIG, incoming(**({} if secret is None else {"x_telegram_bot_api_secret_token": secret})))


def test_the_secret_of_one_address_is_of_no_use_at_another():
    telegram = Telegram(samples.BOT, True)
    ADAPTER.connect(CONFIG, HOOK, telegram, lambda account: None)
    secret = json.loads(telegram.asked[1].body)["secret_token"]
    with pytest.raises(Unverified):
        ADAPTER.verify(CONFIG, incoming(url=HOOK[:-1] + "8", x_telegram_bot_api_secret_token=secret))
    with pytest.raises(Unverified):
        ADAPTER.verify({"botToken": TOKEN + "x"}, incoming(x_telegram_bot_api_secret_token=secret))


def unknown_names(value, place=""):
    """The properties of an update that Telegram's documents do not have."""
    if isinstance(value, list | tuple):
        return [found for each in value for found in unknown_names(each, place)]
    if not isinstance(value, TelegramObject):
        return []
    inner = [unknown_names(each, f"{place}.{name}") for name in value.__slots__ if (each := getattr(value, name, None))]
    return [f"{place}: {name}" for name in value.api_kwargs] + [found for each in inner for found in each]


@pytest.mark.parametrize("name", samples.UPDATES)
def test_our_samples_are_updates_as_telegram_documents_them(name):
    assert unknown_names(Update.de_json(samples.UPDATES[name], None)) == []


TEXTS = {
    "text": "Hello", "command": "/start promo", "hidden link": "see here\nhttps://x.io/", "reply": "This one",
    "dice": "🎲 4", "poll": "Which?\n- Green\n- Black", "moving sticker": "🍵",
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_texts(name):
    quoted = "42:10" if name == "reply" else None
    content = {"type": "text", "text": TEXTS[name]}
    assert parse(samples.UPDATES[name]) == [Said(EVA, "42:11", AT, "message", content, reply_to=quoted)]


def kept(file_id, name, mime_type, size=None, at="url"):
    return (Media(at, {"file_id": file_id}, name, mime_type, size),)


FILES = {
    "photo": ({"type": "image"}, kept("l", "photo.jpg", "image/jpeg")),
    "album": (
        {"type": "text", "text": "My tea", "items": [{"type": "image"}]},
        kept("l", "photo.jpg", "image/jpeg", at="items.0.url"),
    ),
    "video": ({"type": "video", "mimeType": "video/mp4"}, kept("f1", "video.mp4", "video/mp4", 9)),
    "note": ({"type": "video", "mimeType": "video/mp4"}, kept("f1", "video.mp4", "video/mp4")),
    "animation": ({"type": "video", "mimeType": "video/mp4"}, kept("f1", "a.mp4", "video/mp4")),
    "audio": (
        {"type": "audio", "mimeType": "audio/mpeg", "label": "Eva - Tea song"}, kept("f1", "audio.mp3", "audio/mpeg"),
    ),
    "voice": (
        {"type": "text", "text": "listen", "items": [{"type": "audio", "mimeType": "audio/ogg"}]},
        kept("f1", "voice.ogg", "audio/ogg", at="items.0.url"),
    ),
    "document": (
        {"type": "attachment", "label": "bill.pdf", "mimeType": "application/pdf", "size": 48_213},
        kept("f1", "bill.pdf", "application/pdf", 48_213),
    ),
    "sticker": ({"type": "image", "alt": "🍵"}, kept("f1", "sticker.webp", "image/webp")),
    "video sticker": ({"type": "image", "alt": "🍵"}, kept("s", "sticker.webp", "image/webp")),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_files_are_left_for_us_to_fetch(name):
    found = said(samples.UPDATES[name])
    assert (found.content, found.media) == FILES[name]


def test_a_file_that_telegram_does_not_hand_out_is_told_of():
    huge = {**samples.FILE, "file_name": "film.zip", "file_size": 21 * 1024 * 1024}
    found = said(samples.update("message", samples.message(document=huge, caption="Look")))
    assert found.content["text"].startswith("Look\nfilm.zip: larger than")
    assert found.media == ()


def test_places_and_contacts():
    at = {"type": "location", "latitude": 43.84, "longitude": -79.52}
    phone = {"key": "Phone", "value": "+4930123", "type": "phone;cell"}
    assert said(samples.UPDATES["location"]).content == at
    assert said(samples.UPDATES["venue"]).content == {**at, "address": "Tea House, 1 Main St"}
    assert said(samples.UPDATES["contact"]).content == {"type": "contact", "title": "Ada L", "properties": [phone]}
    assert "phone" not in said(samples.UPDATES["contact"]).person.profile
    assert said(samples.UPDATES["own contact"]).person.profile["phone"] == "+4930999"


def test_a_group_is_one_customer_and_the_message_names_who_speaks():
    hints = [{"type": "Telegram", "metadata": [{"key": "from", "value": "Eva Green"}]}]
    found = said(samples.UPDATES["group"])
    assert (found.person, found.key) == (CLUB, "-100500:11")
    assert found.content == {"type": "text", "text": "Hello", "channels": hints}
    pressed = said(samples.UPDATES["pressed in group"])
    assert (pressed.person, pressed.content) == (CLUB, {"type": "text", "text": "tea-1", "channels": hints})


def test_a_pressed_button_says_its_payload_or_which_one_it_was():
    found = said(samples.UPDATES["pressed"])
    assert (found.person, found.key, found.content, found.pressed) == (
        EVA, "callback:q1", {"type": "text", "text": "tea-1"}, None,
    )  # fmt: skip
    found = said(samples.UPDATES["pressed place"])
    assert (found.content, found.pressed) == ({"type": "text", "text": "Black"}, ("42:10", 1))
    found = said(samples.UPDATES["pressed long ago"])
    assert (found.content, found.pressed) == ({"type": "text", "text": "#4"}, ("42:10", 4))
    assert parse(samples.UPDATES["pressed elsewhere"]) == [Unknown("callback_query without message")]


def test_the_answer_to_the_webhook_ends_the_clock_of_a_pressed_button():
    reply = ADAPTER.answer(incoming(json.dumps(samples.UPDATES["pressed"]).encode()))
    assert json.loads(reply.body) == {"method": "answerCallbackQuery", "callback_query_id": "q1"}
    assert (reply.content_type, reply.status) == ("application/json", 200)
    for body in (b"{}", b"[]", b"{", json.dumps(samples.UPDATES["text"]).encode(), b'{"callback_query": 1}'):
        reply = ADAPTER.answer(incoming(body))
        assert (reply.body, reply.status) == ("", 200)


def event(name, payload):
    return {"type": "payload", "payloadType": name, "payload": payload}


def test_edits_and_deletions_are_events():
    found = said(samples.UPDATES["edited"])
    assert (found.kind, found.key, found.sent, found.counts) == ("event", "update:900", AT + 9000, False)
    assert found.content == event("hubster.edited", {"externalId": "42:11", "text": "Hello!"})
    assert said(samples.UPDATES["edited group"]).person == CLUB
    assert parse(samples.UPDATES["live location"]) == [Unknown("move of a live location")]
    one, two = parse(samples.UPDATES["business deleted"])
    assert one.content == event("hubster.deleted", {"externalId": "bc1:42:11"})
    assert (one.key, two.key) == ("deleted:bc1:42:11", "deleted:bc1:42:12")


def test_in_business_mode_the_connection_is_the_scope_and_the_owner_is_not_the_customer():
    found = said(samples.UPDATES["business"])
    assert (found.person.scope, found.person.value, found.key) == ("bc1", "42", "bc1:42:11")
    assert said(samples.UPDATES["business edited"]).content["payload"]["externalId"] == "bc1:42:11"
    assert said(samples.UPDATES["checklist"]).content["text"] == "Shopping\n- tea\n- milk"
    assert parse(samples.UPDATES["business owner"]) == [Unknown("message of the owner")]
    assert parse(samples.UPDATES["connection"]) == [Unknown("business_connection begun")]


def test_blocked_and_welcome_again():
    assert parse(samples.UPDATES["blocked"]) == [Blocked(EVA, AT, True)]
    assert parse(samples.UPDATES["unblocked"]) == [Blocked(EVA, AT, False)]
    assert parse(samples.UPDATES["removed"]) == [Blocked(CLUB, AT, True)]
    assert parse(samples.UPDATES["still a member"]) == [Unknown("my_chat_member")]


def test_a_group_that_becomes_a_supergroup_moves():
    for name in ("moved", "moved here"):
        assert parse(samples.UPDATES[name]) == [Moved(Person("-5"), Person("-100500"), AT)]


def test_a_stopped_answer_is_an_event():
    assert said(samples.STOPPED).content == event("hubster.stopped", {"draftId": 5})


@pytest.mark.parametrize(
    ("update", "kind"),
    [
        (samples.UPDATES["joined"], "message without content"), (samples.UPDATES["channel post"], "channel_post"),
        ({"update_id": 1, "hologram": {}}, "hologram"), ({"update_id": 1}, "nothing"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_taken_note_of(update, kind):
    assert parse(update) == [Unknown(kind)]


# description, code, parameters -> scope, retryable, pauses, stops, window closed, seconds, words for people
ERRORS = [
    (403, "Forbidden: bot was blocked by the user", "recipient stops", "has blocked the bot"),
    (403, "Forbidden: user is deactivated", "recipient stops", "has blocked the bot"),
    (403, "Forbidden: bot was kicked from the supergroup chat", "recipient stops", "no longer in the group"),
    (403, "Forbidden: bot is not a member of the supergroup chat", "recipient stops", "no longer in the group"),
    (403, "Forbidden: bot can't initiate conversation with a user", "recipient", "must write to the bot first"),
    (403, "Forbidden: the sky is grey", "recipient", "the sky is grey"),
    (400, "Bad Request: chat not found", "recipient", "must write to the bot first"),
    (400, "Bad Request: PEER_ID_INVALID", "recipient", "must write to the bot first"),
    (400, "Bad Request: business connection not found", "recipient", "has disconnected the bot"),
    (400, "Bad Request: BUSINESS_CONNECTION_INVALID", "recipient", "has disconnected the bot"),
    (400, "Bad Request: BUSINESS_PEER_USAGE_MISSING", "recipient window_closed", "within 24 hours"),
    (
        400,
        "Bad Request: not enough rights to send text messages to the chat",
        "recipient",
        "Ask an administrator",
    ),
    (400, "Bad Request: failed to get HTTP URL content", "message retryable", "Check that its URL is public"),
    (400, "Bad Request: wrong file identifier/HTTP URL specified", "message", "Check that its URL is public"),
    (400, "Bad Request: wrong type of the web page content", "message", "Check that its URL is public"),
    (400, "Bad Request: BUTTON_URL_INVALID", "message", "Check the URLs of the message's links"),
    (400, "Bad Request: BUTTON_TYPE_INVALID", "message", "Check the URLs"),
    (400, "Bad Request: message is too long", "message", "message is too long"),
    (400, "Bad Request: group chat was upgraded to a supergroup chat", "recipient retryable", "another id"),
    (401, "Unauthorized", "account pauses", "Ask @BotFather"),
    (404, "Not Found", "account pauses", "Ask @BotFather"),
    (429, "Too Many Requests: retry after 35", "account retryable", "slow down"),
    (500, "Internal Server Error", "endpoint retryable", "sent again later"),
    (502, "Bad Gateway", "endpoint retryable", "sent again later"),
]


@pytest.mark.parametrize(("code", "description", "marks", "words"), ERRORS)
def test_refusals_in_words(code, description, marks, words):
    with pytest.raises(SendError) as found:
        ADAPTER.outcome(refused(code, description))
    error = found.value
    told = [error.scope, *(name for name in ("retryable", "pauses", "stops", "window_closed") if getattr(error, name))]
    assert (" ".join(told), error.retry_after) == (marks, None)
    assert words in error.text
    assert "%(" not in error.text


def test_telegram_says_when_to_try_again():
    with pytest.raises(SendError) as found:
        ADAPTER.outcome(refused(429, "Too Many Requests: retry after 35", retry_after=35))
    assert found.value.retry_after == 35


@pytest.mark.parametrize("answer", [answered(502, b"<html>"), answered(200, b""), answered(200, []), answered(503, {})])
def test_an_answer_that_is_not_telegrams_is_tried_again(answer):
    with pytest.raises(SendError) as found:
        ADAPTER.outcome(answer)
    assert (found.value.scope, found.value.retryable) == ("endpoint", True)


def test_what_was_sent_has_the_id_that_updates_call_it_by():
    one = samples.message(text="Hi")
    assert ADAPTER.outcome(answered(body={"ok": True, "result": one})) == Sent(("42:11",))
    album = [one, {**one, "message_id": 12, "business_connection_id": "bc1"}]
    assert ADAPTER.outcome(answered(body={"ok": True, "result": album})) == Sent(("42:11", "bc1:42:12"))
    assert ADAPTER.outcome(answered(body={"ok": True, "result": True})) == Sent()


def test_a_file_is_asked_for_then_fetched():
    ref = {"file_id": "f1"}
    first = ADAPTER.fetch(CONFIG, ref, [])
    assert (first.url, json.loads(first.body)) == (f"http://127.0.0.1:8081/bot{TOKEN}/getFile", ref)
    place = answered(body={"ok": True, "result": {**samples.FILE, "file_path": "photos/file 1.jpg"}})
    second = ADAPTER.fetch(CONFIG, ref, [place])
    assert (second.method, second.url) == ("GET", f"http://127.0.0.1:8081/file/bot{TOKEN}/photos/file%201.jpg")
    assert ADAPTER.fetch(CONFIG, ref, [place, answered(body=b"bytes")]) is None


@pytest.mark.parametrize(
    ("answers", "retryable"),
    [
        ([refused(400, "Bad Request: file is too big")], False),
        ([refused(429, "Too Many Requests: retry after 3", retry_after=3)], True),
        ([answered(body={"ok": True, "result": {"file_path": "a"}}), answered(502, b"")], True),
    ],
)  # fmt: skip
def test_a_file_that_is_refused(answers, retryable):
    with pytest.raises(SendError) as found:
        ADAPTER.fetch(CONFIG, {"file_id": "f1"}, answers)
    assert found.value.retryable == retryable


def test_the_token_is_a_secret():
    assert ADAPTER.secrets(CONFIG) == [TOKEN]
    assert ADAPTER.config.model_fields["bot_token"].title == "Bot token"


@pytest.mark.parametrize("token", ["", "110201543", "110201543:short", f"bot{TOKEN}", f"{TOKEN} 1"])
def test_what_cannot_be_a_token_is_not_even_asked_about(token):
    with pytest.raises(ValidationError):
        ADAPTER.config.model_validate({"botToken": token})
    assert ADAPTER.config.model_validate({"botToken": f" {TOKEN}\n"}).dump() == CONFIG
