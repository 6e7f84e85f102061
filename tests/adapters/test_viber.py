"""Viber: connecting, signatures, every event, files, outcomes."""

import json
from dataclasses import replace
from typing import Any

import pytest

from engine.activity import parse_message
from engine.adapters import SendError
from engine.adapters._connecting import Refused
from engine.adapters._inbound import Blocked, Media, Person, Receipt, Said, Unknown, Unverified
from engine.adapters._viber_errors import TABLE
from engine.adapters.viber import ADAPTER, EVENTS
from hubster.lib.http import NetworkError
from tests.adapters.provider_peer import Peer, answer
from tests.adapters.viber_peer import ANN, BOT, CONFIG, HOOK, HOOKS, INFO, TOKEN, event, incoming, message

GIVEN = {"authToken": TOKEN}
WHEN = 1_457_764_197_627
PERSON = Person("01234567890A=", profile={"full name": "Ann", "avatar": "https://v.example/ann.jpg", "language": "en"})


@pytest.fixture(autouse=True)
def api(settings):
    settings.HUBSTER_VIBER_API = "https://chatapi.viber.com"


def ok(**more: Any) -> Any:
    return answer({"status": 0, "status_message": "ok", **more})


# --- set-up --------------------------------------------------------------------------------------------------
def test_the_bot_is_looked_up_and_its_events_are_sent_here():
    peer = Peer(**{f"POST {INFO}": answer(BOT), f"POST {HOOKS}": ok()})
    accounts: list[str] = []
    found = ADAPTER.connect(GIVEN, HOOK, peer, accounts.append)
    assert (found.account, accounts, found.configuration) == ("pa:7", ["pa:7"], CONFIG)
    assert peer.asked[0].headers["X-Viber-Auth-Token"] == TOKEN
    wanted = json.loads(peer.asked[1].body)
    assert wanted == {"url": HOOK, "event_types": list(EVENTS), "send_name": True, "send_photo": True}
    assert "Tea" in found.said
    assert ADAPTER.chat_link(found.configuration) == "viber://pa?chatURI=teashop"
    assert ADAPTER.chat_link(GIVEN) == ""


def test_an_account_that_serves_another_integration_keeps_its_address():
    peer = Peer(**{f"POST {INFO}": answer(BOT), f"POST {HOOKS}": ok()})

    def taken(_account: str) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        ADAPTER.connect(GIVEN, HOOK, peer, taken)
    assert not peer.to(HOOKS)


@pytest.mark.parametrize(("answers", "word"), [
    ({f"POST {INFO}": answer({"status": 2, "status_message": "invalidAuthToken"})}, "not accepted"),
    ({f"POST {INFO}": answer(BOT), f"POST {HOOKS}": answer({"status": 1, "status_message": "invalidUrl"})}, "https://"),
])  # fmt: skip
def test_what_viber_refuses_says_what_to_do(answers, word):
    with pytest.raises(Refused, match=word) as caught:
        ADAPTER.connect(GIVEN, HOOK, Peer(**answers), lambda _account: None)
    assert caught.value.field == "authToken"
    assert "invalid" in caught.value.text


@pytest.mark.parametrize("given", [answer(status=502), answer(b"<html>"), answer({"status": 12})])
def test_a_viber_that_has_no_answer_now_is_no_refusal(given):
    with pytest.raises(NetworkError):
        ADAPTER.connect(GIVEN, HOOK, Peer(**{f"POST {INFO}": given}), lambda _account: None)


def test_the_address_is_taken_away():
    peer = Peer(**{f"POST {HOOKS}": ok()})
    ADAPTER.disconnect(CONFIG, peer)
    assert json.loads(peer.asked[0].body) == {"url": ""}


# --- signatures and events -----------------------------------------------------------------------------------
BODY = b'{"event":"webhook","timestamp":1457764197627,"message_token":241256543215}'


def test_only_what_the_token_signed_is_viber():
    bare = incoming(BODY)
    known = "95189efb99f7e39d863109a669fdc85b5d69d4163fb33b66267c2df4b2bb73fe"  # by openssl dgst -sha256 -hmac
    ADAPTER.verify(CONFIG, replace(bare, headers={"x-viber-content-signature": known}))
    for request in (incoming(BODY, "other"), incoming(BODY.replace(b"webhook", b"message"), "other")):
        with pytest.raises(Unverified):
            ADAPTER.verify(CONFIG, request)
    for headers in ({}, {"x-viber-content-signature": ""}, {"x-viber-content-signature": "ü"}):
        with pytest.raises(Unverified):
            ADAPTER.verify(CONFIG, replace(bare, headers=headers))


@pytest.mark.parametrize(("body", "is_test"), [
    (BODY, True), (json.dumps(message("text", text="webhook")).encode(), False), (b"[]", False), (b"no", False),
    (b"{}", False), (b'"webhook"', False), (BODY + b" " * 3_000, False),
])  # fmt: skip
def test_a_test_of_the_address_is_told_from_what_is_said(body, is_test):
    assert ADAPTER.is_test(incoming(body)) == is_test


def heard(given: dict[str, Any]) -> Any:
    (thing,) = ADAPTER.parse(CONFIG, json.dumps(given).encode())
    if isinstance(thing, Said):
        links = {"url": "https://ours.example/file"} if thing.media and thing.media[0].at == "url" else {}
        content = json.loads(json.dumps({**thing.content, **links}))
        for item in content.get("items") or []:
            item.setdefault("url", "https://ours.example/file")
        parse_message(content)  # the format takes it
    return thing


def test_a_text_is_said_by_somebody():
    assert heard(message("text", text="Hi")) == Said(
        PERSON, "4912661846655238145", WHEN, "message", {"type": "text", "text": "Hi"}
    )


M = "https://dl.viber.example/media.jpg"
FILE = {"type": "attachment", "label": "plan.pdf", "mimeType": "application/pdf", "size": 9}
SAID = [
    (message("picture", media=M, thumbnail=M), {"type": "image"},
     (Media("url", {"url": M}, "picture.jpg", "image/jpeg"),)),
    (message("picture", media=M, text="Look", file_name="a.png"),
     {"type": "text", "text": "Look", "items": [{"type": "image"}]},
     (Media("items.0.url", {"url": M}, "a.png", "image/png"),)),
    (message("video", media=M, size=5, duration=3), {"type": "video"},
     (Media("url", {"url": M}, "video.mp4", "video/mp4", 5),)),
    (message("file", media=M, file_name="plan.pdf", size=9), FILE,
     (Media("url", {"url": M}, "plan.pdf", "application/pdf", 9),)),
    (message("sticker", sticker_id=46105, media=M), {"type": "image", "url": M}, ()),
    (message("sticker", sticker_id=46105), {"type": "text", "text": "Sticker 46105"}, ()),
    (message("location", location={"lat": 50.76, "lon": 6.1}),
     {"type": "location", "latitude": 50.76, "longitude": 6.1}, ()),
    (message("location", location={"lat": "50.76", "lon": "6.1", "address": "Main St"}),
     {"type": "location", "latitude": 50.76, "longitude": 6.1, "address": "Main St"}, ()),
    (message("contact", contact={"name": "Eva", "phone_number": "+491", "avatar": M}),
     {"type": "contact", "title": "Eva", "imageUrl": M,
      "properties": [{"key": "Phone", "value": "+491", "type": "phone;cell"}]}, ()),
    (message("contact", contact={"phone_number": "+491"}),
     {"type": "contact", "title": "+491",
      "properties": [{"key": "Phone", "value": "+491", "type": "phone;cell"}]}, ()),
    (message("url", media="https://x.io"), {"type": "text", "text": "https://x.io"}, ()),
    (message("url", media="https://x.io", text="See"), {"type": "text", "text": "See\nhttps://x.io"}, ()),
]  # fmt: skip


@pytest.mark.parametrize(("given", "content", "media"), SAID)
def test_every_kind_of_message(given, content, media):
    thing = heard(given)
    assert (thing.kind, thing.content, thing.media) == ("message", content, media)


def test_a_button_says_its_payload_and_a_long_one_its_place():
    ours = "00000000-0000-0000-0000-00000000000d"
    assert heard(message("text", text="size=L")).pressed is None
    assert heard(message("text", text=f"hubster:{ours}:3")).pressed == (ours, 3)


def test_coming_and_going():
    user = {"user": ANN}
    assert heard(event("subscribed", **user)) == Blocked(PERSON, WHEN, on=False)
    assert heard(event("unsubscribed", user_id=ANN["id"])) == Blocked(Person(ANN["id"]), WHEN)


def test_receipts_name_the_message():
    given = {"user_id": ANN["id"]}
    keys = ("4912661846655238145",)
    assert heard(event("delivered", **given)) == Receipt("delivered", WHEN, keys)
    assert heard(event("seen", **given)) == Receipt("read", WHEN, keys)
    failed = heard(event("failed", **given, desc="failure description"))
    assert (failed.status, failed.keys, failed.error.scope) == ("failed", keys, "message")
    assert "failure description" in failed.error.text


def test_who_only_looks_cannot_be_written_to_and_other_events_are_acknowledged():
    for quiet in (event("webhook"), event("conversation_started", type="open", user=ANN, subscribed=False)):
        assert ADAPTER.parse(CONFIG, json.dumps(quiet).encode()) == []
    assert heard(event("action")) == Unknown("action")
    assert heard(message("hologram")) == Unknown("message hologram")


@pytest.mark.parametrize("body", [b"no", b"{}", b'{"event":"message","message":{"type":"text"}}'])
def test_what_viber_never_says_is_told(body):
    with pytest.raises((ValueError, KeyError)):
        ADAPTER.parse(CONFIG, body)


# --- files ---------------------------------------------------------------------------------------------------
def test_a_file_is_fetched_without_the_token():
    first = ADAPTER.fetch(CONFIG, {"url": M}, [])
    assert (first.url, first.headers) == (M, {})
    moved = ADAPTER.fetch(CONFIG, {"url": M}, [answer(status=302, location="/b.jpg")])
    assert moved.url == "https://dl.viber.example/b.jpg"
    assert ADAPTER.fetch(CONFIG, {"url": M}, [answer(b"JPEG")]) is None


@pytest.mark.parametrize(("status", "retryable"), [(500, True), (429, True), (403, False), (404, False), (302, False)])
def test_a_file_that_does_not_come(status, retryable):
    with pytest.raises(SendError) as caught:
        ADAPTER.fetch(CONFIG, {"url": M}, [answer(status=status)])
    assert caught.value.retryable == retryable


# --- outcomes ------------------------------------------------------------------------------------------------
def test_a_message_that_viber_took_has_its_token():
    assert ADAPTER.outcome(ok(message_token=5_741_311_803_571_721_087)).ids == ("5741311803571721087",)


def refused(given: Any) -> SendError:
    with pytest.raises(SendError) as caught:
        ADAPTER.outcome(given)
    return caught.value


@pytest.mark.parametrize(("status", "scope", "flags"), [
    (2, "account", "pauses"), (3, "message", ""), (4, "message", ""), (5, "recipient", "stops"),
    (6, "recipient", "stops"), (7, "account", "pauses"), (8, "account", "pauses"), (9, "account", "pauses"),
    (10, "account", "pauses"), (11, "recipient", ""), (12, "recipient", "retryable"), (13, "recipient", ""),
    (14, "message", ""), (15, "account", "pauses"), (16, "message", ""), (20, "message", ""), (99, "message", ""),
])  # fmt: skip
def test_a_status_says_whose_fault_it_is_and_what_to_do(status, scope, flags):
    found = refused(answer({"status": status, "status_message": "tooSad."}))
    kept = [name for name in ("retryable", "pauses", "stops") if getattr(found, name)]
    assert (found.scope, " ".join(kept)) == (scope, flags)
    assert f"({status}, tooSad)" in found.text
    assert found.text.endswith(".")


def test_every_documented_status_has_a_rule():
    assert set(TABLE) == set(range(1, 25))


@pytest.mark.parametrize(("given", "scope"), [
    (answer(status=500), "endpoint"), (answer(b"<html>"), "endpoint"), (answer(b"[]"), "endpoint"),
    (answer(status=429, retry_after="7"), "account"), (answer({"status": "0"}), "endpoint"),
])  # fmt: skip
def test_what_is_no_answer_of_vibers_is_tried_again(given, scope):
    found = refused(given)
    assert (found.retryable, found.scope) == (True, scope)
    assert found.retry_after == (7 if given.status == 429 else None)
