"""Every message and event type: the documents' examples read back field for field, every fault with its code."""

import copy

import pytest

from engine import pipeline
from tests.background import do_run
from tests.two_tenants import codes_of, fault_of, snapshot

HINTS = [{"type": "Webchat", "metadata": [{"key": "caption-show", "value": "true"},
                                          {"key": "caption-color", "value": "white"}]}]  # fmt: skip
CONTACT = {
    "type": "contact", "imageUrl": "https://site.com/eva.png", "title": "Eva Green", "subtitle": "Mighty Health",
    "properties": [
        {"key": "Title", "value": "Health Advisor/Coach"},
        {"key": "Address", "value": "123 Main Street, Maple, ON", "type": "address;work"},
        {"key": "Cell", "value": "(416) 555-0001", "type": "phone;cell"},
        {"key": "Email", "value": "eva@mightyhealth.com", "type": "email"},
    ],
    "channels": HINTS,
}  # fmt: skip
ACTIONS = [
    {"type": "postback", "title": "Yes", "payload": "Yes", "channels": HINTS},
    {"type": "reply", "title": "No", "payload": "No", "channels": HINTS},
    {"type": "link", "title": "hubster", "url": "https://hubster.io", "channels": HINTS},
]
ENTRY = {
    "title": "Alien", "content": "Lorem Ipsum is...", "urlType": "image", "url": "http://site.com/image1.png",
    "actions": [{"type": "reply", "title": "Select", "payload": "Alien"},
                {"type": "link", "title": "More Info", "url": "https://hubster.io"}],
}  # fmt: skip
MESSAGES = {
    "text": {"type": "text", "text": "Hello there, how can I help you?"},
    "text with items": {"type": "text", "text": "Here's my contact info", "items": [CONTACT]},
    "text with actions": {"type": "text", "text": "Select one of the following options", "actions": ACTIONS},
    "items without text": {"type": "text", "items": [{"type": "image", "url": "https://site.com/a.png"}]},
    "youtube": {"type": "youtube", "url": "https://youtube.com/watch?v=x1245b"},
    "youtube embed": {"type": "youtube", "url": "https://youtube.com/embed/x1245b"},
    "youtu.be": {"type": "youtube", "url": "https://youtu.be/watch?v=x1245b"},
    "vimeo": {"type": "vimeo", "url": "player.vimeo.com/video/12345678"},
    "video": {"type": "video", "url": "http://site.com/myvideo.mp4", "label": "A", "mimeType": "video/mp4"},
    "audio": {"type": "audio", "url": "http://site.com/myaudio.mp3"},
    "image": {"type": "image", "url": "http://site.com/myimage.png", "alt": "Some alternate text", "title": "Eva Green",
              "urlAnchor": "https://hubster.io", "channels": HINTS},
    "attachment": {"type": "attachment", "label": "Year end report", "mimeType": "pdf", "url": "http://site.com/f.pdf"},
    "attachment with its size": {
        "type": "attachment", "label": "Report", "mimeType": "pdf", "url": "http://site.com/f.pdf", "size": 48213,
    },
    "location": {"type": "location", "address": "2640 Matheson, Mississauga, ON", "latitude": 43.8425254,
                 "longitude": -79.5240196},
    "an address": {"type": "location", "address": "2640 Matheson, Mississauga, ON"},
    "coordinates": {"type": "location", "latitude": -90.0, "longitude": 180.0},
    "contact": CONTACT,
    "card": {"type": "card", "urlType": "image", "imageUrl": "https://site.com/car.png", "title": "Victorious",
             "subtitle": "European style", "content": "Lorem Ipsum is simply...", "channels": HINTS},
    "youtube card": {"type": "card", "urlType": "youtube", "imageUrl": "https://youtube.com/embed/abc",
                     "title": "Cosmic Journeys", "subtitle": "Space Odyssey",
                     "fallbackImageUrl": "https://site.com/f.png"},
    "list": {"type": "list", "items": [ENTRY, {**ENTRY, "title": "Red Baron"}], "channels": HINTS,
             "actions": [{"type": "postback", "title": "See more options", "payload": "More Options"},
                         {"type": "link", "title": "Check our catalog", "url": "https://hubster.io"}]},
    "carousel": {"type": "carousel", "items": [ENTRY]},
}  # fmt: skip
PAYLOAD = {
    "type": "payload",
    "payloadType": "my.payload.01",
    "payload": {"data1": "value1", "Data2": {"Deep": [1, None]}},
}
EVENTS = {"payload": PAYLOAD, **{name: {"type": name} for name in ("seen", "typing_on", "typing_off")}}
OFFERED = {**{name: ("message", node) for name, node in MESSAGES.items()},
           **{name: ("event", node) for name, node in EVENTS.items()}}  # fmt: skip


def post(pair, kind, node, sender="agent"):
    body = {"externalId": "my-external-id", kind: node}
    if sender == "agent":
        body["sender"] = {"integrationId": pair.own.agent_id}
    url = f"/inbound/customer/v1/direct/activity/{pair.own.conversation_id}"
    return pair.clients["engine"].post(url, body, format="json")


def read(pair, event_id):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "STEPS", pipeline.DESTINATION)  # as it was sent: nothing is enriched
        do_run(pair.own.conversation_id)
    url = f"/api/v1/interactions/activities/{pair.own.conversation_id}?type=customer&leid={event_id - 1}"
    rows = pair.clients["engine"].get(url).json()
    assert len(rows) == 1
    return rows[0]


@pytest.mark.parametrize("name", OFFERED)
def test_the_documents_example_is_accepted_and_read_back_field_for_field(pair, name):
    kind, node = OFFERED[name]
    answer = post(pair, kind, node)
    assert answer.status_code == 200, answer.content
    shown = read(pair, answer.json()["eventId"])
    assert shown[kind] == node
    assert (shown["type"], shown["externalId"], shown["isEcho"]) == (kind, "my-external-id", False)
    assert ("interactionId" in shown) is ("interactionId" in answer.json()) is (kind == "message")


@pytest.mark.parametrize("name", [name for name in OFFERED if name not in ("list", "carousel")])
def test_customers_may_send_all_but_lists_and_carousels(pair, name):
    assert post(pair, *OFFERED[name], sender="customer").status_code == 200


@pytest.mark.parametrize("name", ["list", "carousel"])
def test_customers_may_not_send_lists_and_carousels(pair, name):
    answer = post(pair, *OFFERED[name], sender="customer")
    assert (answer.status_code, codes_of(answer)) == (400, ["ENG005002"])


MANDATORY = [
    ("text", "type", "5001"), ("text", "text", "5023"), ("youtube", "url", "5001"), ("vimeo", "url", "5001"),
    ("video", "url", "5001"), ("audio", "url", "5001"), ("image", "url", "5001"), ("attachment", "label", "5001"),
    ("attachment", "mimeType", "5001"), ("attachment", "url", "5001"), ("an address", "address", "5024"),
    ("coordinates", "latitude", "5024"), ("coordinates", "longitude", "5024"), ("contact", "title", "5001"),
    ("contact", "properties.0.key", "5001"), ("contact", "properties.0.value", "5001"),
    ("contact", "channels.0.type", "5001"), ("contact", "channels.0.metadata.0.key", "5001"),
    ("contact", "channels.0.metadata.0.value", "5001"), ("carousel", "items.0.actions.0.title", "5001"),
    ("carousel", "items.0.actions.1.url", "5001"), ("list", "actions.0.payload", "5001"),
    ("list", "actions.1.type", "5001"),
    ("list", "items", "5001"), ("list", "items.0.urlType", "5001"), ("carousel", "items", "5001"),
    ("text with items", "items.0.type", "5001"), ("text with items", "items.0.title", "5001"),
    ("text with actions", "actions.0.type", "5001"), ("text with actions", "actions.0.title", "5001"),
    ("text with actions", "actions.0.payload", "5001"), ("text with actions", "actions.1.title", "5001"),
    ("text with actions", "actions.1.payload", "5001"), ("text with actions", "actions.2.title", "5001"),
    ("text with actions", "actions.2.url", "5001"), ("payload", "type", "5001"), ("payload", "payloadType", "5001"),
    ("payload", "payload", "5001"),
]  # fmt: skip


@pytest.mark.parametrize("absent", ["missing", None])
@pytest.mark.parametrize(("name", "path", "code"), MANDATORY)
def test_each_mandatory_property_that_is_missing_or_null_has_its_code(pair, name, path, code, absent):
    kind, node = OFFERED[name][0], copy.deepcopy(OFFERED[name][1])
    *steps, last = path.split(".")
    target = node
    for step in steps:
        target = target[int(step) if step.isdigit() else step]
    if absent is None:
        target[last] = None
    else:
        del target[last]
    before = snapshot()
    answer = post(pair, kind, node)
    assert (answer.status_code, codes_of(answer)) == (400, [f"ENG00{code}"]), answer.content
    parent = f"{kind}." + "".join(f"[{step}]" if step.isdigit() else f".{step}" for step in steps).lstrip(".")
    assert parent.rstrip(".").split("[")[0] in answer.json()["errors"][0]["description"]
    assert snapshot() == before


WRONG = [
    ("list", {"items": []}, "ENG005015"), ("carousel", {"items": []}, "ENG005015"),
    ("text", {"text": " \n"}, "ENG005023"),
    *[("attachment", {"size": size}, "ENG000201") for size in ("12", 1.5, True, [])],
    *[("attachment", {"size": size}, "ENG000207") for size in (-1, 2**53)],
    ("text", {"text": "", "items": [], "actions": []}, "ENG005023"), ("text", {"text": 5}, "ENG000201"),
    ("text", {"text": "x" * 20_001}, "ENG000207"), ("text", {"type": "telegram"}, "ENG005002"),
    ("text", {"items": "x"}, "ENG000201"), ("text", {"items": [{"type": "text", "text": "x"}]}, "ENG005002"),
    ("text", {"items": [{"type": "image", "url": "https://x.io"}] * 51}, "ENG000207"),
    ("text", {"items": [5]}, "ENG005001"),
    ("text", {"actions": [{"type": "jump"}]}, "ENG005002"), ("coordinates", {"latitude": "north"}, "ENG005021"),
    ("coordinates", {"latitude": 90.1}, "ENG000207"), ("coordinates", {"longitude": -180.1}, "ENG000207"),
    ("coordinates", {"latitude": []}, "ENG005021"), ("coordinates", {"longitude": False}, "ENG005021"),
    ("location", {"latitude": None}, "ENG005024"),
    ("an address", {"address": ""}, "ENG005024"), ("card", {"urlType": "hologram"}, "ENG005002"),
    ("card", {"url": "https://x.io", "urlType": None}, "ENG005001"), ("payload", {"payload": "text"}, "ENG000201"),
    ("payload", {"payload": []}, "ENG000201"), ("payload", {"type": "explode"}, "ENG005002"),
    *((kind, {"items": [{"title": "a"}, entry]}, code) for kind in ("list", "carousel") for entry, code in (
        ({"type": "banana", "title": "a"}, "ENG005002"), ({"type": "location", "address": "X"}, "ENG005002"),
        ({"type": "list", "items": [{"title": "a"}]}, "ENG005002"), ({"type": 5, "title": "a"}, "ENG005002"),
        ({}, "ENG005001"), ({"type": "image"}, "ENG005001"), ({"title": " ", "actions": []}, "ENG005001"),
        ({"unknown": "x", "title": None}, "ENG005001"), ({"type": "card", "url": "https://x.io"}, "ENG005001"),
    )),
    ("payload", {"payloadType": ""}, "ENG005001"), ("contact", {"properties": {}}, "ENG000201"),
    ("image", {"url": "https://x.io/" + "a" * 2048}, "ENG000207"), ("image", {"url": ""}, "ENG008501"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "code"), WRONG)
def test_each_wrong_value_has_its_code_and_names_its_place(pair, name, change, code):
    kind, node = OFFERED[name]
    answer = post(pair, kind, {**node, **change})
    assert (answer.status_code, codes_of(answer)) == (400, [code]), answer.content
    assert f"'{kind}" in answer.json()["errors"][0]["description"]


def test_every_fault_of_a_message_is_listed(pair):
    node = {
        "type": "text",
        "items": [{"type": "image"}, {"type": "video", "url": "data:x"}],
        "actions": [{"type": "link"}],
    }
    answer = post(pair, "message", node)
    assert sorted(codes_of(answer)) == ["ENG005001", "ENG005001", "ENG005001", "ENG008501"]


@pytest.mark.parametrize(
    "given", [{"TYPE": "Text", "TEXT": "x"}, {"type": "TEXT", "text": "x", "unknown": 1, "": None}]
)
def test_names_in_any_case_and_unknown_properties_are_no_faults(pair, given):
    answer = post(pair, "message", given)
    assert read(pair, answer.json()["eventId"])["message"] == {"type": "text", "text": "x"}


def test_types_are_accepted_in_any_case_at_every_depth(pair):
    items = [
        {"type": "Image", "url": "https://x.io/a.png"},
        {"type": "CARD", "urlType": "Image", "url": "https://x.io"},
    ]
    answer = post(
        pair,
        "message",
        {"type": "Text", "items": items, "actions": [{"Type": "Reply", "title": "a", "payload": ""}]},
    )
    shown = read(pair, answer.json()["eventId"])["message"]
    assert [item["type"] for item in shown["items"]] == ["image", "card"]
    assert shown["items"][1]["urlType"] == "image"
    assert shown["actions"][0]["type"] == "reply"
    assert post(pair, "event", {"type": "Typing_On"}).status_code == 200


@pytest.mark.parametrize("kind", ["list", "carousel"])
@pytest.mark.parametrize("media", ["image", "youtube", "vimeo", "Video", "AUDIO"])
def test_an_entry_may_be_a_message_of_media(pair, kind, media):
    answer = post(pair, "message", {"type": kind, "items": [{"type": media, "url": "https://x.io/a"}]})
    shown = read(pair, answer.json()["eventId"])["message"]
    assert shown["items"] == [{"type": media.lower(), "url": "https://x.io/a"}]


def test_one_property_in_two_spellings_is_refused(pair):
    answer = post(pair, "message", {"type": "text", "text": "a", "Text": "b"})
    assert (answer.status_code, codes_of(answer)) == (400, ["ENG005002"])


DANGEROUS = [
    "javascript:alert(1)", "JavaScript:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "\x01javascript:alert(1)", "javascript&colon;alert(1)", "javascript:1", "javascript:1/alert(1)",
    "javascript:0;alert(1)",
    "javascript://hubster.io/%0aalert(1)", "javascript:1.5", "\u00a0javascript:alert(1)", "java\u200bscript:alert(1)",
    "&#106;avascript:alert(1)", "data:text/html,x", "DATA:text/html;base64,PHNjcmlwdD4=", "data:1,x",
    "vbscript:msgbox(1)",
    "VBScript:1", "file:///etc/passwd", "blob:https://x.io/1", "about:blank", "view-source:https://x.io",
    "ftp://x.io/a",
    "//evil.com/x", "/relative", "relative", "https:/x.io", "https:x.io", "https://", "http:///x", "https:\\\\x.io",
    "https://x.io\\@evil.com", "https://x.io/<script>", "https://x.io/\"onload=\"x", "https://x.io/a b",
    "https://x.io/\x7f",
    "https://x.io/\r\nSet-Cookie:a", "intent://x#Intent;end", "x.io:javascript:1", "jar:https://x.io!/",
    "livescript:x.y",
]  # fmt: skip
PLACES = {
    "image.url": lambda url: {"type": "image", "url": url},
    "image.urlAnchor": lambda url: {"type": "image", "url": "https://x.io", "urlAnchor": url},
    "youtube": lambda url: {"type": "youtube", "url": url}, "vimeo": lambda url: {"type": "vimeo", "url": url},
    "video": lambda url: {"type": "video", "url": url}, "audio": lambda url: {"type": "audio", "url": url},
    "attachment": lambda url: {"type": "attachment", "label": "a", "mimeType": "pdf", "url": url},
    "contact": lambda url: {"type": "contact", "title": "a", "imageUrl": url},
    "card.url": lambda url: {"type": "card", "urlType": "image", "url": url},
    "card.imageUrl": lambda url: {"type": "card", "imageUrl": url},
    "card.fallback": lambda url: {"type": "card", "fallbackImageUrl": url},
    "link": lambda url: {"type": "text", "text": "a", "actions": [{"type": "link", "title": "a", "url": url}]},
    "item": lambda url: {"type": "text", "items": [{"type": "image", "url": url}]},
    "entry": lambda url: {"type": "list", "items": [{"urlType": "image", "url": url}]},
    "entry action": lambda url: {"type": "list", "items": [{"actions": [{"type": "link", "title": "a", "url": url}]}]},
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_a_dangerous_address_is_refused_wherever_it_stands(pair, place):
    before, accepted = snapshot(), []
    for url in DANGEROUS:
        answer = post(pair, "message", PLACES[place](url))
        if answer.status_code != 400 or codes_of(answer) not in (["ENG008501"], ["ENG000201"]) or fault_of(answer):
            accepted.append((url, answer.status_code))
    assert accepted == []
    assert snapshot() == before


@pytest.mark.parametrize("url", ["https://x.io", "HTTP://X.IO:8080/a?b=c#d", "x.io/a.png", "www.x.io",
"https://x.io/(a)_b",
                                 "http://localhost:5000/x", "https://[2001:db8::1]/x", "https://m\u00fcnchen.de/\u00e4",
                                 "m\u00fcnchen.de/x", "https://x.io/a%20b?u=https://y.io",
                                 "http://10.0.0.1/a"])  # fmt: skip
def test_an_ordinary_address_is_accepted_as_it_is(pair, url):
    answer = post(pair, "message", {"type": "image", "url": url})
    assert read(pair, answer.json()["eventId"])["message"]["url"] == url


@pytest.mark.parametrize(("url", "status"), [("mailto:ann@x.io", 200), ("tel:+14165550001", 200), ("mailto:a b", 400),
                                             ("tel:", 400), ("sms:1", 400)])  # fmt: skip
def test_a_link_may_also_write_or_call(pair, url, status):
    assert post(pair, "message", PLACES["link"](url)).status_code == status
    assert post(pair, "message", PLACES["image.url"](url)).status_code == 400
