"""Instagram: what differs from Messenger."""

import json

import pytest

from engine.adapters._connecting import Refused
from engine.adapters._inbound import Media, Person, Receipt, Said, Standby, Unknown
from engine.adapters.instagram import ADAPTER
from tests.adapters.meta_peer import Graph, answer, bodies, envelope

LOGIN, LINKED = {"accessToken": "IGAA-1"}, {"accessToken": "EAAG-1"}
HOOK = "https://hub.example/inbound/customer/v1/instagram"
AT = 1_796_000_000_123
STORY = "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1"


@pytest.fixture(autouse=True)
def app(settings):
    settings.HUBSTER_MESSENGER_API = "https://graph.example"
    settings.HUBSTER_INSTAGRAM_API = ""
    settings.HUBSTER_META_APP_SECRET, settings.HUBSTER_META_APP_ID = "SEC", "77"


def connect(config, **answers):
    graph, checked = Graph(**answers), []
    found = ADAPTER.connect(config, HOOK, graph, checked.append)
    assert checked == [found.account]
    return found, graph


def heard(event, config=None, box="messaging"):
    addressed = {"sender": {"id": "IGSID-1"}, "recipient": {"id": "178"}, "timestamp": AT, **event}
    body = {"object": "instagram", "entry": [{"id": "178", "time": AT, box: [addressed]}]}
    return ADAPTER.parse(config or {**LOGIN, "accountId": "178", "appId": "77"}, json.dumps(body).encode())


def said(content, *media):
    return Said(Person("IGSID-1"), "mid1", AT, "message", content, media)


@pytest.mark.parametrize(
    "me", [{"user_id": "178", "username": "tea"}, {"data": [{"user_id": "178", "username": "tea"}]}]
)
def test_a_token_of_instagrams_login_is_used_on_instagrams_host_without_a_proof(me):
    found, graph = connect(LOGIN, **{"GET me": answer(me), "POST me/subscribed_apps": answer({"success": True})})
    assert (found.account, dict(found.configuration)) == ("178", {**LOGIN, "accountId": "178", "appId": "77"})
    assert "tea" in found.said
    assert all(request.url.startswith("https://graph.instagram.com/v26.0/") for request in graph.asked)
    assert not any("appsecret_proof" in request.url for request in graph.asked)
    assert "messages" in graph.query(2)["subscribed_fields"].split(",")
    [request] = ADAPTER.render(found.configuration, envelope({"type": "text", "text": "Hi"})).requests
    assert request.url == "https://graph.instagram.com/v26.0/178/messages"


def test_a_pages_token_is_used_like_messengers():
    page = {"id": "10", "instagram_business_account": {"id": "178", "username": "tea"}}
    found, graph = connect(LINKED, **{
        "GET me": answer(page), "GET app": answer({"id": "5"}), "POST 10/subscribed_apps": answer({"success": True}),
    })  # fmt: skip
    known = {**LINKED, "accountId": "178", "pageId": "10", "appId": "5"}
    assert (found.account, dict(found.configuration)) == ("178", known)
    assert all(request.url.startswith("https://graph.example/v26.0/") for request in graph.asked)
    assert all("appsecret_proof=" in request.url for request in graph.asked)
    [request] = ADAPTER.render(known, envelope({"type": "text", "text": "Hi"})).requests
    assert request.url.startswith("https://graph.example/v26.0/me/messages?appsecret_proof=")


def test_the_setting_goes_before_every_host(settings):
    settings.HUBSTER_INSTAGRAM_API = "http://127.0.0.1:9/"
    for config in (LOGIN, LINKED):
        assert ADAPTER.graph(config, "GET", "me").url.startswith("http://127.0.0.1:9/v26.0/me")


def test_a_page_without_an_instagram_account_is_refused():
    with pytest.raises(Refused, match="no professional Instagram account") as caught:
        connect(LINKED, **{"GET me": answer({"id": "10"})})
    assert caught.value.field == "accessToken"


@pytest.mark.parametrize(("config", "node", "shared"), [
    ({**LINKED, "accountId": "178", "pageId": "10"}, "10", [("Messenger", "10")]),
    ({**LOGIN, "accountId": "178"}, "me", []),
])  # fmt: skip
def test_a_pages_subscription_is_messengers_too(config, node, shared):
    graph = Graph(**{f"DELETE {node}/subscribed_apps": answer({"success": True})})
    assert ADAPTER.sharers(config, graph) == shared
    ADAPTER.disconnect(config, graph)
    assert graph.calls == [("DELETE", f"{node}/subscribed_apps")]


def test_an_unsent_message_is_an_event():
    [thing] = heard({"message": {"mid": "mid1", "is_deleted": True}})
    assert (thing.key, thing.kind, thing.counts) == ("deleted:mid1", "event", False)
    assert thing.content == {"type": "payload", "payloadType": "hubster.deleted", "payload": {"externalId": "mid1"}}


def test_a_reply_to_a_story_and_a_mention_bring_the_story():
    story = {"type": "attachment", "label": "Story", "mimeType": "application/octet-stream"}
    node = {"mid": "mid1", "text": "Lovely!", "reply_to": {"story": {"id": "9", "url": STORY}}}
    assert heard({"message": node}) == [
        said({"type": "text", "text": "Lovely!", "items": [story]},
             Media("items.0.url", {"url": STORY}, name="ig_messaging_cdn"))
    ]  # fmt: skip
    mention = {"mid": "mid1", "attachments": [{"type": "story_mention", "payload": {"url": STORY}}]}
    assert heard({"message": mention}) == [
        said({**story, "label": "Story mention"}, Media("url", {"url": STORY}, name="ig_messaging_cdn"))
    ]


def test_shares_and_reels_are_shown():
    share = {"mid": "mid1", "attachments": [{"type": "share", "payload": {"url": "https://x.io/p"}}]}
    assert heard({"message": share}) == [said({"type": "text", "text": "https://x.io/p"})]
    reel = {"mid": "mid1", "attachments": [{"type": "ig_reel", "payload": {"url": "https://x.io/r.mp4", "title": "t"}}]}
    assert heard({"message": reel})[0].content == {"type": "video"}


def test_a_message_that_instagram_keeps_to_itself_is_noted():
    assert heard({"message": {"mid": "mid1", "is_unsupported": True}}) == [Unknown("message that is not supported")]


def test_a_message_is_seen_by_its_id():
    assert heard({"read": {"mid": "out-1"}}) == [Receipt("read", AT, ("out-1",))]


def test_a_text_has_a_thousand_bytes():
    rendered = ADAPTER.render({**LINKED, "pageId": "10"}, envelope({"type": "text", "text": "é" * 1001}))
    assert [len(body["message"]["text"].encode()) for body in bodies(rendered)] == [1000, 1000, 2]
    assert rendered.degraded


def test_what_only_messenger_has_becomes_text():
    config = {**LINKED, "pageId": "10"}
    file = {"type": "attachment", "label": "Report", "mimeType": "application/pdf", "url": "https://x.io/a"}
    rendered = ADAPTER.render(config, envelope(file))
    assert [body["message"] for body in bodies(rendered)] == [{"text": "Report: https://x.io/a"}]
    assert rendered.degraded
    call = {"type": "link", "title": "Call", "url": "tel:+49301234567"}
    rendered = ADAPTER.render(config, envelope({"type": "text", "text": "Hi", "actions": [call]}))
    assert [body["message"] for body in bodies(rendered)] == [{"text": "Hi\n\nCall: tel:+49301234567"}]


def test_quick_replies_stand_below_texts_only():
    picture = {"type": "image", "url": "https://x.io/a.png"}
    reply = {"type": "reply", "title": "Yes", "payload": "y"}
    given = {"type": "text", "text": "This one?", "items": [picture], "actions": [reply]}
    first, second = [body["message"] for body in bodies(ADAPTER.render({**LINKED, "pageId": "1"}, envelope(given)))]
    assert first["attachment"]["type"] == "image" and "quick_replies" not in first
    assert second["text"] == "This one?" and len(second["quick_replies"]) == 1


def test_what_is_said_in_instagrams_own_inbox_is_on_standby():
    node = {"mid": "mid1", "text": "Hi", "is_echo": True, "app_id": 1217981644879628}
    ours = {"sender": {"id": "178"}, "recipient": {"id": "IGSID-1"}}
    words = said({"type": "text", "text": "Hi"})
    assert heard({**ours, "message": node}, box="standby") == [Standby(words, "Instagram", by_holder=True)]
    assert heard({"message": {"mid": "mid1", "text": "Hi"}}, box="standby") == [Standby(words)]


@pytest.mark.parametrize(("found", "name"), [
    ({"name": "Ann Lee", "username": "ann"}, "Ann Lee"), ({"username": "ann"}, "ann"), ({"name": None}, ""),
])  # fmt: skip
def test_instagram_tells_who_somebody_is(found, name):
    request = ADAPTER.profile(LOGIN, Person("IGSID-1"), [])
    assert request.url == "https://graph.instagram.com/v26.0/IGSID-1?fields=name%2Cusername"
    told = ADAPTER.profile(LOGIN, Person("IGSID-1"), [answer(found)])
    assert (told["full name"], told["username"]) == (name, found.get("username") or "")
