"""Messages to Telegram: each type in its native form, within every limit, and nothing is lost."""

import inspect
import json
import re

import pytest
import telegram
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.activity import parse_message
from engine.adapters._base import Choice, Envelope, Rendered
from engine.adapters._blocks import Buttons, Card, Page, Person, Picture, blocks_of
from engine.adapters.telegram import ADAPTER
from tests.adapters.messages import ACTIONS, MESSAGES, parts_of

CONFIG = {"botToken": "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw8"}
CLEAR = {"reply_markup": {"remove_keyboard": True}}
PICTURE, OTHER = "https://x.io/a.png", "https://x.io/b.jpg"


def envelope(address="42", scope="", **activity):
    return Envelope("h", "t", "i", "c", {}, activity, "d", 0, address=address, scope=scope)


def render(message, **where) -> Rendered:
    return ADAPTER.render(CONFIG, envelope(message=parse_message(message), **where))


def method_of(request):
    return request.url.rpartition("/")[2]


def calls(rendered):
    """(method, parameters without the chat) of each request."""
    found = []
    for request in rendered.requests:
        params = json.loads(request.body)
        assert params.pop("chat_id") == 42
        found.append((method_of(request), params))
    return found


def inline(*rows):
    return {"inline_keyboard": [[row] for row in rows]}


def reply(title, payload):
    return {"type": "reply", "title": title, "payload": payload}


def postback(title, payload, **more):
    return {"type": "postback", "title": title, "payload": payload, **more}


def link(title, url):
    return {"type": "link", "title": title, "url": url}


NATIVE = [
    ({"type": "text", "text": "Hello"}, "sendMessage", {"text": "Hello"}),
    ({"type": "image", "url": PICTURE}, "sendPhoto", {"photo": PICTURE}),
    ({"type": "image", "url": PICTURE, "title": "Leaf"}, "sendPhoto", {"photo": PICTURE, "caption": "Leaf"}),
    (
        {"type": "image", "url": PICTURE, "alt": "A leaf", "urlAnchor": "https://x.io/"},
        "sendPhoto", {"photo": PICTURE, "caption": "A leaf\nhttps://x.io/"},
    ),
    ({"type": "image", "url": "https://x.io/a.gif"}, "sendAnimation", {"animation": "https://x.io/a.gif"}),
    ({"type": "image", "url": "x.io/picture"}, "sendPhoto", {"photo": "https://x.io/picture"}),
    ({"type": "image", "url": "https://x.io/a.avif"}, "sendMessage", {"text": "https://x.io/a.avif"}),
    (
        {"type": "video", "url": "https://x.io/a.mp4", "label": "How to"},
        "sendVideo", {"video": "https://x.io/a.mp4", "caption": "How to"},
    ),
    ({"type": "video", "url": "https://x.io/a.webm"}, "sendMessage", {"text": "https://x.io/a.webm"}),
    ({"type": "audio", "url": "https://x.io/a.mp3"}, "sendAudio", {"audio": "https://x.io/a.mp3"}),
    ({"type": "audio", "url": "https://x.io/a.ogg"}, "sendVoice", {"voice": "https://x.io/a.ogg"}),
    (
        {"type": "attachment", "label": "Report", "mimeType": "application/pdf", "url": "https://x.io/r"},
        "sendDocument", {"document": "https://x.io/r", "caption": "Report"},
    ),
    (
        {"type": "attachment", "label": "Report", "mimeType": "text/csv", "url": "https://x.io/r.csv"},
        "sendMessage", {"text": "Report: https://x.io/r.csv"},
    ),
    ({"type": "youtube", "url": "https://youtu.be/x1245b"}, "sendMessage", {"text": "https://youtu.be/x1245b"}),
    ({"type": "location", "latitude": 1.5, "longitude": 2.5}, "sendLocation", {"latitude": 1.5, "longitude": 2.5}),
    (
        {"type": "location", "latitude": 1.5, "longitude": 2.5, "address": "Tea House, 1 Main St"},
        "sendVenue",
        {"latitude": 1.5, "longitude": 2.5, "title": "Tea House", "address": "Tea House, 1 Main St"},
    ),
    (
        {"type": "location", "address": "1 Main St"},
        "sendMessage", {"text": "1 Main St\nhttps://maps.google.com/?q=1%20Main%20St"},
    ),
    (
        {"type": "contact", "title": "Eva", "properties": [{"key": "Mail", "value": "e@x.io", "type": "email"}]},
        "sendMessage", {"text": "Eva\nMail: e@x.io"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("message", "method", "params"), NATIVE)
def test_each_type_has_its_native_form_or_the_nearest_text(message, method, params):
    assert calls(render(message)) == [(method, {**params, **CLEAR})]


def test_the_nearest_form_is_told():
    notes = [render(message).degraded for message, _method, _params in NATIVE]
    assert [bool(each) for each in notes] == [
        "avif" in str(message) or "webm" in str(message) or "csv" in str(message) or method == "sendMessage"
        and message["type"] in ("location", "contact")
        for message, method, _params in NATIVE
    ]  # fmt: skip


def test_a_contact_is_a_card_that_phones_can_save():
    properties = [{"key": "Cell", "value": "(416) 555-0001", "type": "phone;cell"}]
    ((method, params),) = calls(render({"type": "contact", "title": "Eva Green", "properties": properties}))
    assert (method, params["phone_number"], params["first_name"]) == ("sendContact", "(416) 555-0001", "Eva Green")
    assert "TEL;TYPE=CELL:(416) 555-0001" in params["vcard"]


def test_a_contact_that_is_too_large_is_a_text_as_well():
    properties = [{"key": "Cell", "value": "0123", "type": "phone"}, {"key": "Likes", "value": "tea " * 600}]
    rendered = render({"type": "contact", "title": "Eva", "properties": properties})
    (first, card), (second, text) = calls(rendered)
    assert (first, card) == ("sendContact", {"phone_number": "0123", "first_name": "Eva", **CLEAR})
    assert (second, text["text"].startswith("Eva\nCell: 0123\nLikes: tea tea")) == ("sendMessage", True)
    assert rendered.degraded


def test_buttons_stand_below_the_text():
    actions = [postback("First", "tea-1"), reply("None", "none"), link("All", "https://x.io/"), postback("Odd", "#1")]
    rendered = render({"type": "text", "text": "Which?", "actions": actions})
    keyboard = inline(
        {"text": "First", "callback_data": "tea-1"}, {"text": "None", "callback_data": "None"},
        {"text": "All", "url": "https://x.io/"}, {"text": "Odd", "callback_data": "#2"},
    )  # fmt: skip
    assert calls(rendered) == [("sendMessage", {"text": "Which?", "reply_markup": keyboard})]
    assert rendered.choices == (Choice("First", "tea-1"), Choice("None", "None"), Choice("Odd", "#1"))
    assert (rendered.degraded, rendered.numbered) == ((), False)


@pytest.mark.parametrize(
    ("payload", "data"),
    [
        ("x" * 64, "x" * 64),
        ("x" * 65, "#0"),
        ("ä" * 32, "ä" * 32),
        ("ä" * 33, "#0"),
        ("", "#0"),
        (" ", "#0"),
        ("#0", "#0"),
    ],
)
def test_a_payload_that_is_too_long_is_named_by_its_place(payload, data):
    (request,) = render({"type": "text", "text": "?", "actions": [postback("A", payload)]}).requests
    assert json.loads(request.body)["reply_markup"] == inline({"text": "A", "callback_data": data})


def test_quick_replies_alone_are_a_keyboard_whose_keys_say_their_labels():
    rendered = render({"type": "text", "text": "Which?", "actions": [reply("Green", "g" * 99), reply("Black", "b")]})
    keyboard = {"keyboard": [[{"text": "Green"}], [{"text": "Black"}]], "resize_keyboard": True,
                "one_time_keyboard": True}  # fmt: skip
    assert calls(rendered) == [("sendMessage", {"text": "Which?", "reply_markup": keyboard})]
    assert (rendered.numbered, rendered.choices) == (False, (Choice("Green", "Green"), Choice("Black", "Black")))


@pytest.mark.parametrize("where", [{"scope": "bc1"}, {"address": "-100"}])
def test_groups_and_business_chats_have_no_keyboards_of_their_own(where):
    rendered = render({"type": "text", "text": "Which?", "actions": [reply("Green", "g")]}, **where)
    params = json.loads(rendered.requests[0].body)
    assert params["reply_markup"] == inline({"text": "Green", "callback_data": "Green"})
    assert (rendered.numbered, params["chat_id"]) == (False, int(where.get("address", 42)))
    assert params.get("business_connection_id") == where.get("scope")
    plain = json.loads(render({"type": "text", "text": "Hi"}, **where).requests[0].body)
    assert "reply_markup" not in plain


@pytest.mark.parametrize("labels", [("Yes", "x" * 65), ("Yes", "a\nb")])
def test_labels_that_no_key_says_as_they_are_are_inline(labels):
    rendered = render({"type": "text", "text": "?", "actions": [reply(label, label) for label in labels]})
    assert not rendered.numbered
    assert "inline_keyboard" in json.loads(rendered.requests[0].body)["reply_markup"]


def test_a_hint_colours_a_button():
    hint = [{"type": "Telegram", "metadata": [{"key": "type", "value": "danger"}]}]
    rendered = render({"type": "text", "text": "?", "actions": [postback("Delete", "d", channels=hint)]})
    button = {"text": "Delete", "callback_data": "d", "style": "danger"}
    assert calls(rendered)[0][1]["reply_markup"] == inline(button)


def test_phone_numbers_and_mail_addresses_are_part_of_the_text():
    actions = [link("Call", "tel:+4930"), link("Shop", "https://x.io/")]
    rendered = render({"type": "text", "text": "Hi", "actions": actions})
    assert calls(rendered)[0][1] == {
        "text": "Hi\nCall: tel:+4930", "reply_markup": inline({"text": "Shop", "url": "https://x.io/"}),
    }  # fmt: skip
    assert rendered.degraded


def test_items_follow_their_text_pictures_as_an_album_and_the_buttons_come_last():
    items = [{"type": "image", "url": PICTURE, "title": "A"}, {"type": "video", "url": "https://x.io/a.mp4"},
             {"type": "audio", "url": "https://x.io/a.mp3"}, {"type": "image", "url": OTHER}]  # fmt: skip
    rendered = render({"type": "text", "text": "Look", "items": items, "actions": [postback("More", "m")]})
    more = inline({"text": "More", "callback_data": "m"})
    album = [{"type": "photo", "media": PICTURE, "caption": "A"}, {"type": "video", "media": "https://x.io/a.mp4"}]
    assert calls(rendered) == [
        ("sendMessage", {"text": "Look", **CLEAR}), ("sendMediaGroup", {"media": album}),
        ("sendAudio", {"audio": "https://x.io/a.mp3"}), ("sendPhoto", {"photo": OTHER, "reply_markup": more}),
    ]  # fmt: skip


def test_buttons_behind_an_album_have_a_message_of_their_own():
    items = [{"type": "image", "url": PICTURE}, {"type": "image", "url": OTHER}]
    rendered = render({"type": "text", "items": items, "actions": [postback("More", "m"), postback("Less", "l")]})
    assert [method for method, _params in calls(rendered)] == ["sendMediaGroup", "sendMessage"]
    assert calls(rendered)[1][1]["text"] == "More / Less"


def test_an_album_has_ten_at_most():
    items = [{"type": "image", "url": f"https://x.io/{number}.png"} for number in range(21)]
    found = calls(render({"type": "text", "items": items}))
    assert [(method, len(params.get("media", "1"))) for method, params in found] == [
        ("sendMediaGroup", 10), ("sendMediaGroup", 10), ("sendPhoto", 1),
    ]  # fmt: skip


def test_a_long_caption_of_an_album_is_a_text_behind_it():
    items = [{"type": "video", "url": "https://x.io/a.mp4", "label": "L" * 1025}, {"type": "image", "url": PICTURE}]
    rendered = render({"type": "text", "items": items})
    (first, album), (second, text) = calls(rendered)
    assert (first, [set(item) for item in album["media"]]) == ("sendMediaGroup", [{"type", "media"}] * 2)
    assert (second, text["text"]) == ("sendMessage", "L" * 1025)
    assert rendered.degraded == ("A caption is longer than Telegram allows, so it is sent as a text.",)


def test_a_card_is_a_picture_with_words_and_buttons():
    card = {"type": "card", "urlType": "image", "url": PICTURE, "title": "T", "subtitle": "S", "content": "C",
            "actions": [reply("Take it", "t")]}  # fmt: skip
    take = inline({"text": "Take it", "callback_data": "Take it"})
    assert calls(render(card)) == [("sendPhoto", {"photo": PICTURE, "caption": "T\nS\nC", "reply_markup": take})]
    long = render({**card, "content": "C" * 1024})
    assert calls(long) == [
        ("sendPhoto", {"photo": PICTURE, **CLEAR}),
        ("sendMessage", {"text": "T\nS\n" + "C" * 1024, "reply_markup": take}),
    ]  # fmt: skip
    assert long.degraded == ("A caption is longer than Telegram allows, so it is sent as a text.",)


def test_a_card_that_plays_something():
    card = {"type": "card", "title": "T", "imageUrl": PICTURE}
    film = calls(render({**card, "urlType": "video", "url": "https://x.io/a.mp4"}))
    assert film == [("sendVideo", {"video": "https://x.io/a.mp4", "caption": "T", "cover": PICTURE, **CLEAR})]
    sound = calls(render({**card, "urlType": "audio", "url": "https://x.io/a.mp3"}))
    assert [method for method, _params in sound] == ["sendPhoto", "sendAudio"]
    tube = calls(render({**card, "urlType": "youtube", "url": "https://youtu.be/x"}))
    assert tube == [("sendPhoto", {"photo": PICTURE, "caption": "T\nhttps://youtu.be/x", **CLEAR})]


@pytest.mark.parametrize("kind", ["list", "carousel"])
def test_lists_and_carousels_are_cards_one_below_the_other(kind):
    items = [{"title": name, "actions": [postback("Take", name * 99)]} for name in "ab"]
    more = {"actions": [postback("See more", "m")]} if kind == "list" else {}
    found = calls(render({"type": kind, "items": items, **more}))
    assert [params["text"] for _method, params in found] == ["a", "b", *(["See more"] if more else [])]
    data = [params["reply_markup"]["inline_keyboard"][0][0]["callback_data"] for _method, params in found]
    assert data == ["#0", "#1", *(["m"] if more else [])]


def test_a_long_text_is_several_messages_with_the_buttons_below_the_last():
    rendered = render({"type": "text", "text": "word " * 2000, "actions": [postback("More", "m")]})
    found = calls(rendered)
    assert [list(params.get("reply_markup", {})) for _method, params in found] == [
        ["remove_keyboard"], [], ["inline_keyboard"],
    ]  # fmt: skip
    assert rendered.degraded == ("The text is longer than Telegram allows, so it is sent in several messages.",)


def test_fifty_long_links_are_several_keyboards():
    actions = [link(f"Link {number}", f"https://x.io/{'x' * 2000}{number}") for number in range(50)]
    rendered = render({"type": "text", "text": "All", "actions": actions})
    assert str(rendered.requests).count("Outgoing") > 10
    assert all(len(json.dumps(params["reply_markup"])) < 10_000 for _method, params in calls(rendered))


def test_an_empty_card_is_left_out_and_told():
    rendered = render({"type": "card"})
    assert (rendered.requests, rendered.degraded) == ((), ("An empty card was left out.",))


def test_typing_is_shown_and_other_events_are_not():
    (request,) = ADAPTER.render(CONFIG, envelope(scope="bc1", event={"type": "typing_on"})).requests
    assert json.loads(request.body) == {"business_connection_id": "bc1", "chat_id": 42, "action": "typing"}
    for name in ("typing_off", "seen"):
        assert ADAPTER.render(CONFIG, envelope(event={"type": name})) == Rendered()
    event = {"type": "payload", "payloadType": "hubster.transfer", "payload": {}}
    assert ADAPTER.render(CONFIG, envelope(event=event)).degraded


def units(text):
    return len(text.encode("utf-16-le")) // 2


def snake(name):
    return re.sub(r"([A-Z])", r"_\1", name).lower()


def check_call(request):
    """The parameters are those that Telegram documents, and within its limits."""
    params = json.loads(request.body)
    known = inspect.signature(getattr(telegram.Bot, snake(method_of(request)))).parameters
    assert set(params) <= set(known)
    needed = {name for name, each in known.items() if each.default is each.empty and each.kind != each.VAR_KEYWORD}
    assert needed - {"self"} <= set(params)
    assert all(value.strip() for name, value in params.items() if isinstance(value, str))
    assert units(params.get("text", "")) <= telegram.constants.MessageLimit.MAX_TEXT_LENGTH
    assert units(params.get("caption", "")) <= telegram.constants.MessageLimit.CAPTION_LENGTH
    assert len(params.get("vcard", "").encode()) <= telegram.constants.ContactLimit.VCARD
    check_album(params.get("media"))
    check_markup(params.get("reply_markup", {}))


def check_album(album):
    if album is not None:
        assert 2 <= len(album) <= telegram.constants.MediaGroupLimit.MAX_MEDIA_LENGTH
        for item in album:
            assert set(item) <= {"type", "media", "caption"}
            assert units(item.get("caption", "")) <= telegram.constants.MessageLimit.CAPTION_LENGTH
        kinds = {item["type"] for item in album}
        assert kinds <= {"photo", "video"} or len(kinds) == 1


def check_markup(markup):
    for row in markup.get("inline_keyboard", []):
        for each in row:
            button = telegram.InlineKeyboardButton.de_json(each, None)
            assert not button.api_kwargs
            assert button.text.strip()
            assert 1 <= len((button.callback_data or "x").encode()) <= 64
            assert (button.url is None) != (button.callback_data is None)
    assert all(key["text"].strip() for row in markup.get("keyboard", []) for key in row)


PLACES = st.sampled_from([{}, {"scope": "bc1"}, {"address": "-100500"}])


def leaves(value):
    if isinstance(value, dict | list):
        return [text for each in (value.values() if isinstance(value, dict) else value) for text in leaves(each)]
    return [value] if isinstance(value, str) else []


def arrived(requests):
    """Every text that the requests hold, without white space and without the signs of contact cards."""
    texts = [text for each in requests for text in leaves(json.loads(each.body))]
    whole = "\n".join(re.sub(r"\\([,;\\])", r"\1", text.replace("\r\n ", "").replace("\\n", "")) for text in texts)
    return re.sub(r"\s", "", whole)


@settings(max_examples=400, deadline=None)
@given(MESSAGES, PLACES)
def test_every_message_is_within_the_limits(message, where):
    rendered = ADAPTER.render(CONFIG, envelope(message=message, **where))
    for request in rendered.requests:
        check_call(request)
    assert rendered.requests or rendered.degraded


def excused(block, rendered):
    """What is told to be missing, or is the key of something that says it another way."""
    if isinstance(block, Picture) and block.title:
        return {block.alt}
    if isinstance(block, Person):
        return {key for key, _value, _kind in block.properties}
    if isinstance(block, Page):
        return {block.title}
    cut = any("cut short" in note for note in rendered.degraded)
    return {action.title for action in block.actions} if cut and isinstance(block, Card | Buttons) else set()


@settings(max_examples=300, deadline=None)
@given(MESSAGES)
def test_all_that_a_message_says_arrives_or_is_told_to_be_missing(message):
    rendered = ADAPTER.render(CONFIG, envelope(message=message))
    whole = arrived(rendered.requests)
    for block in blocks_of(message):
        said = set(parts_of(block)) - excused(block, rendered)
        assert [word for part in said for word in part.split() if word not in whole] == []


@settings(max_examples=200, deadline=None)
@given(ACTIONS.filter(bool), PLACES)
def test_every_choice_is_offered_once_and_can_be_known_when_it_is_pressed(actions, where):
    message = parse_message({"type": "text", "text": "?", "actions": actions})
    rendered = ADAPTER.render(CONFIG, envelope(message=message, **where))
    markups = [json.loads(each.body).get("reply_markup", {}) for each in rendered.requests]
    buttons = [button for markup in markups for name in ("inline_keyboard", "keyboard")
               for row in markup.get(name, []) for button in row]  # fmt: skip
    meant = [action["payload"] if action["type"] == "postback" else action["title"]
             for action in message["actions"] if action["type"] != "link"]  # fmt: skip
    said = [button.get("callback_data", button["text"]) for button in buttons if "url" not in button]
    heard = [rendered.choices[int(each[1:])].payload if re.fullmatch("#[0-9]+", each) else each for each in said]
    assert heard == meant
