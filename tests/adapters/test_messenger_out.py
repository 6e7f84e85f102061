"""Messages to Messenger: in its limits, and with everything that was said."""

import json

import pytest

from engine.adapters._base import Choice
from engine.adapters.messenger import ADAPTER
from tests.adapters.meta_peer import HOUR, NOW, bodies, envelope, judge

PAGE = {"pageAccessToken": "EAAG-1", "pageId": "10", "appId": "77"}


@pytest.fixture(autouse=True)
def app(settings):
    settings.HUBSTER_MESSENGER_API = "https://graph.example"
    settings.HUBSTER_META_APP_SECRET = ""


def sent(content, **more):
    """(messages, rendered) of a message."""
    rendered = ADAPTER.render(PAGE, envelope(content, **more))
    return [body["message"] for body in bodies(rendered)], rendered


def action(kind, title, value=None):
    return {"type": kind, "title": title, "url" if kind == "link" else "payload": value or title}


def template(kind, **payload):
    return {"attachment": {"type": "template", "payload": {"template_type": kind, **payload}}}


def test_a_text_goes_to_the_send_api():
    rendered = ADAPTER.render(PAGE, envelope({"type": "text", "text": "Hi 👋"}))
    [request] = rendered.requests
    assert (request.method, request.url) == ("POST", "https://graph.example/v26.0/me/messages")
    assert request.headers["Authorization"] == "Bearer EAAG-1"
    assert json.loads(request.body) == {
        "recipient": {"id": "PSID-1"},
        "messaging_type": "RESPONSE",
        "message": {"text": "Hi 👋"},
    }
    assert not rendered.degraded


@pytest.mark.parametrize(("author", "hours", "tagged"), [
    ("human", 1, False), ("human", 23.9, False), ("human", 24, True), ("human", 167, True),
    ("bot", 1, False), ("bot", 25, False), ("rule", 100, False), ("plugin", 25, False), ("platform", 25, False),
])  # fmt: skip
def test_only_a_persons_late_message_is_tagged(author, hours, tagged):
    given = envelope({"type": "text", "text": "Hi"}, author=author, last_said=int((NOW - hours * HOUR) * 1000))
    [body] = bodies(ADAPTER.render(PAGE, given))
    assert (body["messaging_type"], body.get("tag")) == (
        ("MESSAGE_TAG", "HUMAN_AGENT") if tagged else ("RESPONSE", None)
    )


@pytest.mark.parametrize(("event", "action"), [
    ({"type": "typing_on"}, "typing_on"), ({"type": "typing_off"}, "typing_off"),
    ({"type": "seen", "eventId": 5}, "mark_seen"),
])  # fmt: skip
def test_signals_are_shown(event, action):
    [body] = bodies(ADAPTER.render(PAGE, envelope(event, "event")))
    assert body == {"recipient": {"id": "PSID-1"}, "sender_action": action}


def test_other_events_are_not_shown_and_that_is_said():
    rendered = ADAPTER.render(
        PAGE, envelope({"type": "payload", "payloadType": "hubster.transfer", "payload": {}}, "event")
    )
    assert (rendered.requests, len(rendered.degraded)) == ((), 1)


def test_replies_become_quick_replies():
    tea = [action("reply", "Green", "tea-1"), action("reply", "Black", "tea-2")]
    messages, rendered = sent({"type": "text", "text": "Which tea?", "actions": tea})
    assert messages == [{"text": "Which tea?", "quick_replies": [
        {"content_type": "text", "title": "Green", "payload": "Green"},
        {"content_type": "text", "title": "Black", "payload": "Black"},
    ]}]  # fmt: skip
    assert rendered.choices == (Choice("Green", "Green"), Choice("Black", "Black"))
    assert (rendered.numbered, rendered.degraded) == (False, ())


def test_up_to_three_buttons_are_a_template():
    three = [
        action("postback", "More", "m"),
        action("link", "Shop", "x.io/shop"),
        action("link", "Call", "tel:+49 30 1234567"),
    ]
    messages, rendered = sent({"type": "text", "text": "Anything else?", "actions": three})
    assert messages == [template("button", text="Anything else?", buttons=[
        {"type": "postback", "title": "More", "payload": "m"},
        {"type": "web_url", "title": "Shop", "url": "https://x.io/shop"},
        {"type": "phone_number", "title": "Call", "payload": "+49301234567"},
    ])]  # fmt: skip
    assert rendered.degraded == ()


def asking(*actions, text="Hi"):
    return {"type": "text", "text": text, "actions": list(actions)}


def test_more_buttons_become_quick_replies_and_more_of_these_are_numbered():
    sizes = [action("postback", f"S{n}") for n in range(14)]
    messages, rendered = sent(asking(*sizes[:13], text="Size?"))
    assert len(messages[0]["quick_replies"]) == 13 and not rendered.numbered and rendered.degraded
    messages, rendered = sent(asking(*sizes, text="Size?"))
    assert messages[0]["text"].startswith("Size?\n\n1. S0\n") and messages[0]["text"].endswith("14. S13")
    assert "quick_replies" not in messages[0]
    assert rendered.numbered and rendered.degraded and len(rendered.choices) == 14


def test_a_long_label_stands_whole_in_the_text_and_is_numbered():
    long = "Breakfast tea with a lot of milk"
    messages, rendered = sent(
        {"type": "text", "text": "Which?", "actions": [action("reply", long, "b"), action("reply", "Mint")]}
    )
    assert messages[0]["text"] == f"Which?\n\n1. {long}\n2. Mint"
    assert [reply["title"] for reply in messages[0]["quick_replies"]] == ["1. Breakfast tea wi…", "Mint"]
    assert [reply["payload"] for reply in messages[0]["quick_replies"]] == [long, "Mint"]
    assert rendered.numbered and rendered.degraded


def test_a_payload_that_no_button_holds_or_that_reads_like_anothers_number_is_sent_as_its_own_number():
    messages, rendered = sent({"type": "text", "text": "Which?", "actions": [
        action("postback", "A", "x" * 1001), action("postback", "B", "1"), action("postback", "C", "c"),
        action("reply", "D", "1")]})  # fmt: skip
    assert [reply["payload"] for reply in messages[0]["quick_replies"]] == ["1", "2", "c", "D"]
    assert rendered.numbered and rendered.choices[0].payload == "x" * 1001


def test_where_a_label_is_another_choices_number_the_label_is_said():
    long = action("postback", "B", "y" * 1001)
    messages, _ = sent(asking(action("reply", "2", "two"), long, *(action("reply", each) for each in "cd")))
    assert [reply["payload"] for reply in messages[0]["quick_replies"]] == ["2", "B", "c", "d"]


def test_links_beside_choices_are_buttons_below_which_the_quick_replies_stand():
    actions = [*(action("reply", name) for name in "abc"), action("link", "Shop", "https://x.io")]
    messages, _rendered = sent({"type": "text", "text": "Hi", "actions": actions})
    [only] = messages
    assert only["attachment"]["payload"]["buttons"] == [{"type": "web_url", "title": "Shop", "url": "https://x.io"}]
    assert [reply["title"] for reply in only["quick_replies"]] == ["a", "b", "c"]


def test_a_link_to_a_mail_address_stands_in_the_text():
    messages, rendered = sent({"type": "text", "text": "Hi", "actions": [action("link", "Write", "mailto:a@b.io")]})
    assert messages == [{"text": "Hi\n\nWrite: mailto:a@b.io"}]
    assert rendered.degraded


def test_a_long_text_is_cut_and_only_its_end_has_the_buttons():
    text = "A sentence of some words. " * 120
    messages, rendered = sent({"type": "text", "text": text, "actions": [action("link", "Shop", "https://x.io")]})
    assert len(messages) == 3 and messages[2]["attachment"]["payload"]["template_type"] == "button"
    shown = " ".join([messages[0]["text"], messages[1]["text"], messages[2]["attachment"]["payload"]["text"]])
    assert shown == text.strip()
    assert rendered.degraded


def test_files_go_by_their_address():
    for kind, wire in (("image", "image"), ("video", "video"), ("audio", "audio")):
        messages, _ = sent({"type": kind, "url": "https://x.io/a"})
        assert messages == [{"attachment": {"type": wire, "payload": {"url": "https://x.io/a"}}}]
    messages, _ = sent(
        {"type": "attachment", "label": "Report", "mimeType": "application/pdf", "url": "https://x.io/a"}
    )
    assert messages == [{"text": "Report"}, {"attachment": {"type": "file", "payload": {"url": "https://x.io/a"}}}]


def test_a_place_is_a_link_to_a_map():
    messages, rendered = sent({"type": "location", "address": "Köln", "latitude": 50.9, "longitude": 6.9})
    assert messages == [{"text": "Köln\nhttps://maps.google.com/?q=50.9,6.9"}]
    assert rendered.degraded


def test_a_contact_is_a_text_with_a_button_for_each_number_that_can_be_called():
    numbers = [{"key": "Cell", "value": "+1 (416) 555-0001", "type": "phone;cell"},
               {"key": "Desk", "value": "(416) 555-0002", "type": "phone;work"}]  # fmt: skip
    messages, rendered = sent({"type": "contact", "title": "Eva", "properties": numbers})
    call = {"type": "phone_number", "title": "Cell", "payload": "+14165550001"}
    text = "Eva\nCell: +1 (416) 555-0001\nDesk: (416) 555-0002"
    assert messages == [template("button", text=text, buttons=[call])]
    assert rendered.degraded


def card(title, **more):
    return {"title": title, "urlType": "image", "url": f"https://x.io/{title}.png", **more}


def test_cards_stand_side_by_side_ten_to_a_message():
    messages, rendered = sent({"type": "carousel", "items": [card(f"T{n}") for n in range(12)]})
    sizes = [len(message["attachment"]["payload"]["elements"]) for message in messages]
    assert sizes == [10, 2]
    first = messages[0]["attachment"]["payload"]["elements"][0]
    assert first == {"title": "T0", "image_url": "https://x.io/T0.png"}
    assert rendered.degraded


def test_a_cards_long_words_stand_whole_above_it():
    content = "Of the first harvest of the year. " * 4
    messages, rendered = sent({"type": "card", **card("Darjeeling", subtitle="India", content=content)})
    assert messages[0]["text"] == f"Darjeeling\nIndia\n{content}".strip() or messages[0]["text"].startswith(
        "Darjeeling"
    )
    element = messages[1]["attachment"]["payload"]["elements"][0]
    assert element["title"] == "Darjeeling" and len(element["subtitle"]) <= 80 and element["subtitle"].endswith("…")
    assert rendered.degraded


def test_a_card_with_more_than_three_buttons_is_shown_again_for_the_rest():
    buttons = [action("postback", f"B{n}") for n in range(5)]
    [message], rendered = sent({"type": "card", **card("Tea", actions=buttons)})
    first, second = message["attachment"]["payload"]["elements"]
    assert [len(element["buttons"]) for element in (first, second)] == [3, 2]
    assert second["title"] == "Tea" and rendered.degraded


def test_a_list_has_its_own_buttons_as_quick_replies_below_it():
    messages, _rendered = sent({"type": "list", "items": [card("Alien"), {"title": "Words only"}],
                                "actions": [action("postback", "See more", "more")]})  # fmt: skip
    assert messages[0]["attachment"]["payload"]["elements"][0]["title"] == "Alien"
    assert messages[1] == {"text": "Words only", "quick_replies": [
        {"content_type": "text", "title": "See more", "payload": "more"}]}  # fmt: skip


@pytest.mark.parametrize(("most", "make"), [
    (20, lambda n: asking(action("reply", "t" * n, "p"))),
    (20, lambda n: asking(action("link", "t" * n, "https://x.io"))),
    (1000, lambda n: asking(action("postback", "t", "p" * n))),
    (13, lambda n: asking(*(action("reply", f"R{k}") for k in range(n)))),
    (3, lambda n: asking(*(action("postback", f"B{k}") for k in range(n)))),
    (2000, lambda n: {"type": "text", "text": "a" * n}),
    (640, lambda n: asking(action("link", "Shop", "https://x.io"), text="a" * n)),
    (10, lambda n: {"type": "carousel", "items": [card(f"T{k}") for k in range(n)]}),
    (80, lambda n: {"type": "card", **card("T", content="c" * n)}),
    (80, lambda n: {"type": "card", **card("t" * n)}),
    (3, lambda n: {"type": "card", **card("T", actions=[action("postback", f"B{k}") for k in range(n)])}),
])  # fmt: skip
def test_what_just_fits_is_sent_as_it_is_and_what_does_not_is_told(most, make):
    assert sent(make(most))[1].degraded == ()
    messages, rendered = sent(make(most + 1))
    assert rendered.degraded
    for message in messages:
        judge({"recipient": {"id": "1"}, "messaging_type": "RESPONSE", "message": message})
