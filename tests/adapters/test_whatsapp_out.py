"""Messages to WhatsApp: in its limits, and with everything that was said."""

import json

import pytest
from hypothesis import HealthCheck, given, settings

from engine.adapters._base import Choice
from engine.adapters._blocks import Audio, Buttons, Card, File, Person, Picture, Text, Video, as_text, blocks_of
from engine.adapters._outcomes import SendError, Sent
from engine.adapters._whatsapp_errors import TABLE
from engine.adapters.whatsapp import ADAPTER
from tests.adapters import meta_peer
from tests.adapters.messages import MESSAGES
from tests.adapters.meta_peer import answer, bodies, fault
from tests.adapters.whatsapp_peer import CONFIG, NUMBER, PHONE, USER, WAMID, judge, pressed_in, said_in

PNG = "https://x.io/{}.png"
slow = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@pytest.fixture(autouse=True)
def app(settings):
    settings.HUBSTER_MESSENGER_API, settings.HUBSTER_WHATSAPP_API = "https://graph.example", ""
    settings.HUBSTER_META_APP_SECRET = ""


def envelope(content, kind="message", **more):
    return meta_peer.envelope(content, kind, **{"address": PHONE, **more})


def sent(content, **more):
    """(messages without what all have, rendered)."""
    rendered = ADAPTER.render(CONFIG, envelope(content, **more))
    made = bodies(rendered)
    for body in made:
        judge(body)
    return [{body["type"]: body[body["type"]]} for body in made], rendered


def interactive(kind, text, action, **more):
    return {"interactive": {"type": kind, **more, "body": {"text": text}, "action": action}}


def action(kind, title, said=None):
    return {"type": kind, "title": title, "url" if kind == "link" else "payload": said or title}


def asking(*actions, text="Which?"):
    return {"type": "text", "text": text, "actions": list(actions)}


def card(title, *actions, **more):
    return {"title": title, "urlType": "image", "url": PNG.format(title), "actions": list(actions), **more}


def reply(key, title=None):
    return {"type": "reply", "reply": {"id": key, "title": title or key}}


def test_a_text_goes_to_a_number_or_to_an_id():
    [request] = ADAPTER.render(CONFIG, envelope({"type": "text", "text": "Hi 👋"})).requests
    assert (request.method, request.url) == ("POST", f"https://graph.example/v26.0/{NUMBER}/messages")
    assert request.headers["Authorization"] == "Bearer EAAG-1"
    assert not request.repeatable, "Meta would send it twice"
    wanted = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "type": "text",
        "text": {"body": "Hi 👋"},
    }
    assert json.loads(request.body) == {**wanted, "to": PHONE}
    [body] = bodies(ADAPTER.render(CONFIG, envelope({"type": "text", "text": "Hi 👋"}, address=USER)))
    assert body == {**wanted, "recipient": USER}


def test_signals_name_the_customers_last_message():
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": WAMID}
    [body] = bodies(ADAPTER.render(CONFIG, envelope({"type": "seen"}, "event", read_token=WAMID)))
    assert body == read
    [body] = bodies(ADAPTER.render(CONFIG, envelope({"type": "typing_on"}, "event", read_token=WAMID)))
    assert body == {**read, "typing_indicator": {"type": "text"}}
    for kind, key in (("typing_off", WAMID), ("seen", ""), ("payload", WAMID)):
        rendered = ADAPTER.render(CONFIG, envelope({"type": kind}, "event", read_token=key))
        assert (rendered.requests, len(rendered.degraded)) == ((), 1)


def test_up_to_three_choices_are_buttons():
    messages, rendered = sent(asking(action("reply", "Green", "g"), action("postback", "Black", "tea-2")))
    assert messages == [interactive("button", "Which?", {"buttons": [reply("Green"), reply("tea-2", "Black")]})]
    assert rendered.choices == (Choice("Green", "Green"), Choice("Black", "tea-2"))
    assert (rendered.numbered, rendered.degraded) == (False, ())


def test_more_choices_are_a_list_and_more_than_ten_several():
    sizes = [action("postback", f"Size {n}", f"s{n}") for n in range(1, 13)]
    messages, rendered = sent(asking(*sizes[:4]))
    rows = [{"id": f"s{n}", "title": f"Size {n}"} for n in range(1, 5)]
    assert messages == [interactive("list", "Which?", {"button": "Choose", "sections": [{"rows": rows}]})]
    assert not rendered.degraded
    messages, rendered = sent(asking(*sizes))
    assert [len(pressed_in(each)) for each in messages] == [10, 2]
    assert messages[1]["interactive"]["body"]["text"] == "11–12"
    assert rendered.degraded and not rendered.numbered


def test_long_labels_stand_below_their_beginning_and_longer_ones_in_the_text():
    long, longer = "Breakfast tea with a lot of milk", "Tea " * 19
    messages, rendered = sent(asking(action("reply", long), action("reply", "Mint")))
    first = {"id": long, "title": "Breakfast tea with a lo…", "description": long}
    assert messages[0]["interactive"]["action"]["sections"] == [{"rows": [first, {"id": "Mint", "title": "Mint"}]}]
    assert not rendered.degraded
    messages, rendered = sent(asking(action("reply", longer), action("reply", "Mint")))
    assert messages[0]["interactive"]["body"]["text"] == f"Which?\n\n1. {longer.strip()}\n2. Mint"
    assert rendered.numbered and rendered.degraded


@pytest.mark.parametrize(("given", "wanted"), [
    (["x" * 201], ["#0"]), ([" "], ["#0"]), (["#7"], ["#0"]), (["y", "y"], ["#0", "#1"]), (["x" * 200], ["x" * 200]),
    ([" a"], ["#0"]), (["#a"], ["#a"]),
])  # fmt: skip
def test_what_a_button_cannot_say_is_named_by_its_place(given, wanted):
    messages, _ = sent(asking(*(action("postback", f"B{n}", said) for n, said in enumerate(given))))
    assert [key for key, _title in pressed_in(messages)] == wanted


def test_labels_that_are_alike_have_their_numbers():
    messages, _ = sent(asking(action("postback", "Yes", "a"), action("postback", "yes", "b"), action("reply", "No")))
    assert [title for _key, title in pressed_in(messages)] == ["1. Yes", "2. yes", "No"]


def test_one_link_is_a_button_and_others_stand_in_the_text():
    messages, rendered = sent(asking(action("link", "Shop", "https://x.io"), text="Hi"))
    shop = {"name": "cta_url", "parameters": {"display_text": "Shop", "url": "https://x.io"}}
    assert (messages, rendered.degraded) == ([interactive("cta_url", "Hi", shop)], ())
    links = [action("link", "Shop", "https://x.io"), action("link", "Write", "mailto:a@b.io")]
    messages, rendered = sent(asking(*links, text="Hi"))
    text = {"body": "Hi\n\nShop: https://x.io\nWrite: mailto:a@b.io", "preview_url": True}
    assert messages == [{"text": text}] and rendered.degraded
    messages, _ = sent(asking(links[0], action("reply", "No"), text="Hi"))
    assert messages == [interactive("button", "Hi\n\nShop: https://x.io", {"buttons": [reply("No")]})]


def test_a_long_text_is_cut_and_only_its_end_has_the_buttons():
    text = "A sentence of some words. " * 200
    messages, rendered = sent(asking(action("reply", "Yes"), text=text))
    assert [next(iter(each)) for each in messages] == ["text", "text", "interactive"]
    shown = [each.get("text", {}).get("body") or each["interactive"]["body"]["text"] for each in messages]
    assert " ".join(shown) == text.strip() and rendered.degraded


def test_files_go_by_their_address_and_captions_below():
    assert sent({"type": "image", "url": PNG.format("a"), "title": "Teas"})[0] == [
        {"image": {"link": PNG.format("a"), "caption": "Teas"}}
    ]
    assert sent({"type": "video", "url": "https://x.io/a.mp4", "label": "Film"})[0] == [
        {"video": {"link": "https://x.io/a.mp4", "caption": "Film"}}
    ]
    assert sent({"type": "audio", "url": "https://x.io/a.mp3", "label": "Song"})[0] == [
        {"text": {"body": "Song"}}, {"audio": {"link": "https://x.io/a.mp3"}},
    ]  # fmt: skip
    file = {"type": "attachment", "label": "Report", "mimeType": "application/pdf", "url": "https://x.io/a"}
    assert sent(file)[0] == [{"document": {"link": "https://x.io/a", "filename": "Report.pdf"}}]


def test_a_file_that_whatsapp_does_not_show_and_a_long_caption_are_told():
    messages, rendered = sent({"type": "image", "url": "https://x.io/a.gif", "title": "Teas"})
    assert messages == [{"document": {"link": "https://x.io/a.gif", "filename": "a.gif"}}, {"text": {"body": "Teas"}}]
    assert rendered.degraded
    messages, rendered = sent({"type": "video", "url": "https://x.io/a.mp4", "label": "a" * 1025})
    assert messages == [{"video": {"link": "https://x.io/a.mp4"}}, {"text": {"body": "a" * 1025}}]
    assert rendered.degraded


def test_places_and_contacts():
    place = {"type": "location", "address": "Köln", "latitude": 50.9, "longitude": 6.9}
    assert sent(place)[0] == [{"location": {"latitude": "50.9", "longitude": "6.9", "name": "Köln", "address": "Köln"}}]
    assert sent({"type": "location", "address": "Köln"})[0][0]["text"]["body"].startswith("Köln\nhttps://maps")
    eva = {"type": "contact", "title": "Eva Green", "subtitle": "Tea Ltd", "properties": [
        {"key": "Cell", "value": "+1 416 555-0001", "type": "phone;work"},
        {"key": "Mail", "value": "eva@x.io", "type": "email"}, {"key": "Likes", "value": "Tea"}]}  # fmt: skip
    card = {"name": {"formatted_name": "Eva Green", "first_name": "Eva Green"}, "org": {"company": "Tea Ltd"},
            "phones": [{"phone": "+1 416 555-0001", "type": "WORK"}], "emails": [{"email": "eva@x.io"}]}  # fmt: skip
    messages, rendered = sent(eva)
    assert messages == [{"contacts": [card]}, {"text": {"body": "Likes: Tea"}}] and rendered.degraded


def test_a_card_is_a_picture_with_words_and_buttons():
    header = {"type": "image", "image": {"link": PNG.format("T")}}
    messages, rendered = sent({"type": "card", **card("T", action("reply", "Take it"), subtitle="S")})
    assert messages == [interactive("button", "T\nS", {"buttons": [reply("Take it")]}, header=header)]
    assert not rendered.degraded
    assert sent({"type": "card", **card("T")})[0] == [{"image": {"link": PNG.format("T"), "caption": "T"}}]
    many = [action("reply", f"R{n}") for n in range(4)]
    first, second = sent({"type": "card", **card("T", *many)})[0]
    assert first == {"image": {"link": PNG.format("T")}} and second["interactive"]["type"] == "list"


def test_cards_that_are_alike_stand_side_by_side():
    items = [card(f"T{n}", action("reply", "Select")) for n in range(11)]
    messages, rendered = sent({"type": "carousel", "items": items})
    assert [len(each["interactive"]["action"]["cards"]) for each in messages] == [9, 2]
    assert messages[1]["interactive"]["body"]["text"] == "T9 · T10"
    assert [key for key, _title in pressed_in(messages)] == [f"#{n}" for n in range(11)]
    assert rendered.degraded
    links = [card(f"T{n}", action("link", "Open", "https://x.io")) for n in range(2)]
    messages, rendered = sent({"type": "list", "items": links})
    assert messages[0]["interactive"]["type"] == "carousel" and not rendered.degraded


@pytest.mark.parametrize(("count", "sizes"), [(2, [2]), (10, [10]), (11, [9, 2]), (12, [10, 2]), (21, [10, 9, 2])])
def test_no_card_of_many_stands_alone(count, sizes):
    items = [card(f"T{n}", action("link", "Open", f"https://x.io/{n}"), content="c" * 150) for n in range(count)]
    messages, rendered = sent({"type": "carousel", "items": items})
    assert [len(each["interactive"]["action"]["cards"]) for each in messages] == sizes
    assert bool(rendered.degraded) == (count > 10)
    links = [text for text in said_in(messages) if text.startswith("https://x.io/") and "png" not in text]
    assert links == [f"https://x.io/{n}" for n in range(count)]


@pytest.mark.parametrize("other", [
    card("B", action("reply", "X"), action("reply", "Y")), card("B"), card("B", action("link", "X", "https://x.io")),
    card("B", action("reply", "X"), content="c" * 161), {"title": "B", "actions": [action("reply", "X")]},
    card("B", action("reply", "X" * 21)), card("B", action("reply", "X"), content="1\n2\n3"),
    {"title": "B", "urlType": "youtube", "url": "https://youtu.be/x", "imageUrl": PNG.format(1),
     "actions": [action("reply", "X")]},
])  # fmt: skip
def test_cards_that_differ_stand_one_below_the_other(other):
    messages, rendered = sent({"type": "carousel", "items": [card("A", action("reply", "Select")), other]})
    assert len(messages) > 1 and rendered.degraded
    assert all(each.get("interactive", {}).get("type") != "carousel" for each in messages)


def wanted(block) -> list[str]:
    """All that a block says."""
    if isinstance(block, Text):
        return [block.text]
    if isinstance(block, Picture):
        return [block.url, block.title, block.link]
    if isinstance(block, Card | Buttons):
        titles = [each.title for each in block.actions]
        links = [each.value for each in block.actions if each.kind == "link"]
        shown = [block.title, block.subtitle, block.text, block.picture, block.url] if isinstance(block, Card) else []
        return [*shown, *titles, *links]
    if isinstance(block, Audio | File | Video):
        return [block.label, block.url]
    if isinstance(block, Person):
        return [block.title, block.subtitle, block.image_url, *(value for _key, value, _kind in block.properties)]
    return as_text(block).splitlines() if getattr(block, "latitude", None) is None else [block.address]


def squeezed(text: str) -> str:
    """Without white space, which may differ where a text was cut."""
    return "".join(text.split())


@slow
@given(MESSAGES)
def test_no_message_breaks_a_limit_and_every_word_and_choice_arrives(message):
    rendered = ADAPTER.render(CONFIG, envelope(message))
    made = bodies(rendered)
    for body in made:
        judge(body)
    shown = squeezed("\n".join(text for body in made for text in said_in(body)))
    for block in blocks_of(message):
        for text in wanted(block):
            assert squeezed(text) in shown
    heard = [rendered.choices[int(key[1:])].payload if key.startswith("#") and key[1:].isdigit() else key
             for key, _title in pressed_in(made)]  # fmt: skip
    assert heard == [choice.payload for choice in rendered.choices]


def outcome(given):
    with pytest.raises(SendError) as caught:
        ADAPTER.outcome(given)
    return caught.value


def test_an_answer_tells_the_messages_id_and_the_customers():
    person = {"input": PHONE, "wa_id": PHONE, "user_id": USER}
    taken = {"messaging_product": "whatsapp", "contacts": [person], "messages": [{"id": WAMID}]}
    assert ADAPTER.outcome(answer(taken)) == Sent((WAMID,), ("", USER))
    assert ADAPTER.outcome(answer({**taken, "contacts": [{"input": USER, "user_id": USER}]})) == Sent((WAMID,))
    assert ADAPTER.outcome(answer({**taken, "contacts": [{"input": PHONE}]})) == Sent((WAMID,))
    assert ADAPTER.outcome(answer({"success": True})) == Sent()


@pytest.mark.parametrize(("codes", "scope", "retryable", "pauses"), [
    ((131026, 131021, 131030, 131049, 131050, 130472, 130497, 137000), "recipient", False, False),
    ((131008, 131009, 131051, 131052, 131053, 131062, 131063, 100, 132000, 135000, 999999), "message", False, False),
    ((131042, 131045, 131031, 133010, 190, 368), "account", False, True),
    ((131037, 131048, 131064, 131005, 10, 200, 299), "account", False, False),
    ((130429, 133016, 131057, 4, 80007), "account", True, False),
    ((131000, 131016, 133004, 2), "endpoint", True, False),
    ((131056,), "recipient", True, False),
])  # fmt: skip
def test_the_outcome_of_every_code(codes, scope, retryable, pauses):
    for code in codes:
        error = outcome(fault(code))
        assert (error.scope, error.retryable, error.pauses) == (scope, retryable, pauses), code
        assert str(code) in error.text and not error.stops and not error.window_closed


def test_a_closed_window_and_the_rate_of_one_customer():
    error = outcome(fault(131047))
    assert (error.window_closed, error.scope, error.retryable) == (True, "recipient", False)
    assert outcome(fault(131056)).retry_after == 6
    assert outcome(fault(131056, status=400)).scope == "recipient"
    assert outcome(answer(status=503)).scope == "endpoint"
    assert outcome(fault(0, status=401)).pauses


def test_every_text_says_the_code_and_no_more_than_it_is_given():
    for key, rule in TABLE.items():
        assert "(999)" in rule.text % {"channel": "WhatsApp", "code": "999"}, key
