"""Slack's adapter by itself: what it posts is judged by Slack's own library, and so is its check of signatures."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_bolt import App, BoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.models.blocks import Block
from slack_sdk.signature import SignatureVerifier

from engine.activity import parse_message
from engine.adapters import SendError
from engine.adapters._blocks import blocks_of
from engine.adapters._inbound import Answered, Incoming, Unverified
from engine.adapters._slack_in import payload_of, things_of
from engine.adapters._slack_text import escaped, plain
from engine.adapters.slack import ADAPTER
from tests.adapters.messages import MESSAGES, SCRIPTS, parts_of
from tests.adapters.provider_peer import answer, envelope

CONFIG = {"botAccessToken": "xoxb-1", "defaultPublicChannel": "general", "teamId": "T1", "appId": "A1"}
THREAD, SECRET = ("C1", "1700000000.000001"), "8f742231b10e8888abcd99yyyzzz85a5"


def bodies(rendered: Any) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in rendered.requests]


def render(message: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    return bodies(ADAPTER.render(CONFIG, envelope(parse_message(message), thread=THREAD, **more)))


def judge(body: dict[str, Any]) -> None:
    """Within the limits of chat.postMessage and of Block Kit, as Slack's library knows them."""
    assert body["text"].strip()
    assert len(body["text"]) <= 4_000
    assert len(body.get("blocks", [])) <= 50
    for block in body.get("blocks", []):
        Block.parse(block).validate_json()
        for element in block.get("elements", []):
            assert 1 <= len(element["text"]["text"]) <= 75
    ids = [element["action_id"] for block in body.get("blocks", []) for element in block.get("elements", [])]
    assert len(ids) == len(set(ids))


# --- out -------------------------------------------------------------------------------------------------------
@settings(max_examples=200, deadline=None)
@given(MESSAGES)
def test_every_message_is_posted_whole_within_slacks_limits(message):
    rendered = ADAPTER.render(CONFIG, envelope(message, thread=THREAD))
    found = bodies(rendered)
    for body in found:
        judge(body)
        assert (body["channel"], body["thread_ts"]) == THREAD
    assert not any(request.repeatable for request in rendered.requests)
    whole = "\n".join(word for body in found for word in shown(body))
    for block in blocks_of(message):
        assert [word for part in parts_of(block) for word in part.split() if word not in whole] == []


def shown(body: dict[str, Any]) -> list[str]:
    """The texts and addresses that people see of a post: its own text is not shown above blocks."""
    if "blocks" not in body:
        return [plain(body["text"])]
    elements = [element for block in body["blocks"] for element in block["elements"]]
    return [element["text"]["text"] for element in elements] + [element.get("url", "") for element in elements]


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from(SCRIPTS + "<>&@!|#"), max_size=200))
def test_what_is_written_is_read_the_same(text):
    assert plain(escaped(text)) == text


def test_a_customer_can_mention_nobody_and_stands_under_their_own_name():
    properties = {"profile": {"full name": "Ada *Lovelace*\n", "avatar": "https://shop.example/ada.png"}}
    given = envelope({"type": "text", "text": "<!channel> <@U1> a & b"}, thread=THREAD)
    given = replace(given, conversation_properties=properties,
                    activity={**given.activity, "sender": {"integrationType": "Customer"}})  # fmt: skip
    (body,) = bodies(ADAPTER.render(CONFIG, given))
    assert body["text"] == "&lt;!channel&gt; &lt;@U1&gt; a &amp; b"
    assert (body["mrkdwn"], body["username"], body["icon_url"]) == (
        False, "Ada Lovelace", "https://shop.example/ada.png")  # fmt: skip


def test_a_long_text_is_posted_in_pieces_that_count_its_signs_as_they_are_sent():
    found = render({"type": "text", "text": "<&>" * 2_000})
    assert len(found) > 1
    assert "".join(plain(body["text"]) for body in found) == "<&>" * 2_000


def test_a_thread_begins_with_a_card_that_may_be_posted_again():
    properties = {"profile": {"full name": "<b> & *co*", "email": "a@b.example"}}
    given = replace(envelope({"type": "text", "text": "Hi"}), conversation_properties=properties)
    rendered = ADAPTER.render(CONFIG, given)
    (body,) = bodies(rendered)
    judge(body)
    assert rendered.opens
    assert rendered.requests[0].repeatable
    assert "thread_ts" not in body
    assert body["blocks"][0]["text"]["text"] == "*&lt;b&gt; &amp; co*  ·  a@b.example"
    assert body["blocks"][0]["block_id"] == f"hubster:{given.conversation_id}"


def test_news_of_conversations_that_others_hold_begin_no_thread():
    event = {"type": "payload", "payloadType": "hubster.takeover", "payload": {}}
    assert ADAPTER.render(CONFIG, envelope(event=event)).requests == ()
    assert len(ADAPTER.render(CONFIG, envelope(event=event, thread=THREAD)).requests) == 1
    other = {"type": "payload", "payloadType": "cart", "payload": {}}
    rendered = ADAPTER.render(CONFIG, envelope(event=other, thread=THREAD))
    assert (rendered.requests, len(rendered.degraded)) == ((), 1)


@pytest.mark.parametrize(("code", "status", "retryable", "pauses", "stops"), [
    ("ratelimited", 429, True, False, False), ("internal_error", 200, True, False, False),
    ("", 503, True, False, False), ("invalid_auth", 200, False, True, False),
    ("token_revoked", 200, False, True, False), ("account_inactive", 200, False, True, False),
    ("missing_scope", 200, False, True, False), ("is_archived", 200, True, False, True),
    ("not_in_channel", 200, True, False, True), ("thread_not_found", 200, True, False, True),
    ("token_expired", 200, True, False, False), ("msg_too_long", 200, False, False, False),
    ("something_new", 200, False, False, False),
])  # fmt: skip
def test_each_error_says_what_follows_from_it(code, status, retryable, pauses, stops):
    with pytest.raises(SendError) as found:
        ADAPTER.outcome(answer({"ok": False, "error": code}, status, retry_after="7"))
    assert (found.value.retryable, found.value.pauses, found.value.stops) == (retryable, pauses, stops)
    assert found.value.retry_after == 7
    assert code in str(found.value)


def test_a_page_of_a_proxy_is_an_error():
    with pytest.raises(SendError):
        ADAPTER.outcome(answer(b"<html>", 200))


# --- in --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("typed", "text"), [
    ("a &lt;b&gt; &amp;amp;", "a <b> &amp;"), ("<https://x.example>", "https://x.example"),
    ("<https://x.example|x.example>", "https://x.example"), ("<https://x.example/a|here>", "here: https://x.example/a"),
    ("<mailto:a@b.example|a@b.example>", "a@b.example"), ("<tel:+1>", "+1"), ("<@U1|ada> and <@U2>", "@ada and @U2"),
    ("<#C1|general>", "#general"), ("<!here> <!subteam^S1|@team>", "@here @team"), ("<>", ""),
])  # fmt: skip
def test_what_agents_type_reaches_customers_as_they_see_it(typed, text):
    assert plain(typed) == text


def event(**more: Any) -> dict[str, Any]:
    inner = {"type": "message", "channel": "C1", "user": "U1", "text": "Hi", "ts": "2.5", "thread_ts": "1.5", **more}
    return {"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event_time": 2, "event": inner}


def test_a_message_of_text_and_files_is_several_in_their_order():
    files = [
        {"name": "a.png", "mimetype": "image/png", "url_private_download": "https://files.slack.com/a"},
        {"name": "b.pdf", "mimetype": "application/pdf", "url_private": "https://files.slack.com/b", "size": 9},
        {"name": "c", "mode": "external", "permalink": "https://docs.example/c"},
    ]
    found = list(things_of(CONFIG, event(subtype="file_share", files=files)))
    assert all(isinstance(thing, Answered) for thing in found)
    assert [(thing.key, thing.content["type"]) for thing in found] == [
        ("C1:2.5", "text"), ("C1:2.5:0", "image"), ("C1:2.5:1", "attachment"), ("C1:2.5:2", "text")]  # fmt: skip
    assert [file.ref["url"] for thing in found for file in thing.media] == [
        "https://files.slack.com/a", "https://files.slack.com/b"]  # fmt: skip


@pytest.mark.parametrize("payload", [
    event(subtype="channel_topic"), event(thread_ts="2.5"), event(user=None), event(bot_id="B1"),
    event(subtype="bot_message"),
    {"type": "event_callback", "event": {"type": "reaction_added"}}, {"type": "view_submission"},
    {"type": "url_verification", "challenge": "c"},
])  # fmt: skip
def test_everything_else_is_no_answer(payload):
    assert not [thing for thing in things_of(CONFIG, payload) if isinstance(thing, Answered)]


@pytest.mark.parametrize("body", [b"", b"[]", b"payload=", b"payload=1", b"payload=%ff", b"nothing"])
def test_what_slack_never_sends_is_refused(body):
    with pytest.raises((ValueError, KeyError)):
        payload_of(body)


# --- signatures --------------------------------------------------------------------------------------------------
def signed(body: str, at: int = 1_700_000_000) -> dict[str, str]:
    signature = SignatureVerifier(SECRET).generate_signature(timestamp=str(at), body=body)
    return {"x-slack-request-timestamp": str(at), "x-slack-signature": str(signature)}


def verify(body: str, headers: dict[str, str], at: int = 1_700_000_000) -> None:
    ADAPTER.verify({}, Incoming("POST", "https://h.example", headers, {}, body.encode(), at))


def test_the_signature_of_slacks_documents_is_accepted(settings):
    settings.HUBSTER_SLACK_SIGNING_SECRET = SECRET
    body = (
        "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&"
        "channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url="
        "https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&"
        "trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    verify(body, {"x-slack-request-timestamp": "1531420618", "x-slack-signature": signature}, 1_531_420_618)


@pytest.mark.parametrize("late", [-301, 301])
def test_a_request_is_good_for_five_minutes(settings, late):
    settings.HUBSTER_SLACK_SIGNING_SECRET = SECRET
    verify("{}", signed("{}"), 1_700_000_000 + late // 301 * 300)
    with pytest.raises(Unverified):
        verify("{}", signed("{}"), 1_700_000_000 + late)


def test_bolt_takes_the_requests_that_our_tests_sign(monkeypatch):
    """So what they send is what Slack sends."""
    heard: list[Any] = []
    granted = AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1", bot_id="B1", bot_user_id="U0")  # noqa: S106
    app = App(signing_secret=SECRET, authorize=lambda: granted, process_before_response=True)
    app.event("message")(lambda event: heard.append(event["text"]))
    monkeypatch.setattr("slack_sdk.signature.Clock.now", lambda self: 1_700_000_000)
    body = json.dumps({**event(), "api_app_id": "A1", "authorizations": []})
    given = BoltRequest(body=body, headers={"content-type": ["application/json"], **signed(body)})
    assert app.dispatch(given).status == 200
    assert heard == ["Hi"]
