"""Messenger: set-up, and what its webhooks say."""

import json

import pytest

from engine.adapters._connecting import Refused
from engine.adapters._inbound import Control, Media, Person, Receipt, Said, Standby, Unknown
from engine.adapters._outcomes import SendError
from engine.adapters.messenger import ADAPTER
from hubster.lib.http import NetworkError
from hubster.lib.http_policy import ConnectFailure
from tests.adapters.meta_peer import Graph, answer, fault

TOKEN = {"pageAccessToken": "EAAG-1"}
PAGE = {**TOKEN, "pageId": "10", "appId": "77"}
HOOK = "https://hub.example/inbound/customer/v1/messenger"
AT = 1_796_000_000_123
ANN = Person("PSID-1")
MID = "m_AG5"


@pytest.fixture(autouse=True)
def app(settings):
    settings.HUBSTER_MESSENGER_API = "https://graph.example"
    settings.HUBSTER_META_APP_SECRET = settings.HUBSTER_META_APP_ID = ""


def heard(*events, box="messaging", config=PAGE, page="10"):
    """What these events say; sender, page and time are filled in."""
    addressed = [{"sender": {"id": "PSID-1"}, "recipient": {"id": page}, "timestamp": AT, **event} for event in events]
    body = {"object": "page", "entry": [{"id": page, "time": AT, box: addressed}]}
    return ADAPTER.parse(config, json.dumps(body).encode())


def message(**node):
    return {"message": {"mid": MID, **node}}


def attachment(kind, payload=None, **more):
    return {"type": kind, **({"payload": payload} if payload is not None else {}), **more}


def said(content, *media, **more):
    return Said(ANN, MID, AT, "message", content, media, **more)


def event(key, kind, payload, counts=True):
    return Said(ANN, key, AT, "event", {"type": "payload", "payloadType": f"hubster.{kind}", "payload": payload},
                counts=counts)  # fmt: skip


# Set-up


def good(**more):
    return Graph(**{
        "GET me": answer({"id": "10", "name": "Tea shop"}), "GET app": answer({"id": "77", "name": "Hubster"}),
        "POST 10/subscribed_apps": answer({"success": True}), **more,
    })  # fmt: skip


def connect(graph, config=TOKEN):
    checked = []
    found = ADAPTER.connect(config, HOOK, graph, checked.append)
    assert checked == [found.account]
    return found


def test_a_page_is_looked_up_and_subscribed():
    graph = good()
    found = connect(graph, {**TOKEN, "appId": "not this", "pageId": "nor this"})
    assert (found.account, found.configuration) == ("10", PAGE)
    assert "Tea shop" in found.said and HOOK in found.said
    assert graph.calls == [("GET", "me"), ("GET", "app"), ("POST", "10/subscribed_apps")]
    assert graph.query(0) == {"fields": "id,name"}
    subscribed = graph.query(2)["subscribed_fields"].split(",")
    assert {"messages", "messaging_postbacks", "message_deliveries", "message_reads", "message_echoes",
            "messaging_optins", "messaging_referrals", "standby", "messaging_handovers"} <= set(subscribed)  # fmt: skip


def test_a_page_that_serves_another_integration_keeps_its_subscription():
    class Taken(Exception):
        pass

    def check(account):
        raise Taken

    graph = good()
    with pytest.raises(Taken):
        ADAPTER.connect(TOKEN, HOOK, graph, check)
    assert ("POST", "10/subscribed_apps") not in graph.calls


def test_where_the_token_may_not_ask_for_its_app_it_is_ours(settings):
    settings.HUBSTER_META_APP_ID = "99"
    assert connect(good(**{"GET app": fault(10)})).configuration["appId"] == "99"


@pytest.mark.parametrize(("wrong", "config", "field", "words"), [
    ({"GET me": fault(190, 463)}, {}, "pageAccessToken", "Create a new one"),
    ({"GET me": answer({}, 401)}, {}, "pageAccessToken", "HTTP 401"),
    ({"GET me": answer({})}, {}, "pageAccessToken", "names no account"),
    ({"POST 10/subscribed_apps": fault(200)}, {}, "pageAccessToken", "permissions (200)"),
    ({"GET me": fault(100, message="Invalid appsecret_proof provided")}, {"appSecret": "x"}, "appSecret", "different"),
    ({"GET me": fault(100, message="Invalid appsecret_proof provided")}, {}, "pageAccessToken", "appSecret"),
])  # fmt: skip
def test_a_refusal_names_the_property_and_what_to_do(wrong, config, field, words):
    with pytest.raises(Refused) as caught:
        connect(good(**wrong), {**TOKEN, **config})
    assert caught.value.field == field
    assert words in caught.value.text and "EAAG" not in caught.value.text


@pytest.mark.parametrize("fails", [fault(2, status=500), fault(4), answer(status=503), ConnectFailure("No way.")])
def test_a_provider_that_cannot_answer_refuses_nothing(fails):
    with pytest.raises(NetworkError):
        connect(good(**{"GET me": fails}))


def test_the_end_takes_the_subscription_away():
    graph = Graph(**{"DELETE 10/subscribed_apps": answer({"success": True})})
    ADAPTER.disconnect(PAGE, graph)
    assert graph.calls == [("DELETE", "10/subscribed_apps")]


@pytest.mark.parametrize(("page", "shared"), [
    ({"id": "10", "instagram_business_account": {"id": "178"}}, [("Instagram", "178")]), ({"id": "10"}, []),
])  # fmt: skip
def test_the_subscription_is_the_linked_instagram_accounts_too(page, shared):
    graph = Graph(**{"GET 10": answer(page)})
    assert ADAPTER.sharers(PAGE, graph) == shared
    assert graph.query(0)["fields"] == "instagram_business_account"


# Webhooks


def test_texts_quick_replies_and_postbacks_are_what_the_customer_said():
    assert heard(message(text="Hello")) == [said({"type": "text", "text": "Hello"})]
    assert heard(message(text="Green", quick_reply={"payload": "tea-1"})) == [said({"type": "text", "text": "tea-1"})]
    pressed = {"postback": {"mid": MID, "title": "Start", "payload": "start"}}
    assert heard(pressed) == [said({"type": "text", "text": "start"})]
    old = {"postback": {"title": "Start", "payload": "start"}}
    assert [thing.key for thing in heard(old)] == [f"postback:PSID-1:{AT}"]


def test_a_reply_names_the_message_that_it_quotes():
    assert heard(message(text="This one", reply_to={"mid": "m_1"}))[0].reply_to == "m_1"
    assert heard(message(text="That one"))[0].reply_to is None


@pytest.mark.parametrize(("kind", "name", "content", "mime"), [
    ("image", "a.jpg", {"type": "image"}, "image/jpeg"),
    ("video", "a.mp4", {"type": "video"}, "video/mp4"),
    ("reel", "a.mp4", {"type": "video"}, "video/mp4"),
    ("audio", "a", {"type": "audio"}, ""),
    ("sticker", "a.png", {"type": "image"}, "image/png"),
    ("file", "price%20list.pdf", {"type": "attachment", "label": "price list.pdf", "mimeType": "application/pdf"},
     "application/pdf"),
    ("file", "blob", {"type": "attachment", "label": "File", "mimeType": "application/octet-stream"}, ""),
])  # fmt: skip
def test_a_file_is_fetched_because_its_link_ends(kind, name, content, mime):
    url = f"https://cdn.fbsbx.com/v/{name}?oh=1"
    named = name.replace("%20", " ")
    assert heard(message(attachments=[attachment(kind, {"url": url, "sticker_id": 1})])) == [
        said(content, Media("url", {"url": url}, name=named, mime_type=mime))
    ]


def test_several_files_and_a_text_are_one_message():
    files = [attachment("image", {"url": f"https://cdn.fbsbx.com/{n}.png"}) for n in (1, 2)]
    [thing] = heard(message(text="Both broke", attachments=files))
    assert thing.content == {"type": "text", "text": "Both broke", "items": [{"type": "image"}, {"type": "image"}]}
    assert [(one.at, one.ref["url"][-5:]) for one in thing.media] == [
        ("items.0.url", "1.png"),
        ("items.1.url", "2.png"),
    ]
    [thing] = heard(message(attachments=files))
    assert "text" not in thing.content and len(thing.media) == 2


def test_a_sticker_that_comes_as_an_image_too_is_one():
    given = {"url": "https://cdn.fbsbx.com/thumb.png", "sticker_id": 369}
    [thing] = heard(message(attachments=[attachment("sticker", given), attachment("image", given)]))
    assert (thing.content, len(thing.media)) == ({"type": "image"}, 1)


def test_a_place_a_link_and_a_product_are_shown():
    place = attachment("location", {"coordinates": {"lat": 43.8, "long": -79.5}}, title="Our stand")
    assert heard(message(attachments=[place])) == [
        said({"type": "location", "latitude": 43.8, "longitude": -79.5, "address": "Our stand"})
    ]
    link = attachment("fallback", {"url": "https://x.io/a", "title": "A page"})
    assert heard(message(attachments=[link])) == [said({"type": "text", "text": "A page: https://x.io/a"})]
    assert heard(message(text="https://x.io/a", attachments=[link])) == [
        said({"type": "text", "text": "https://x.io/a"})
    ]
    product = {"id": 1, "title": "Tea", "subtitle": "$3", "image_url": "https://x.io/t.png"}
    asked = message(text="Is it in stock?", attachments=[attachment("template", {"product": {"elements": [product]}})])
    card = {"type": "card", "title": "Tea", "subtitle": "$3", "imageUrl": "https://x.io/t.png"}
    assert heard(asked) == [said({"type": "text", "text": "Is it in stock?", "items": [card]})]


@pytest.mark.parametrize("node", [
    {}, {"text": "  "}, {"attachments": [attachment("fallback")]}, {"attachments": [attachment("image", {})]},
    {"attachments": [attachment("appointment_booking", {"x": 1})]}, {"attachments": [attachment("location", {})]},
])  # fmt: skip
def test_a_message_that_says_nothing_known_is_noted(node):
    [thing] = heard(message(**node))
    assert isinstance(thing, Unknown)


def test_an_unknown_attachment_takes_no_word_with_it():
    assert heard(message(text="Monday", attachments=[attachment("appointment_booking", {"x": 1})])) == [
        said({"type": "text", "text": "Monday"}), Unknown("attachment appointment_booking"),
    ]  # fmt: skip


def test_receipts_name_messages_or_everything_before_a_time():
    assert heard({"delivery": {"mids": ["m_1", "m_2"], "watermark": AT - 5}}) == [
        Receipt("delivered", AT, ("m_1", "m_2"), ANN, AT - 5)
    ]
    assert heard({"delivery": {"watermark": AT - 5}}) == [Receipt("delivered", AT, (), ANN, AT - 5)]
    assert heard({"read": {"watermark": AT - 5}}) == [Receipt("read", AT, (), ANN, AT - 5)]


def test_our_own_echo_tells_the_time_and_another_apps_is_noted():
    def echo(**more):
        return {"sender": {"id": "10"}, "recipient": {"id": "PSID-1"}, **message(text="Hi", is_echo=True, **more)}

    assert heard(echo(app_id=77)) == [Receipt("sent", AT, (MID,))]
    assert heard(echo(app_id=263902037430900)) == heard(echo()) == [Unknown("message_echo")]
    assert heard(echo(app_id=77), config=TOKEN, page="10") == [Unknown("message_echo")]


def test_what_is_said_while_another_app_holds_the_thread_is_on_standby():
    things = heard(message(text="Hello"), {"read": {"watermark": AT}}, box="standby")
    assert things == [Standby(said({"type": "text", "text": "Hello"})), Receipt("read", AT, (), ANN, AT)]
    [pressed] = heard({"postback": {"mid": MID, "title": "Start"}}, box="standby")
    assert pressed.said.content["text"] == "Start"


def test_what_another_app_says_meanwhile_is_its_own():
    def echo(config=PAGE, **more):
        node = message(text="How can I help?", is_echo=True, **more)
        return heard({"sender": {"id": "10"}, "recipient": {"id": "PSID-1"}, **node}, box="standby", config=config)

    words = said({"type": "text", "text": "How can I help?"})
    assert echo(app_id=263902037430900) == [Standby(words, "Meta Business Suite", by_holder=True)]
    assert echo(app_id=99) == echo() == echo({**TOKEN, "pageId": "10"}) == [Standby(words, by_holder=True)]
    assert echo(app_id=77) == []
    assert heard({"sender": {"id": "10"}, **message(is_echo=True), "recipient": {}}, box="standby") == [
        Unknown("message of an unknown form")
    ]


@pytest.mark.parametrize(("kind", "owner", "control"), [
    ("pass", "77", Control(ANN, AT, ours=True)), ("pass", None, Control(ANN, AT, ours=True)),
    ("pass", "263902037430900", Control(ANN, AT, ours=False, holder="Meta Business Suite")),
    ("take", 99, Control(ANN, AT, ours=False)), ("take", None, Control(ANN, AT, ours=False)),
    ("take", 77, Control(ANN, AT, ours=True)),
])  # fmt: skip
def test_the_thread_is_passed_to_us_and_taken_from_us(kind, owner, control):
    assert heard({f"{kind}_thread_control": {"new_owner_app_id": owner, "metadata": "x"}}) == [control]


def test_reactions_edits_referrals_and_optins_are_events():
    heart = {"reaction": "love", "emoji": "❤️", "action": "react", "mid": MID}
    assert heard({"reaction": heart}) == [event(f"reaction:{AT}:{MID}", "reaction", {"externalId": MID, "emoji": "❤️"})]
    assert heard({"reaction": {"action": "unreact", "mid": MID}}) == [
        event(f"reaction:{AT}:{MID}", "reaction", {"externalId": MID}, counts=False)
    ]
    assert heard({"message_edit": {"mid": MID, "text": "Helo!", "num_edit": 2}}) == [
        event(f"edit:2:{MID}", "edited", {"externalId": MID, "text": "Helo!"}, counts=False)
    ]
    came = {"ref": "summer", "source": "SHORTLINK", "type": "OPEN_THREAD"}
    assert heard({"referral": came}) == [event(f"referral:PSID-1:{AT}", "referral", came)]
    started = {"postback": {"mid": MID, "title": "Start", "payload": "start", "referral": came}}
    assert heard(started)[1:] == [event(f"referral:{MID}", "referral", came)]
    plugin = {"ref": "footer"}
    assert heard({"optin": plugin}) == [event(f"optin:PSID-1:{AT}", "optin", plugin)]
    assert not heard({"optin": {"type": "notification_messages", "payload": "x"}})[0].counts


def test_things_come_in_their_order_and_an_odd_one_takes_no_other_with_it():
    odd = [{"message": {"text": "no id"}}, {"message": None}, {"postback": "x"}, {"read": {}}, {"reaction": {}},
           {"request_thread_control": {"metadata": "x"}}, {"sender": {"user_ref": "r"}, **message(text="x")},
           {"timestamp": "soon", **message(text="x")}, {"delivery": {"mids": 5}}]  # fmt: skip
    things = heard(message(text="one"), *odd, message(text="two"))
    assert [thing.content["text"] for thing in things if isinstance(thing, Said)] == ["one", "two"]
    assert sum(isinstance(thing, Unknown) for thing in things) == len(odd)
    assert Unknown("request_thread_control") in things


def test_another_accounts_entries_are_left_alone():
    assert heard(message(text="Hello"), page="20") == [Unknown("entry of another account")]


def test_changes_that_hold_an_event_are_read_and_others_noted():
    value = {"sender": {"id": "PSID-1"}, "recipient": {"id": "10"}, "timestamp": str(AT), **message(text="Hi")}
    changes = [{"field": "messages", "value": value}, {"field": "feed", "value": {"item": "post"}}]
    body = {"object": "page", "entry": [{"id": "10", "changes": changes}]}
    assert ADAPTER.parse(PAGE, json.dumps(body).encode()) == [said({"type": "text", "text": "Hi"}), Unknown("feed")]


def test_a_body_that_is_not_metas_is_a_fault():
    for body in (b"nonsense", b"{}"):
        with pytest.raises((ValueError, KeyError)):
            ADAPTER.parse(PAGE, body)


# Files


def test_a_file_is_fetched_from_its_address_after_redirects():
    ref = {"url": "https://cdn.fbsbx.com/a.png"}
    assert ADAPTER.fetch(PAGE, ref, []).url == ref["url"]
    assert "Authorization" not in ADAPTER.fetch(PAGE, ref, []).headers
    moved = answer(status=302, location="/b.png")
    assert ADAPTER.fetch(PAGE, ref, [moved]).url == "https://cdn.fbsbx.com/b.png"
    assert ADAPTER.fetch(PAGE, ref, [moved, answer()]) is None
    for status, retryable in ((404, False), (403, False), (500, True), (429, True)):
        with pytest.raises(SendError) as caught:
            ADAPTER.fetch(PAGE, ref, [answer(status=status)])
        assert caught.value.retryable == retryable
    with pytest.raises(SendError):
        ADAPTER.fetch(PAGE, ref, [moved] * 4)


@pytest.mark.parametrize(("found", "name"), [
    ({"first_name": "Ann", "last_name": "Lee", "id": "1"}, "Ann Lee"), ({"first_name": "Ann", "id": "1"}, "Ann"),
    ({"id": "1"}, ""),
])  # fmt: skip
def test_meta_tells_who_somebody_is(found, name):
    graph = Graph(**{"GET PSID-1": answer(found)})
    told = graph(ADAPTER.profile(PAGE, Person("PSID-1"), []))
    assert graph.query(0)["fields"] == "first_name,last_name"
    assert ADAPTER.profile(PAGE, Person("PSID-1"), [told])["full name"] == name


@pytest.mark.parametrize(("said", "again"), [(fault(100, 33), False), (fault(190), False), (fault(2), True)])
def test_a_customer_of_whom_meta_tells_nothing(said, again):
    with pytest.raises(SendError) as caught:
        ADAPTER.profile(PAGE, Person("PSID-1"), [said])
    assert caught.value.retryable is again
