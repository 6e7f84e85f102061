"""WhatsApp: set-up, and what its webhooks say."""

import hmac
import json

import pytest

from engine.activity import parse_event, parse_message
from engine.adapters._connecting import Refused
from engine.adapters._inbound import (
    Control,
    Incoming,
    Media,
    Moved,
    Person,
    Receipt,
    Said,
    Standby,
    Unknown,
    Unverified,
)
from engine.adapters._outcomes import SendError
from engine.adapters.whatsapp import ADAPTER, Config
from hubster.lib.http import NetworkError
from tests.adapters.meta_peer import Graph, answer, fault
from tests.adapters.whatsapp_peer import AT, CONFIG, NUMBER, PHONE, USER, WABA, WAMID, body, message, value

TOKEN = {"accessToken": "EAAG-1", "phoneNumberId": NUMBER}
HOOK = "https://hub.example/inbound/customer/v1/whats-app"
KNOWN = {"full name": "Sheena", "username": "@sheena", "phone": f"+{PHONE}"}
SHEENA = Person(PHONE, profile=KNOWN, others=(("", USER),))
HIDDEN = {"profile": {"name": "Sheena"}, "user_id": USER}
FILE = {"id": "2754859441498128", "mime_type": "image/jpeg", "sha256": "x"}


@pytest.fixture(autouse=True)
def app(settings):
    settings.HUBSTER_MESSENGER_API, settings.HUBSTER_WHATSAPP_API = "https://graph.example", ""
    settings.HUBSTER_META_APP_SECRET = settings.HUBSTER_META_APP_ID = ""


def heard(*messages, field="messages", config=CONFIG, **more):
    return ADAPTER.parse(config, body(value(messages=list(messages), **more), field=field))


def said(content, *media, **more):
    parse_message(filled(content, media))  # is of the format
    return Said(SHEENA, WAMID, AT * 1_000, "message", content, media, read_token=WAMID, **more)


def filled(content, media):
    """The content with addresses for its files."""
    whole = json.loads(json.dumps(content))
    for file in media:
        owner = whole["items"][0] if file.at.startswith("items") else whole
        owner["url"] = "https://hub.example/media/1"
    return whole


def event(key, kind, payload, counts=True):
    content = {"type": "payload", "payloadType": f"hubster.{kind}", "payload": payload}
    parse_event(content)
    return Said(SHEENA, key, AT * 1_000, "event", content, counts=counts)


# Set-up


def good(**more):
    return Graph(**{
        f"GET {NUMBER}": answer({"id": NUMBER, "display_phone_number": "+1 555", "verified_name": "Tea shop"}),
        "GET debug_token": told("7", WABA), "GET 7/phone_numbers": answer({"data": [{"id": "1"}]}),
        f"GET {WABA}/phone_numbers": answer({"data": [{"id": "1"}, {"id": NUMBER}]}),
        f"POST {WABA}/subscribed_apps": answer({"success": True}),
        f"DELETE {WABA}/subscribed_apps": answer({"success": True}), **more,
    })  # fmt: skip


def told(*accounts):
    scopes = [{"scope": "whatsapp_business_messaging", "target_ids": ["9"]},
              {"scope": "whatsapp_business_management", "target_ids": list(accounts)}]  # fmt: skip
    return answer({"data": {"app_id": "77", "granular_scopes": scopes}})


def connect(graph, config=TOKEN):
    checked = []
    found = ADAPTER.connect(config, HOOK, graph, checked.append)
    assert checked == [found.account] == [NUMBER]
    return found


def test_the_business_account_that_has_the_number_is_looked_up_and_subscribed():
    graph = good()
    found = connect(graph)
    assert dict(found.configuration) == {**CONFIG, "phoneNumber": "+1 555"}
    assert (ADAPTER.chat_link(found.configuration), ADAPTER.chat_link(CONFIG)) == ("https://wa.me/1555", "")
    assert not ADAPTER.by_hand(CONFIG) and "callback URL" in ADAPTER.by_hand({**CONFIG, "appSecret": "s"})
    assert "Tea shop +1 555" in found.said and HOOK in found.said
    assert graph.calls == [
        ("GET", NUMBER), ("GET", "debug_token"), ("GET", "7/phone_numbers"), ("GET", f"{WABA}/phone_numbers"),
        ("POST", f"{WABA}/subscribed_apps"),
    ]  # fmt: skip
    assert graph.query(1) == {"input_token": "EAAG-1"}


def test_a_business_account_that_is_given_must_have_the_number():
    graph = good()
    assert connect(graph, CONFIG).configuration["businessAccountId"] == WABA
    assert ("GET", "debug_token") not in graph.calls
    with pytest.raises(Refused) as caught:
        connect(good(), {**TOKEN, "businessAccountId": "7"})
    assert caught.value.field == "businessAccountId"


@pytest.mark.parametrize("tells", [told(), told("7"), fault(100), answer({"data": {}})])
def test_where_the_token_does_not_tell_the_account_the_subscription_is_left_to_the_owner(tells):
    graph = good(**{"GET debug_token": tells})
    found = connect(graph, {**TOKEN, "appSecret": "s"})
    assert "businessAccountId" not in found.configuration
    assert "businessAccountId" in found.said and HOOK not in found.said
    assert ("POST", f"{WABA}/subscribed_apps") not in graph.calls


@pytest.mark.parametrize(("wrong", "config", "field", "words"), [
    ({f"GET {NUMBER}": fault(190)}, TOKEN, "accessToken", "Create a new one"),
    ({f"GET {NUMBER}": fault(100, 33)}, TOKEN, "phoneNumberId", "is not known to Meta"),
    ({f"GET {WABA}/phone_numbers": fault(100, 33)}, CONFIG, "businessAccountId", "is not known to Meta"),
    ({f"POST {WABA}/subscribed_apps": fault(200)}, CONFIG, "accessToken", "permissions (200)"),
])  # fmt: skip
def test_a_refusal_names_the_property_and_what_to_do(wrong, config, field, words):
    with pytest.raises(Refused) as caught:
        connect(good(**wrong), config)
    assert caught.value.field == field and words in caught.value.text


def test_a_provider_that_cannot_answer_refuses_nothing():
    for fails in (fault(131016), answer(status=503), fault(80007)):
        with pytest.raises(NetworkError):
            connect(good(**{f"GET {NUMBER}": fails}))


def test_the_end_leaves_a_subscription_that_other_numbers_need():
    graph = good()
    ADAPTER.disconnect(CONFIG, graph)
    assert ("DELETE", f"{WABA}/subscribed_apps") not in graph.calls
    graph = good(**{f"GET {WABA}/phone_numbers": answer({"data": [{"id": NUMBER}]})})
    ADAPTER.disconnect(CONFIG, graph)
    assert graph.calls[-1] == ("DELETE", f"{WABA}/subscribed_apps")
    graph = good()
    ADAPTER.disconnect(TOKEN, graph)
    assert graph.calls == []


def test_the_setting_for_whatsapp_goes_before_the_one_for_meta(settings):
    settings.HUBSTER_WHATSAPP_API = "http://127.0.0.1:9/"
    assert ADAPTER.graph(CONFIG, "GET", NUMBER).url.startswith(f"http://127.0.0.1:9/v26.0/{NUMBER}")


def test_ids_are_digits():
    Config(accessToken="t", phoneNumberId=NUMBER)
    for wrong in ("1/../2", "+1 555", ""):
        with pytest.raises(ValueError):
            Config(accessToken="t", phoneNumberId=wrong)


def test_each_number_gets_its_own_changes():
    one, two = value(messages=[message("text", {"body": "1"})]), value("2", messages=[message("text", {"body": "2"})])
    whole = json.loads(body(one, two, one))
    whole["entry"].append({"id": "9", "changes": [{"field": "account_update", "value": {"event": "X"}}]})
    parts = ADAPTER.route(Incoming("POST", HOOK, {}, {}, json.dumps(whole).encode()))
    assert list(parts) == [NUMBER, "2", "9"]
    assert [thing.content["text"] for thing in ADAPTER.parse(CONFIG, parts[NUMBER])] == ["1", "1"]
    assert ADAPTER.parse(CONFIG, parts["2"]) == [Unknown("change of another number")]
    assert ADAPTER.parse({}, parts["9"]) == [Unknown("account_update")]


def test_a_request_is_signed_by_the_app():
    config, sent = {**CONFIG, "appSecret": "SEC"}, body(value())
    signed = {"x-hub-signature-256": "sha256=" + hmac.new(b"SEC", sent, "sha256").hexdigest()}
    ADAPTER.verify(config, Incoming("POST", HOOK, signed, {}, sent))
    with pytest.raises(Unverified):
        ADAPTER.verify(config, Incoming("POST", HOOK, signed, {}, sent + b" "))


# Who writes


def test_a_person_has_a_number_and_an_id_or_an_id_alone():
    text = message("text", {"body": "Hello"})
    assert heard(text) == [said({"type": "text", "text": "Hello"})]
    del text["from"]
    [thing] = heard(text, contacts=[HIDDEN])
    assert thing.person == Person(USER, profile={"full name": "Sheena"})
    [thing] = heard({**text, "from": PHONE, "from_user_id": None}, contacts=[])
    assert thing.person == Person(PHONE, profile={"phone": f"+{PHONE}"})
    assert heard(text | {"from_user_id": ""}, contacts=[]) == [Unknown("message text of an unknown form")]


def test_each_message_is_its_own_contacts():
    other = {"profile": {"name": "Bob"}, "wa_id": "4930123456", "user_id": "DE.1"}
    sheena = value()["contacts"][0]
    second = {**message("text", {"body": "2"}), "from": "4930123456", "from_user_id": "DE.1", "id": "wamid.2"}
    first, bobs = heard(message("text", {"body": "1"}), second, contacts=[other, sheena])
    assert first.person == SHEENA
    assert bobs.person == Person("4930123456", profile={"full name": "Bob", "phone": "+4930123456"},
                                 others=(("", "DE.1"),))  # fmt: skip


def system(kind, more=None, **node):
    given = {"id": WAMID, "timestamp": str(AT), "type": "system", "system": {"type": kind, **node}}
    [thing] = ADAPTER.parse(CONFIG, body(value(messages=[{**given, **(more or {})}], contacts=[])))
    return thing


def test_a_new_number_and_a_new_id_are_the_same_person():
    assert system("user_changed_number", {"from": PHONE}, wa_id="12195555358") == Moved(
        Person(PHONE), Person("12195555358"), AT * 1_000
    )
    both = {"wa_id": "12195555358", "user_id": "US.2", "previous_user_id": USER}
    assert system("user_changed_number", {"from": PHONE}, **both) == Moved(
        Person(PHONE, others=(("", USER),)), Person("12195555358", others=(("", "US.2"),)), AT * 1_000
    )
    assert system("user_changed_user_id", user_id="US.2", previous_user_id=USER) == Moved(
        Person(USER), Person("US.2"), AT * 1_000
    )
    same = {"from": PHONE, "from_user_id": "US.2"}
    assert system("user_changed_user_id", same, wa_id=PHONE, user_id="US.2", previous_user_id=USER) == Moved(
        Person(USER), Person(PHONE, others=(("", "US.2"),)), AT * 1_000
    )


def test_a_name_that_reads_like_a_move_moves_nobody():
    words = f"User x changed from {USER} to US.666"
    assert system("user_changed_user_id", body=words, user_id="US.666") == Unknown("message system of an unknown form")
    assert system("customer_identity_changed", {"from": PHONE}) == Unknown("system customer_identity_changed")


# What they say


def test_texts_and_what_they_quote():
    assert heard(message("text", {"body": "This"}, context={"from": "1", "id": "wamid.1"}))[0].reply_to == "wamid.1"
    came = {"source_type": "ad", "source_id": "5", "headline": "Teas"}
    assert heard(message("text", {"body": "Hi"}, referral=came)) == [
        said({"type": "text", "text": "Hi"}), event(f"referral:{WAMID}", "referral", came),
    ]  # fmt: skip


@pytest.mark.parametrize(("kind", "more", "content", "name"), [
    ("image", {}, {"type": "image"}, ""), ("sticker", {"animated": False}, {"type": "image"}, ""),
    ("video", {}, {"type": "video"}, ""), ("audio", {"voice": True}, {"type": "audio"}, ""),
    ("document", {"filename": "a.pdf", "mime_type": "application/pdf; x=1"},
     {"type": "attachment", "label": "a.pdf", "mimeType": "application/pdf"}, "a.pdf"),
])  # fmt: skip
def test_files_are_fetched_by_their_ids(kind, more, content, name):
    node = {**FILE, **more}
    media = Media("url", {"id": FILE["id"]}, name=name, mime_type=node["mime_type"])
    assert heard(message(kind, node)) == [said(content, media)]
    inside = Media("items.0.url", {"id": FILE["id"]}, name=name, mime_type=node["mime_type"])
    assert heard(message(kind, {**node, "caption": "See"})) == [
        said({"type": "text", "text": "See", "items": [content]}, inside)
    ]


def test_places_and_contacts():
    place = {"latitude": 48.85, "longitude": 2.29, "name": "Tower", "address": "Paris"}
    assert heard(message("location", place)) == [
        said({"type": "location", "latitude": 48.85, "longitude": 2.29, "address": "Tower, Paris"})
    ]
    eva = {"name": {"formatted_name": "Eva Green"}, "org": {"company": "Tea Ltd"},
           "phones": [{"phone": "+1 416", "type": "CELL", "wa_id": "1416"}],
           "emails": [{"email": "e@x.io"}]}  # fmt: skip
    card = {"type": "contact", "title": "Eva Green", "subtitle": "Tea Ltd", "properties": [
        {"key": "Phone", "value": "+1 416", "type": "phone;cell"},
        {"key": "Email", "value": "e@x.io", "type": "email"}]}  # fmt: skip
    assert heard(message("contacts", [eva])) == [said(card)]
    assert heard(message("contacts", [eva, eva])) == [said({"type": "text", "items": [card, card]})]


@pytest.mark.parametrize(("origin", "phone"), [("contact_request", "+1 555"), ("other", None), (None, None)])
def test_a_number_that_a_customer_gives_is_their_own_only_when_it_was_asked_for(origin, phone):
    given = message("contacts", [{"vcard": "BEGIN:VCARD", "phones": [{"phone": "+1 555"}]}], origin=origin)
    del given["from"]
    [thing] = heard(given, contacts=[HIDDEN])
    assert thing.person.profile.get("phone") == phone
    assert thing.content["title"] == "+1 555"


def test_what_is_pressed_says_its_id_or_its_place():
    offered = {"from": "1", "id": "wamid.out"}
    button = {"type": "button_reply", "button_reply": {"id": "tea-2", "title": "Black"}}
    assert heard(message("interactive", button, context=offered)) == [
        said({"type": "text", "text": "tea-2"}, reply_to="wamid.out")
    ]
    row = {"type": "list_reply", "list_reply": {"id": "#12", "title": "Black", "description": "d"}}
    assert heard(message("interactive", row, context=offered)) == [
        said({"type": "text", "text": "Black"}, pressed=("wamid.out", 12), reply_to="wamid.out")
    ]
    assert heard(message("button", {"payload": "yes-1", "text": "Yes"})) == [said({"type": "text", "text": "yes-1"})]
    assert heard(message("button", {"text": "Yes"})) == [said({"type": "text", "text": "Yes"})]


def test_forms_and_orders_are_texts_and_events():
    form = {"name": "flow", "body": "Sent", "response_json": '{"flow_token": "t", "day": "Monday", "seats": 2}'}
    assert heard(message("interactive", {"type": "nfm_reply", "nfm_reply": form})) == [
        said({"type": "text", "text": "day: Monday\nseats: 2"}),
        event(f"form:{WAMID}", "form", {"externalId": WAMID, "name": "flow", "answers": {"day": "Monday", "seats": 2}}),
    ]
    order = {"catalog_id": "c", "text": "Please", "product_items": [
        {"product_retailer_id": "tea", "quantity": 2, "item_price": 4.5, "currency": "EUR"}]}  # fmt: skip
    assert heard(message("order", order)) == [
        said({"type": "text", "text": "Please\n2 × tea: 4.5 EUR"}),
        event(f"order:{WAMID}", "order", {"externalId": WAMID, **order}),
    ]


def test_reactions_edits_and_deletions_are_events():
    assert heard(message("reaction", {"message_id": "wamid.1", "emoji": "❤️"})) == [
        event(WAMID, "reaction", {"externalId": "wamid.1", "emoji": "❤️"})
    ]
    assert heard(message("reaction", {"message_id": "wamid.1"})) == [
        event(WAMID, "reaction", {"externalId": "wamid.1"}, counts=False)
    ]
    edit = {"original_message_id": "wamid.1", "message": {"type": "text", "text": {"body": "New"}}}
    assert heard(message("edit", edit)) == [
        event(WAMID, "edited", {"externalId": "wamid.1", "text": "New"}, counts=False)
    ]
    assert heard(message("revoke", {"original_message_id": "wamid.1"})) == [
        event(WAMID, "deleted", {"externalId": "wamid.1"}, counts=False)
    ]
    poll = message("unsupported", {"type": "poll"}, errors=[{"code": 131051}])
    assert heard(poll) == [event(WAMID, "unsupported", {"externalId": WAMID, "kind": "poll"})]


def test_statuses_are_receipts_with_price_and_reason():
    price = {"billable": True, "pricing_model": "PMP", "category": "utility", "type": "regular"}
    base = {"id": "wamid.out", "timestamp": str(AT), "recipient_id": PHONE, "recipient_user_id": USER}
    paid = {**base, "status": "sent", "pricing": price}
    kinds = [{**base, "status": kind} for kind in ("delivered", "read", "played")]
    things = ADAPTER.parse(CONFIG, body(value(statuses=[paid, *kinds])))
    at = AT * 1_000
    assert things == [
        Receipt("sent", at, ("wamid.out",), price=price), Receipt("delivered", at, ("wamid.out",)),
        Receipt("read", at, ("wamid.out",)), Receipt("read", at, ("wamid.out",)),
    ]  # fmt: skip
    errors = [{"code": 131042, "title": "Business eligibility payment issue"}]
    [failed] = ADAPTER.parse(CONFIG, body(value(statuses=[{**base, "status": "failed", "errors": errors}])))
    assert (failed.status, failed.error.pauses, failed.error.scope) == ("failed", True, "account")
    closed = {**base, "status": "failed", "errors": [{"code": 131047}]}
    assert ADAPTER.parse(CONFIG, body(value(statuses=[closed])))[0].error.window_closed


def echo(kind, node, **more):
    return {"from": "1555", "to": PHONE, "id": "wamid.echo", "timestamp": str(AT), "type": kind, kind: node, **more}


def test_what_another_handler_holds_is_on_standby():
    buttons = {"type": "button", "body": {"text": "Which size?"}, "action": {}}
    spoken = [echo("text", {"body": "Hello"}, to_user_id=USER), echo("interactive", buttons)]
    odd = [{}, 5, {"type": "template"}, echo("hologram", {})]
    things = ADAPTER.parse(CONFIG, body(
        value(messages=[message("text", {"body": "Hi"})], message_echoes=[*odd, *spoken],
              statuses=[{"id": "wamid.1", "status": "read", "timestamp": str(AT)}]), field="standby"))  # fmt: skip
    assert things == [
        Standby(said({"type": "text", "text": "Hi"})), Receipt("read", AT * 1_000, ("wamid.1",)),
        *[Unknown("message_echo of an unknown form")] * 3, Unknown("message_echo hologram"),
        holder("Hello", Person(PHONE, others=(("", USER),))), holder("Which size?", Person(PHONE)),
    ]  # fmt: skip


def holder(text, person):
    words = Said(person, "wamid.echo", AT * 1_000, "message", {"type": "text", "text": text})
    return Standby(words, by_holder=True)


def test_the_thread_is_passed_to_us_and_taken_from_us():
    def told(number=NUMBER, **more):
        sender = {"phone_number": f"+{PHONE}", "user_id": USER}
        change = {"recipient": {"phone_number_id": number}, "sender": sender, "timestamp": str(AT), **more}
        sent = body(change, field="messaging_handovers")
        assert list(ADAPTER.route(Incoming("POST", "", {}, {}, sent))) == [number]
        return ADAPTER.parse(CONFIG, sent)

    person = Person(PHONE, others=(("", USER),))
    assert told(control_passed={"metadata": "x"}) == [Control(person, AT * 1_000, ours=True)]
    assert told(control_taken={}) == [Control(person, AT * 1_000, ours=False)]
    assert told() == [Unknown("messaging_handovers")]
    assert told(sender={}) == [Unknown("messaging_handovers of an unknown form")]
    assert told("1", control_passed={}) == [Unknown("change of another number")]


def test_things_come_in_their_order_and_an_odd_one_takes_no_other_with_it():
    odd = [
        message("text", {}), message("image", {}), message("location", {"latitude": "x"}), message("hologram", {}),
        message("interactive", {"type": "call_permission_reply"}), message("contacts", []), message("order", {}),
        message("text", {"body": " "}), message("interactive", {}), {"type": "text"}, 5,
        message("text", {"body": "x"}, timestamp="soon"), message("text", {"body": "x"}, group_id="g"),
    ]  # fmt: skip
    things = heard(message("text", {"body": "one"}), *odd, message("text", {"body": "two"}), errors=[{"code": 1}])
    assert [thing.content["text"] for thing in things if isinstance(thing, Said)] == ["one", "two"]
    assert sum(isinstance(thing, Unknown) for thing in things) == len(odd) + 1
    for statuses in ([{}], [5], [{"id": "x", "status": "warning", "timestamp": "1"}]):
        assert isinstance(ADAPTER.parse(CONFIG, body(value(statuses=statuses)))[0], Unknown)


def test_a_body_that_is_not_metas_is_a_fault():
    for wrong in (b"nonsense", b"{}"):
        with pytest.raises((ValueError, KeyError)):
            ADAPTER.parse(CONFIG, wrong)


# Files


def test_a_file_takes_two_calls_and_the_token_goes_to_its_host_only():
    ref = {"id": FILE["id"]}
    first = ADAPTER.fetch(CONFIG, ref, [])
    assert first.url == f"https://graph.example/v26.0/{FILE['id']}?phone_number_id={NUMBER}"
    tells = answer({"url": "https://lookaside.example/a?x=1", "mime_type": "image/jpeg"})
    second = ADAPTER.fetch(CONFIG, ref, [tells])
    assert (second.url, second.headers) == ("https://lookaside.example/a?x=1", {"Authorization": "Bearer EAAG-1"})
    assert ADAPTER.fetch(CONFIG, ref, [tells, answer()]) is None
    moved = ADAPTER.fetch(CONFIG, ref, [tells, answer(status=302, location="https://cdn.example/a")])
    assert (moved.url, dict(moved.headers)) == ("https://cdn.example/a", {})


@pytest.mark.parametrize(("answers", "retryable"), [
    ([fault(100, 33)], False), ([fault(131016, status=500)], True), ([answer(status=503)], True),
    ([answer({})], False), ([answer({"url": "https://x.io/a"}), answer(status=404)], False),
    ([answer({"url": "https://x.io/a"}), answer(status=500)], True),
])  # fmt: skip
def test_a_file_that_does_not_come(answers, retryable):
    with pytest.raises(SendError) as caught:
        ADAPTER.fetch(CONFIG, {"id": "1"}, answers)
    assert caught.value.retryable == retryable


def test_a_dead_token_is_no_lost_file():
    with pytest.raises(SendError, match="access token") as caught:
        ADAPTER.fetch(CONFIG, {"id": "1"}, [fault(190, status=401)])
    assert caught.value.pauses
