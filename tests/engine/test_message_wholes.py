"""What is wrong with a message as a whole, what its entries need, and what may be written in several ways."""

import pytest

from engine import adapters
from engine.activity.channels import NUMBERS
from tests.engine.test_message_types import post, read
from tests.two_tenants import codes_of

TWICE_WRONG = [
    ({"type": "card", "url": "https://x.io", "imageUrl": "data:x"}, ["ENG005001", "ENG008501"]),
    ({"type": "list", "items": [{"url": "https://x.io", "Title": 5}]}, ["ENG000201", "ENG005001"]),
    ({"type": "list", "items": [{"urlType": "image", "channels": 5}]}, ["ENG000201", "ENG005001"]),
    ({"type": "location", "Latitude": "north"}, ["ENG005021", "ENG005024"]),
    ({"type": "text", "text": " ", "actions": [], "channels": [{}]}, ["ENG005001", "ENG005023"]),
    ({"type": "text", "items": [{"type": "location", "address": 5, "latitude": 1}]}, ["ENG000201", "ENG005024"]),
]


@pytest.mark.parametrize(("node", "wanted"), TWICE_WRONG)
def test_what_is_wrong_with_the_whole_is_listed_beside_its_parts(pair, node, wanted):
    answer = post(pair, "message", node)
    assert (answer.status_code, sorted(codes_of(answer))) == (400, wanted), answer.content


@pytest.mark.parametrize("entry", [
    {"title": "Only a title"}, {"type": "card", "title": "Alien"}, {"imageUrl": "https://x.io/a.png"},
    {"actions": [{"type": "reply", "title": "a", "payload": "a"}]}, {"content": "Lorem ipsum"},
    {"type": "image", "urlType": "image", "url": "https://x.io/a", "title": "Alien"},
    {"type": "youtube", "urlType": "youtube", "imageUrl": "https://youtube.com/embed/abc"},
])  # fmt: skip
def test_an_entry_shows_something_with_or_without_its_type(pair, entry):
    answer = post(pair, "message", {"type": "carousel", "items": [entry]})
    assert read(pair, answer.json()["eventId"])["message"]["items"] == [entry]


def test_the_channels_of_hints_have_the_numbers_of_the_adapters():
    known = {channel.name: {channel.number, *channel.other_numbers} for channel in adapters.all_channels()}
    assert {name: set(numbers) for name, numbers in NUMBERS.items()} == known


@pytest.mark.parametrize(("given", "shown"), [
    (106, "WebChat"), ("106", "WebChat"), (2000, "Direct"), ("1", "Direct"), (1001, "Slack"), ("Webchat", "Webchat"),
    ("webchat", "webchat"), ("Fax", "Fax"),
])  # fmt: skip
def test_a_hint_names_its_channel_or_gives_its_number(pair, given, shown):
    answer = post(pair, "message", {"type": "text", "text": "a", "channels": [{"type": given}]})
    assert answer.status_code == 200, answer.content
    assert read(pair, answer.json()["eventId"])["message"]["channels"] == [{"type": shown, "metadata": []}]


@pytest.mark.parametrize(("given", "code"), [
    (7, "ENG005002"), (-1, "ENG005002"), (True, "ENG000201"), (1.0, "ENG000201"), ("", "ENG005001"),
])  # fmt: skip
def test_what_is_no_channel_is_refused(pair, given, code):
    answer = post(pair, "message", {"type": "text", "text": "a", "channels": [{"type": given}]})
    assert (answer.status_code, codes_of(answer)) == (400, [code])
    assert "'message.channels[0].type'" in answer.content.decode()


@pytest.mark.parametrize(("node", "name"), [
    ({"type": "video", "url": "https://x.io/a.MP4?b", "mimeType": ""}, "mimeType"),
    ({"type": "contact", "title": "Eva", "imageUrl": ""}, "imageUrl"),
    ({"type": "image", "url": "https://x.io/a.png", "urlAnchor": ""}, "urlAnchor"),
    ({"type": "card", "title": "Eva", "fallbackImageUrl": ""}, "fallbackImageUrl"),
    ({"type": "card", "title": "Eva", "url": ""}, "url"),
])  # fmt: skip
def test_an_empty_text_for_what_is_optional_is_not_given(pair, node, name):
    answer = post(pair, "message", node)
    assert answer.status_code == 200, answer.content
    shown = read(pair, answer.json()["eventId"])["message"]
    assert shown == {key: value for key, value in node.items() if key != name}


def test_an_empty_type_of_a_contacts_property_is_not_given(pair):
    line = {"key": "Cell", "value": "(416) 555-0001"}
    answer = post(pair, "message", {"type": "contact", "title": "Eva", "properties": [{**line, "type": ""}]})
    assert read(pair, answer.json()["eventId"])["message"]["properties"] == [line]
