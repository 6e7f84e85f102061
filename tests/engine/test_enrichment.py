"""Links in texts, on their way through the pipeline: alone they become what they lead to, else an item of the text."""

import pytest

from engine.models import Activity
from tests.background import do_run
from tests.traces import line_of

YOUTUBE = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
TUBE = {"type": "youtube", "url": YOUTUBE}
PICTURE = {"type": "image", "url": "https://x.io/a.png"}
MAP = "https://www.google.com/maps?q=43.84,-79.52"
PLACE = {"type": "location", "latitude": 43.84, "longitude": -79.52}
CLIP = {"type": "video", "url": "https://x.io/a.mp4", "mimeType": "video/mp4"}
REPORT = {"type": "attachment", "label": "a b.pdf", "mimeType": "application/pdf", "url": "https://x.io/a%20b.pdf"}
ACTIONS = [{"type": "reply", "title": "Yes", "payload": "yes"}]


def passed(pair, message, sender="customer"):
    """A message as it is after the pipeline, with the activity's row."""
    body = {"message": message}
    if sender == "agent":
        body["sender"] = {"integrationId": pair.own.agent_id}
    url = f"/inbound/customer/v1/direct/activity/{pair.own.conversation_id}"
    answer = pair.clients["engine"].post(url, body, format="json")
    assert answer.status_code == 200, answer.content
    do_run(pair.own.conversation_id)
    row = Activity.objects.get(pk=answer.json()["interactionId"])
    assert row.state == "processed"
    return row.content, row


def text(words, **more):
    return {"type": "text", "text": words, **more}


ALONE = [
    (YOUTUBE, TUBE), (f" {YOUTUBE}\n", TUBE), (f"<{YOUTUBE}>", TUBE), (f"({YOUTUBE}).", TUBE),
    ("youtu.be/dQw4w9WgXcQ", {"type": "youtube", "url": "youtu.be/dQw4w9WgXcQ"}),
    ("https://vimeo.com/123456789/abcdef1234", {"type": "vimeo", "url": "https://vimeo.com/123456789/abcdef1234"}),
    ("https://x.io/a.png", PICTURE), ("https://x.io/a.mp4", CLIP), (MAP, PLACE), ("https://x.io/a%20b.pdf", REPORT),
    ("https://x.io/a.mp3", {"type": "audio", "url": "https://x.io/a.mp3", "mimeType": "audio/mpeg"}),
]  # fmt: skip


@pytest.mark.parametrize("sender", ["customer", "agent"])
@pytest.mark.parametrize(("words", "message"), ALONE)
def test_a_link_alone_becomes_what_it_leads_to(pair, words, message, sender):
    content, row = passed(pair, text(words), sender)
    assert content == message
    assert f"The link became: {message['type']}" in line_of(row, "links")["note"]


@pytest.mark.parametrize("sender", ["customer", "agent"])
@pytest.mark.parametrize("pattern", ["Look: {}", "{}!", "{} ?", "\U0001f600 {}", "A\n{}."])
def test_a_link_with_other_text_is_added_and_the_text_stays(pair, pattern, sender):
    words = pattern.format(YOUTUBE)
    content, row = passed(pair, text(words), sender)
    assert content == text(words, items=[TUBE])
    assert "became items: youtube" in line_of(row, "links")["note"]


def test_several_links_become_several_items_in_their_order(pair):
    words = (
        f"{MAP}, then https://x.io/page and https://x.io/a.png; {YOUTUBE} (https://x.io/a%20b.pdf) https://x.io/a.mp4"
    )
    assert passed(pair, text(words))[0] == text(words, items=[PLACE, PICTURE, TUBE, REPORT, CLIP])


def test_the_same_thing_is_added_once_and_never_beside_itself(pair):
    words = (
        f"{YOUTUBE} https://youtu.be/dQw4w9WgXcQ?t=9 https://x.io/a.png {MAP} https://maps.google.com/?ll=43.84,-79.52"
    )
    assert passed(pair, text(words))[0]["items"] == [TUBE, PICTURE, PLACE]
    card = {"type": "card", "urlType": "youtube", "url": "https://youtube.com/embed/dQw4w9WgXcQ", "title": "It"}
    there = [{"type": "image", "url": "http://www.x.io/a.png"}, {**PLACE, "address": "Here"}, card]
    assert passed(pair, text(words, items=there))[0] == text(words, items=there)


def test_items_that_are_there_stay_first(pair):
    contact = {"type": "contact", "title": "Eva"}
    assert passed(pair, text(f"see {YOUTUBE}", items=[contact]))[0]["items"] == [contact, TUBE]


def test_items_never_become_more_than_a_message_may_have(pair):
    there = [{"type": "image", "url": f"https://x.io/{number}.png"} for number in range(49)]
    content, _ = passed(pair, text(f"see {YOUTUBE} https://x.io/a.png", items=there))
    assert content["items"] == [*there, TUBE]
    content, _ = passed(pair, text(f"see {YOUTUBE}", items=[*there, PICTURE]))
    assert len(content["items"]) == 50
    many = " ".join(f"https://x.io/{number}.png" for number in range(30))
    assert len(passed(pair, text(many))[0]["items"]) == 10


@pytest.mark.parametrize("words", [YOUTUBE, f"see {YOUTUBE}"])
def test_a_text_with_actions_keeps_them(pair, words):
    assert passed(pair, text(words, actions=ACTIONS), "agent")[0] == text(words, actions=ACTIONS, items=[TUBE])


def test_hints_for_channels_are_kept(pair):
    hints = [{"type": "Webchat", "metadata": [{"key": "caption-show", "value": "true"}]}]
    assert passed(pair, text("https://x.io/a.png", channels=hints))[0] == {**PICTURE, "channels": hints}


@pytest.mark.parametrize("words", [
    "https://x.io", "Hello. How are you?", "https://[bad/a.png", "geo:1.5,2.5", "1.5,2.5", "...",
    "javascript:alert(1)//a.png", "https://x.io/" + "a" * 2050 + ".png",
])  # fmt: skip
def test_other_texts_are_left_alone(pair, words):
    content, row = passed(pair, text(words))
    assert content == text(words)
    assert line_of(row, "links")["note"] == ""


def test_a_malformed_address_does_not_hide_the_next_one(pair):
    assert passed(pair, text(f"https://[bad/a.png {YOUTUBE}"))[0]["items"] == [TUBE]


@pytest.mark.parametrize("kind", ["video", "audio"])
def test_a_missing_mime_type_is_filled_in_and_a_given_one_kept(pair, kind):
    bare = {"type": kind, "url": "https://x.io/a.mp4?b=c"}
    named = {**bare, "mimeType": f"{kind}/mp4"}
    assert passed(pair, bare)[0] == named
    assert passed(pair, text("two", items=[bare, PICTURE, {**bare, "mimeType": "x/y"}]))[0]["items"] == [
        named, PICTURE, {**bare, "mimeType": "x/y"},
    ]  # fmt: skip
    assert passed(pair, {**bare, "url": "https://x.io/stream"})[0] == {**bare, "url": "https://x.io/stream"}
    assert passed(pair, {**bare, "mimeType": "x/y"})[0] == {**bare, "mimeType": "x/y"}


def test_other_messages_and_events_pass_unchanged(pair):
    card = {"type": "card", "title": "See", "content": f"more at {YOUTUBE}"}
    carousel = {"type": "carousel", "items": [{"urlType": "video", "url": "https://x.io/a.mp4"}]}
    for message in (card, carousel, REPORT, {**REPORT, "mimeType": "pdf"}, PLACE):
        assert passed(pair, message, "agent")[0] == message
    url = f"/inbound/customer/v1/direct/activity/{pair.own.conversation_id}"
    event = {"type": "payload", "payloadType": "mine", "payload": {"text": YOUTUBE, "type": "text"}}
    assert pair.clients["engine"].post(url, {"event": event}, format="json").status_code == 200
    do_run(pair.own.conversation_id)
    assert Activity.objects.get(conversation=pair.own.conversation_id, type="event").content == event
