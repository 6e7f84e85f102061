"""A message reaches the customer once, also where nobody hears what the provider answered."""

import pytest

from engine.activity import TYPING_ON, parse_message
from engine.adapters import get
from tests.adapters.every_provider import CONFIGURATIONS, ENVELOPE
from tests.adapters.provider_peer import envelope

CARDS = [
    {"title": "Green", "text": "Mild", "url": "https://x.io/a.png", "urlType": "image"},
    {"title": "Black", "text": "Strong"},
]
MESSAGES = [
    {"type": "text", "text": "Hello"},
    {"type": "text", "text": "long " * 2000},
    {"type": "image", "url": "https://x.io/a.png", "title": "A pot"},
    {"type": "attachment", "url": "https://x.io/a.pdf", "label": "Report", "mimeType": "application/pdf"},
    {"type": "carousel", "items": [{**card, "actions": []} for card in CARDS]},
]


def requests_of(name, message=None, event=None):
    return get(name).render(CONFIGURATIONS[name], envelope(message, event, **ENVELOPE)).requests


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_a_message_is_not_sent_again_unless_the_provider_knows_it_again(name):
    requests = [each for message in MESSAGES for each in requests_of(name, parse_message(message))]
    assert len(requests) >= len(MESSAGES)
    known_again = [each for each in requests if "X-Line-Retry-Key" in each.headers]
    assert [each for each in requests if each.repeatable] == known_again


@pytest.mark.parametrize("name", ["Messenger", "Instagram", "Telegram"])
def test_a_sign_that_somebody_types_may_be_sent_again(name):
    [request] = requests_of(name, event={"type": TYPING_ON})
    assert request.repeatable
