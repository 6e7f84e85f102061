"""What is wrong with a message as a whole, and what its entries need."""

import pytest

from tests.api_street import codes_of
from tests.engine.test_message_types import post, read

TWICE_WRONG = [
    ({"type": "card", "url": "https://x.io", "imageUrl": "data:x"}, ["ENG005001", "ENG008501"]),
    ({"type": "list", "items": [{"url": "https://x.io", "Title": 5}]}, ["ENG000201", "ENG005001"]),
    ({"type": "list", "items": [{"urlType": "image", "channels": 5}]}, ["ENG000201", "ENG005001"]),
    ({"type": "location", "Latitude": "north"}, ["ENG005021", "ENG005024"]),
    ({"type": "text", "text": " ", "actions": [], "channels": [{}]}, ["ENG005001", "ENG005023"]),
    ({"type": "text", "items": [{"type": "location", "address": 5, "latitude": 1}]}, ["ENG000201", "ENG005024"]),
]


@pytest.mark.parametrize(("node", "wanted"), TWICE_WRONG)
def test_what_is_wrong_with_the_whole_is_listed_beside_its_parts(street, node, wanted):
    answer = post(street, "message", node)
    assert (answer.status_code, sorted(codes_of(answer))) == (400, wanted), answer.content


@pytest.mark.parametrize("entry", [
    {"title": "Only a title"}, {"type": "card", "title": "Alien"}, {"imageUrl": "https://x.io/a.png"},
    {"actions": [{"type": "reply", "title": "a", "payload": "a"}]}, {"content": "Lorem ipsum"},
    {"type": "image", "urlType": "image", "url": "https://x.io/a", "title": "Alien"},
    {"type": "youtube", "urlType": "youtube", "imageUrl": "https://youtube.com/embed/abc"},
])  # fmt: skip
def test_an_entry_shows_something_with_or_without_its_type(street, entry):
    answer = post(street, "message", {"type": "carousel", "items": [entry]})
    assert read(street, answer.json()["eventId"])["message"]["items"] == [entry]
