"""Kik: connecting, signatures, every message, files, outcomes."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from engine.activity import parse_event, parse_message
from engine.adapters import SendError
from engine.adapters._connecting import Refused
from engine.adapters._inbound import Media, Person, Said, Unknown, Unverified
from engine.adapters._kik_errors import TABLE
from engine.adapters.kik import ADAPTER, FEATURES
from hubster.lib.http import NetworkError
from tests.adapters.kik_peer import CHAT, CONFIG, HOOK, KEY, SETUP, WHEN, incoming, message, posted
from tests.adapters.provider_peer import Peer, answer

PERSON = Person("laura", profile={"username": "laura"})
ID = "0115efde-e54b-43d5-873a-5fef7adc69fd"


@pytest.fixture(autouse=True)
def api(settings):
    settings.HUBSTER_KIK_API = "https://api.kik.com"


# --- set-up --------------------------------------------------------------------------------------------------
def test_the_bot_is_looked_up_and_its_messages_are_sent_here():
    keyboard = {"type": "suggested", "responses": [{"type": "text", "body": "Help"}]}
    known = {"webhook": "https://old.example", "features": {}, "staticKeyboard": keyboard}
    peer = Peer(**{f"GET {SETUP}": answer(known), f"POST {SETUP}": answer({})})
    accounts: list[str] = []
    found = ADAPTER.connect(CONFIG, HOOK, peer, accounts.append)
    assert (found.account, accounts, found.configuration) == ("tea.shop", ["tea.shop"], CONFIG)
    wanted = base64.b64encode(f"Tea.Shop:{KEY}".encode()).decode()
    assert {request.headers["Authorization"] for request in peer.asked} == {f"Basic {wanted}"}
    assert json.loads(peer.asked[1].body) == {"webhook": HOOK, "features": FEATURES, "staticKeyboard": keyboard}
    assert "Tea.Shop" in found.said
    assert ADAPTER.chat_link(CONFIG) == "https://kik.me/Tea.Shop"


def test_an_account_that_serves_another_integration_keeps_its_address():
    peer = Peer(**{f"GET {SETUP}": answer({}), f"POST {SETUP}": answer({})})

    def taken(_account: str) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        ADAPTER.connect(CONFIG, HOOK, peer, taken)
    assert [request.method for request in peer.asked] == ["GET"]


@pytest.mark.parametrize(("answers", "word"), [
    ({f"GET {SETUP}": answer({"message": "Unauthorized."}, 401)}, "not accepted.*Unauthorized"),
    ({f"GET {SETUP}": answer({}), f"POST {SETUP}": answer({"message": "Bad webhook"}, 400)}, "Bad webhook"),
])  # fmt: skip
def test_what_kik_refuses_says_what_to_do(answers, word):
    with pytest.raises(Refused, match=word) as caught:
        ADAPTER.connect(CONFIG, HOOK, Peer(**answers), lambda _account: None)
    assert caught.value.field == "apiKey"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_kik_that_has_no_answer_now_is_no_refusal(status):
    with pytest.raises(NetworkError):
        ADAPTER.connect(CONFIG, HOOK, Peer(**{f"GET {SETUP}": answer(status=status)}), lambda _account: None)


# --- signatures and messages ---------------------------------------------------------------------------------
BODY = b'{"messages":[]}'


def test_only_what_the_key_signed_is_kik():
    bare = incoming(BODY)
    known = "04851C62AE4C21BC6D4BDD917431422CD4EBF9FC"  # by openssl dgst -sha1 -hmac
    ADAPTER.verify(CONFIG, replace(bare, headers={"x-kik-signature": known}))
    for request in (incoming(BODY, "other"), replace(bare, body=b'{"messages":[1]}')):
        with pytest.raises(Unverified):
            ADAPTER.verify(CONFIG, request)
    for headers in ({}, {"x-kik-signature": known.lower()}, {"x-kik-signature": "ü"}):
        with pytest.raises(Unverified):
            ADAPTER.verify(CONFIG, replace(bare, headers=headers))


def heard(*given: dict[str, Any]) -> Any:
    (thing,) = ADAPTER.parse(CONFIG, posted(*given))
    if isinstance(thing, Said):
        links = {"url": "https://ours.example/file"} if thing.media else {}
        parse = parse_message if thing.kind == "message" else parse_event
        parse({**thing.content, **links})  # the format takes it
    return thing


def test_a_text_is_said_by_somebody():
    text = {"type": "text", "text": "Hi"}
    assert heard(message("text", body="Hi")) == Said(PERSON, ID, WHEN, "message", text, read_token=ID)
    assert heard(message("text", body="Hi", readReceiptRequested=False)).read_token == ""


def test_everything_in_a_request_is_said_in_its_order():
    things = ADAPTER.parse(CONFIG, posted(message("text", body="One"), message("text", body="Two")))
    assert [thing.content["text"] for thing in things] == ["One", "Two"]


M = "https://platform.kik.example/media"
SAID = [
    (message("picture", picUrl=M), {"type": "image"}, (Media("url", {"url": M}, "picture.jpg", "image/jpeg"),)),
    (message("video", videoUrl=M), {"type": "video"}, (Media("url", {"url": M}, "video.mp4", "video/mp4"),)),
    (message("link", url="https://x.io", title="Shop", text="Tea"),
     {"type": "text", "text": "Shop\nTea\nhttps://x.io"}, ()),
    (message("link", url="https://x.io"), {"type": "text", "text": "https://x.io"}, ()),
    (message("sticker", stickerPackId="memes", stickerUrl=M), {"type": "image", "url": M}, ()),
    (message("sticker", stickerPackId="memes", stickerUrl=None), {"type": "text", "text": "Sticker memes"}, ()),
    (message("friend-picker", picked=["eva", "ben"]), {"type": "text", "text": "eva, ben"}, ()),
    (message("text", body="Yes", metadata={"payload": "yes-1"}), {"type": "text", "text": "yes-1"}, ()),
    (message("text", body="Yes", metadata={"payload": 5}), {"type": "text", "text": "Yes"}, ()),
    (message("text", body="Yes", metadata="of somebody else"), {"type": "text", "text": "Yes"}, ()),
]  # fmt: skip


@pytest.mark.parametrize(("given", "content", "media"), SAID)
def test_every_kind_of_message(given, content, media):
    thing = heard(given)
    assert (thing.kind, thing.content, thing.media) == ("message", content, media)


@pytest.mark.parametrize(("given", "kind", "payload"), [
    (message("start-chatting"), "hubster.started", {}),
    (message("scan-data", data="door-3"), "hubster.referral", {"source": "kik-code", "ref": "door-3"}),
])  # fmt: skip
def test_whoever_opens_the_chat_is_there(given, kind, payload):
    thing = heard(given)
    assert (thing.kind, thing.content) == ("event", {"type": "payload", "payloadType": kind, "payload": payload})


def test_a_member_of_a_group_is_a_person_within_it():
    thing = heard(message("text", body="Hi", chatType="public", mention="tea.shop"))
    assert thing.person == Person("laura", CHAT, {"username": "laura"})
    assert heard({**message("text", body="Hi"), "chatType": None}).person == PERSON  # as before there were groups


def test_signs_and_receipts_say_nothing_and_other_kinds_are_acknowledged():
    quiet = [message("is-typing", isTyping=True), message("read-receipt", messageIds=["1"]),
             message("delivery-receipt", messageIds=["1"])]  # fmt: skip
    assert ADAPTER.parse(CONFIG, posted(*quiet)) == []
    assert heard(message("hologram")) == Unknown("message hologram")
    assert heard(message("friend-picker", picked=[])) == Unknown("message friend-picker")


@pytest.mark.parametrize("body", [b"no", b"{}", b'{"messages":[{"type":"text"}]}', posted(message("text"))])
def test_what_kik_never_says_is_told(body):
    with pytest.raises((ValueError, KeyError)):
        ADAPTER.parse(CONFIG, body)


# --- files ---------------------------------------------------------------------------------------------------
def test_a_file_is_fetched_without_the_key():
    first = ADAPTER.fetch(CONFIG, {"url": M}, [])
    assert (first.url, first.headers) == (M, {})
    moved = ADAPTER.fetch(CONFIG, {"url": M}, [answer(status=302, location="/b.jpg")])
    assert moved.url == "https://platform.kik.example/b.jpg"
    assert ADAPTER.fetch(CONFIG, {"url": M}, [answer(b"JPEG")]) is None


@pytest.mark.parametrize(("status", "retryable"), [(500, True), (429, True), (403, False), (404, False), (302, False)])
def test_a_file_that_does_not_come(status, retryable):
    with pytest.raises(SendError) as caught:
        ADAPTER.fetch(CONFIG, {"url": M}, [answer(status=status)])
    assert caught.value.retryable == retryable


# --- outcomes ------------------------------------------------------------------------------------------------
def test_a_message_that_kik_took_has_no_name():
    assert ADAPTER.outcome(answer({})).ids == ()


@pytest.mark.parametrize(("status", "scope", "flags"), [
    (400, "message", ""), (401, "account", "pauses"), (403, "recipient", ""), (404, "recipient", ""),
    (413, "message", ""), (418, "message", ""), (429, "recipient", "retryable"), (500, "endpoint", "retryable"),
    (503, "endpoint", "retryable"), (302, "message", ""),
])  # fmt: skip
def test_a_status_says_whose_fault_it_is_and_what_to_do(status, scope, flags):
    with pytest.raises(SendError) as caught:
        ADAPTER.outcome(answer({"error": "Sad", "message": "too sad."}, status, retry_after="7"))
    found = caught.value
    kept = [name for name in ("retryable", "pauses", "stops") if getattr(found, name)]
    assert (found.scope, " ".join(kept), found.retry_after) == (scope, flags, 7)
    assert f"(HTTP {status}, too sad)" in found.text
    assert found.text.endswith(".")


@pytest.mark.parametrize("body", [b"<html>", b"[]", b""])
def test_an_answer_without_words_is_told_by_its_status(body):
    with pytest.raises(SendError, match=r"\(HTTP 400\)"):
        ADAPTER.outcome(answer(body, 400))


def test_every_status_of_the_table_is_a_fault():
    assert min(TABLE) >= 400
