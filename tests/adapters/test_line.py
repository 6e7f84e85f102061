"""Line: connecting, signatures, events, files, outcomes, and the two ways to send."""

import base64
import hmac
import json
import uuid
from typing import Any
from urllib.parse import urlsplit

import pytest
from linebot.v3.exceptions import InvalidSignatureError
from linebot.v3.webhook import WebhookParser

from engine.activity import parse_message
from engine.adapters import SendError
from engine.adapters._connecting import Refused
from engine.adapters._inbound import Blocked, Control, Incoming, Media, Person, Said, Standby, Unknown, Unverified
from engine.adapters._line_errors import TABLE
from engine.adapters.line import ADAPTER
from hubster.lib.http import NetworkError
from tests.adapters.provider_peer import Peer, answer, envelope

CONFIG = {"channelSecret": "secret", "channelAccessToken": "token"}
HOOK = "https://chat.example/inbound/customer/v1/line/int-1"
INFO, ENDPOINT = "/v2/bot/info", "/v2/bot/channel/webhook/endpoint"
BOT = {"userId": "Ubot", "basicId": "@shop", "displayName": "Shop", "chatMode": "bot", "markAsReadMode": "auto"}


@pytest.fixture(autouse=True)
def api(settings):
    settings.HUBSTER_LINE_API, settings.HUBSTER_LINE_DATA_API = "https://api.line.me", "https://api-data.line.me"
    settings.PUBLIC_URL = "https://chat.example"


# --- set-up --------------------------------------------------------------------------------------------------
def test_the_account_is_looked_up_and_its_events_are_sent_here():
    peer = Peer(**{f"GET {INFO}": answer(BOT), f"PUT {ENDPOINT}": answer()})
    accounts: list[str] = []
    found = ADAPTER.connect(CONFIG, HOOK, peer, accounts.append)
    assert (found.account, accounts) == ("Ubot", ["Ubot"])
    assert found.configuration == {**CONFIG, "basicId": "@shop"}
    assert json.loads(peer.asked[1].body) == {"endpoint": HOOK}
    assert peer.asked[0].headers["Authorization"] == "Bearer token"
    assert ADAPTER.chat_link(found.configuration) == "https://line.me/R/ti/p/%40shop"
    assert ADAPTER.chat_link(CONFIG) == ""


@pytest.mark.parametrize(("answers", "word"), [
    ({f"GET {INFO}": answer({"message": "Authentication failed"}, 401)}, "not accepted"),
    ({f"GET {INFO}": answer(BOT), f"PUT {ENDPOINT}": answer({"message": "Invalid webhook endpoint"}, 400)}, "https://"),
])  # fmt: skip
def test_what_line_refuses_says_what_to_do(answers, word):
    with pytest.raises(Refused, match=word) as caught:
        ADAPTER.connect(CONFIG, HOOK, Peer(**answers), lambda _account: None)
    assert caught.value.field == "channelAccessToken"


@pytest.mark.parametrize("status", [429, 500])
def test_a_line_that_has_no_answer_now_is_no_refusal(status):
    with pytest.raises(NetworkError):
        ADAPTER.connect(CONFIG, HOOK, Peer(**{f"GET {INFO}": answer(status=status)}), lambda _account: None)


# --- signatures and events -----------------------------------------------------------------------------------
def incoming(body: bytes, secret: str = "secret") -> Incoming:
    signature = base64.b64encode(hmac.new(secret.encode(), body, "sha256").digest()).decode()
    return Incoming("POST", HOOK, {"x-line-signature": signature}, {}, body)


def event(kind: str, **more: Any) -> dict[str, Any]:
    return {
        "type": kind, "timestamp": 1_000, "mode": "active", "source": {"type": "user", "userId": "U1"},
        "webhookEventId": "01EV", "deliveryContext": {"isRedelivery": False}, **more,
    }  # fmt: skip


def message(kind: str, **more: Any) -> dict[str, Any]:
    content = {"type": kind, "id": "m1", "markAsReadToken": "read-1", **more}
    return event("message", replyToken="reply-1", message=content)


def heard(*events: Any) -> Any:
    """As our adapter hears events that LINE's own library takes as well."""
    body = json.dumps({"destination": "Ubot", "events": events}).encode()
    request = incoming(body)
    known = WebhookParser("secret").parse(body.decode(), request.headers["x-line-signature"])
    assert [one.type for one in known] == [one["type"] for one in events]
    ADAPTER.verify(CONFIG, request)
    return ADAPTER.parse(CONFIG, body)


def test_a_signature_with_another_secret_is_refused_as_lines_library_does():
    request = incoming(b'{"destination": "Ubot", "events": []}', "guess")
    with pytest.raises(InvalidSignatureError):
        WebhookParser("secret").parse(request.body.decode(), request.headers["x-line-signature"])
    with pytest.raises(Unverified):
        ADAPTER.verify(CONFIG, request)
    with pytest.raises(Unverified):
        ADAPTER.verify(CONFIG, Incoming("POST", HOOK, {}, {}, request.body))


def test_a_test_of_the_address_says_nothing():
    assert heard() == []


ANN = Person("U1")
LINE = {"contentProvider": {"type": "line"}}
QUOTE = {"quoteToken": "q"}
SAID = [
    (message("text", text="Hi (moon)", **QUOTE), {"type": "text", "text": "Hi (moon)"}, ()),
    (message("image", **LINE, **QUOTE), {"type": "image"}, (Media("url", {"id": "m1"}, "image.jpg", "image/jpeg"),)),
    (message("video", duration=5, **LINE, **QUOTE), {"type": "video"},
     (Media("url", {"id": "m1"}, "video.mp4", "video/mp4"),)),
    (message("audio", duration=5, **LINE), {"type": "audio"}, (Media("url", {"id": "m1"}, "audio.m4a", "audio/mp4"),)),
    (message("image", contentProvider={"type": "external", "originalContentUrl": "https://x.io/a.jpg",
                                       "previewImageUrl": "https://x.io/b.jpg"}, **QUOTE),
     {"type": "image", "url": "https://x.io/a.jpg"}, ()),
    (message("file", fileName="Plan.pdf", fileSize=7),
     {"type": "attachment", "label": "Plan.pdf", "mimeType": "application/pdf", "size": 7},
     (Media("url", {"id": "m1"}, "Plan.pdf", "application/pdf", 7),)),
    (message("location", title="Shop", address="Main St", latitude=1.5, longitude=2.5),
     {"type": "location", "latitude": 1.5, "longitude": 2.5, "address": "Shop, Main St"}, ()),
    (message("location", latitude=1.5, longitude=2.5), {"type": "location", "latitude": 1.5, "longitude": 2.5}, ()),
    (message("sticker", packageId="1", stickerId="2", stickerResourceType="STATIC", keywords=["cat", "hi"], **QUOTE),
     {"type": "image", "url": "https://stickershop.line-scdn.net/stickershop/v1/sticker/2/android/sticker.png",
      "alt": "cat, hi"}, ()),
]  # fmt: skip


@pytest.mark.parametrize(("given", "content", "media"), SAID, ids=[str(row[0]["message"]["type"]) for row in SAID])
def test_every_kind_of_message(given, content, media):
    (said,) = heard(given)
    assert said == Said(
        ANN, "m1", 1_000, "message", content, media, reply_token="reply-1", reply_until=56_000, read_token="read-1"
    )
    filled = {**content, **({"url": "https://chat.example/media/1"} if media else {})}
    assert parse_message(filled)


def test_a_quoted_message_is_named():
    assert heard(message("text", text="Yes", quotedMessageId="m0", **QUOTE))[0].reply_to == "m0"


def test_buttons_say_their_payload_or_name_the_choice():
    ours = "0a1b2c3d-0000-0000-0000-00000000000d"
    plain, dated, named = heard(
        event("postback", replyToken="r", postback={"data": "size=L"}),
        event("postback", replyToken="r", postback={"data": "when", "params": {"date": "2026-12-24"}}),
        event("postback", replyToken="r", postback={"data": f"hubster:{ours}:3"}),
    )
    assert (plain.key, plain.content, plain.pressed) == ("01EV", {"type": "text", "text": "size=L"}, None)
    assert dated.content["text"] == "when 2026-12-24"
    assert named.pressed == (ours, 3)


def test_blocking_and_coming_back():
    assert heard(event("unfollow"), event("follow", replyToken="r", follow={"isUnblocked": True})) == [
        Blocked(ANN, 1_000), Blocked(ANN, 1_000, on=False)
    ]  # fmt: skip


def test_taking_back_and_changing_a_message_are_events():
    gone, changed = heard(
        event("unsend", unsend={"messageId": "m1"}),
        event("messageEdited", message={"type": "text", "id": "m1", "text": "Ho", "quoteToken": "q"}),
    )
    assert (gone.kind, gone.key, gone.counts) == ("event", "01EV", False)
    assert gone.content == {"type": "payload", "payloadType": "hubster.deleted", "payload": {"externalId": "m1"}}
    assert changed.content["payloadType"] == "hubster.edited"
    assert changed.content["payload"] == {"externalId": "m1", "text": "Ho"}


@pytest.mark.parametrize(("kind", "ours"), [("activated", True), ("deactivated", False)])
def test_the_chat_is_given_to_us_and_taken_away(kind, ours):
    more = {"chatControl": {"expireAt": 2_000}} if ours else {}
    (thing,) = heard(event(kind, **more))
    assert thing == Control(Person("U1"), 1_000, ours)


def test_on_standby_somebody_else_answers():
    (thing,) = heard({**message("text", text="Hi", **QUOTE), "mode": "standby"})
    assert isinstance(thing, Standby)
    assert thing.said.content["text"] == "Hi"


@pytest.mark.parametrize(("source", "person"), [
    ({"type": "group", "groupId": "C1", "userId": "U1"}, Person("U1", "C1")),
    ({"type": "group", "groupId": "C1"}, Person("C1", "C1")),
    ({"type": "room", "roomId": "R1", "userId": "U1"}, Person("U1", "R1")),
])  # fmt: skip
def test_groups_and_rooms_are_scopes(source, person):
    assert heard({**message("text", text="Hi", **QUOTE), "source": source})[0].person == person


def test_other_events_are_acknowledged():
    things = heard(
        event("join", replyToken="r"), event("leave"),
        event("beacon", replyToken="r", beacon={"hwid": "1", "type": "enter"}),
        event("accountLink", link={"result": "ok", "nonce": "n"}),
    )  # fmt: skip
    assert things == [Unknown("join"), Unknown("leave"), Unknown("beacon"), Unknown("accountLink")]
    later = json.dumps({"events": [event("teleport"), message("hologram")]}).encode()
    assert ADAPTER.parse(CONFIG, later) == [Unknown("teleport"), Unknown("message hologram")]


@pytest.mark.parametrize("odd", [
    {"type": "message", "source": {"userId": "U1"}}, {"type": "message", "message": 1, "source": {"userId": "U1"}},
    {**message("text", text="Hi"), "timestamp": "soon"}, {}, None, {"type": "unfollow", "source": 1},
])  # fmt: skip
def test_an_event_of_an_odd_form_takes_no_other_with_it(odd):
    good = message("text", text="Hi")
    things = ADAPTER.parse(CONFIG, json.dumps({"events": [odd, good]}).encode())
    assert isinstance(things[0], Unknown)
    assert things[1:] == ADAPTER.parse(CONFIG, json.dumps({"events": [good]}).encode())


# --- files ---------------------------------------------------------------------------------------------------
def test_a_file_comes_from_the_host_of_files():
    first = ADAPTER.fetch(CONFIG, {"id": "m1"}, [])
    assert first.url == "https://api-data.line.me/v2/bot/message/m1/content"
    assert ADAPTER.fetch(CONFIG, {"id": "m1"}, [answer(b"JPEG")]) is None


@pytest.mark.parametrize(("status", "retryable"), [(202, True), (500, True), (429, True), (404, False), (410, False)])
def test_a_file_that_is_not_ready_is_asked_for_again(status, retryable):
    with pytest.raises(SendError) as caught:
        ADAPTER.fetch(CONFIG, {"id": "m1"}, [answer(status=status)])
    assert caught.value.retryable == retryable


# --- the two ways to send ------------------------------------------------------------------------------------
MANY = {"type": "text", "text": "\n\n".join(letter * 4_000 for letter in "abcdefg")}


def test_the_first_five_messages_answer_for_free_and_the_rest_is_pushed():
    answered, pushed = ADAPTER.render(CONFIG, envelope(MANY, reply_token="reply-1")).requests
    assert answered.url == "https://api.line.me/v2/bot/message/reply"
    body = json.loads(answered.body)
    assert (body["replyToken"], len(body["messages"])) == ("reply-1", 5)
    assert "X-Line-Retry-Key" not in answered.headers
    assert pushed.url == "https://api.line.me/v2/bot/message/push"
    assert (json.loads(pushed.body)["to"], len(json.loads(pushed.body)["messages"])) == ("them", 2)
    assert (answered.repeatable, pushed.repeatable) == (False, True)


def test_a_key_stays_with_its_part_until_somebody_resends_by_hand():
    def keys(**more: Any) -> list[str]:
        found = ADAPTER.render(CONFIG, envelope(MANY, **more)).requests
        return [request.headers.get("X-Line-Retry-Key", "") for request in found]

    first = keys()
    assert len({uuid.UUID(key) for key in first}) == 2
    assert keys(attempt=2) == first
    assert keys(reply_token="r")[1] == first[1]
    assert not set(keys(replays=1)) & set(first)


def test_in_a_group_the_group_hears_it():
    (request,) = ADAPTER.render(CONFIG, envelope({"type": "text", "text": "Hi"}, scope="C1")).requests
    assert json.loads(request.body)["to"] == "C1"


@pytest.mark.parametrize(("kind", "more", "path", "body"), [
    ("typing_on", {}, "chat/loading/start", {"chatId": "them", "loadingSeconds": 10}),
    ("seen", {"read_token": "read-1"}, "chat/markAsRead", {"markAsReadToken": "read-1"}),
])  # fmt: skip
def test_signals(kind, more, path, body):
    (request,) = ADAPTER.render(CONFIG, envelope(event={"type": kind}, **more)).requests
    assert request.url == f"https://api.line.me/v2/bot/{path}"
    assert json.loads(request.body) == body


@pytest.mark.parametrize(("event_", "more"), [
    ({"type": "typing_off"}, {}), ({"type": "typing_on"}, {"scope": "C1"}), ({"type": "seen"}, {}),
    ({"type": "payload", "payloadType": "hubster.x", "payload": {}}, {}),
])  # fmt: skip
def test_signals_that_line_does_not_show(event_, more):
    found = ADAPTER.render(CONFIG, envelope(event=event_, **more))
    assert (found.requests, len(found.degraded)) == ((), int(event_["type"] == "payload"))


# --- outcomes ------------------------------------------------------------------------------------------------
def test_what_line_took_has_its_ids_also_when_it_had_taken_it_before():
    sent = {"sentMessages": [{"id": "1", "quoteToken": "q"}, {"id": "2"}]}
    assert ADAPTER.outcome(answer(sent)).ids == ("1", "2")
    assert ADAPTER.outcome(answer({"message": "The retry key is already accepted", **sent}, 409)).ids == ("1", "2")
    assert ADAPTER.outcome(answer({}, 202)).ids == ()


@pytest.mark.parametrize(("status", "message_", "retryable", "pauses", "scope"), [
    (400, "The request body has 1 error(s)", False, False, "message"),
    (400, "Invalid reply token", True, False, "message"),
    (400, "Failed to send messages", False, False, "recipient"),
    (400, "The property, 'to', in the request body is invalid (line: -, column: -)", False, False, "recipient"),
    (401, "Authentication failed. Confirm that the access token is valid.", False, True, "account"),
    (403, "Not authorized to use the API.", False, False, "account"),
    (413, "", False, False, "message"),
    (429, "The API rate limit has been exceeded. Try again later.", True, False, "account"),
    (429, "You have reached your monthly limit.", False, False, "account"),
    (500, "", True, False, "endpoint"), (503, "", True, False, "endpoint"), (404, "Not found", False, False, "message"),
])  # fmt: skip
def test_errors(status, message_, retryable, pauses, scope):
    with pytest.raises(SendError) as caught:
        ADAPTER.outcome(answer({"message": message_} if message_ else b"", status, retry_after="3"))
    found = caught.value
    assert (found.retryable, found.pauses, found.scope, found.retry_after) == (retryable, pauses, scope, 3)
    assert message_.rstrip(".") in found.text


def test_every_text_of_the_table_ends_with_what_to_do():
    for rule in TABLE.values():
        before, _, after = str(rule.text).partition("(%(reason)s).")
        assert before
        assert after.strip().endswith(".")


@pytest.mark.parametrize(("who", "path", "found", "profile"), [
    (Person("U1"), "profile/U1", {"displayName": "Ann", "pictureUrl": "https://x.io/a", "language": "en"},
     {"full name": "Ann", "avatar": "https://x.io/a", "language": "en"}),
    (Person("U1", "C9"), "group/C9/member/U1", {"displayName": "Ann", "userId": "U1"}, {"full name": "Ann"}),
    (Person("U1", "R9"), "room/R9/member/U1", {"displayName": "Ann", "userId": "U1"}, {"full name": "Ann"}),
    (Person("C9", "C9"), "group/C9/summary", {"groupId": "C9", "groupName": "Tea club"}, {"full name": "Tea club"}),
])  # fmt: skip
def test_line_tells_who_somebody_is(who, path, found, profile):
    request = ADAPTER.profile(CONFIG, who, [])
    assert (request.method, urlsplit(request.url).path) == ("GET", f"/v2/bot/{path}")
    assert request.headers["Authorization"].startswith("Bearer ")
    assert ADAPTER.profile(CONFIG, who, [answer(found)]) == profile


def test_a_room_has_no_name_and_who_is_unknown_to_line_is_refused():
    assert ADAPTER.profile(CONFIG, Person("R9", "R9"), []) == {}
    with pytest.raises(SendError) as caught:
        ADAPTER.profile(CONFIG, Person("U1"), [answer({"message": "Not found"}, 404)])
    assert not caught.value.retryable
