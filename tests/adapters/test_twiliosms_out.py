"""TwilioSMS: messages as texts of a phone, within its limits, and nothing is lost."""

import re
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given

from engine.adapters._base import Choice
from engine.adapters._blocks import Card, Picture, as_text, blocks_of
from engine.adapters._text import is_gsm, size, sms
from engine.adapters._twilio_render import LONGEST, MOST_FILES, Composer
from engine.adapters.twiliosms import ADAPTER
from tests.adapters.messages import MESSAGES
from tests.adapters.provider_peer import envelope

CONFIG = {"authToken": "t", "accountSid": "AC1", "numberSid": "PN1", "phoneNumber": "+16476960000",
          "capabilities": {"sms": True, "mms": True, "voice": True}}  # fmt: skip
PLAIN = {**CONFIG, "capabilities": {"sms": True, "mms": False, "voice": True}}
U = "https://x.io/"


@pytest.fixture(autouse=True)
def api(settings):
    settings.HUBSTER_TWILIO_API, settings.PUBLIC_URL = "https://api.twilio.com", "https://chat.example"


def rendered(message: Any, config: Any = CONFIG, **more: Any) -> Any:
    return ADAPTER.render(
        config, envelope(message, address="+15550001", vcards="https://chat.example/vcards/d/s", **more)
    )


def shown(message: Any, config: Any = CONFIG) -> list[tuple[str, list[str]]]:
    """(text, files) of each request."""
    found = []
    for request in rendered(message, config).requests:
        fields = parse_qsl(request.body.decode(), keep_blank_values=True)
        found.append((dict(fields).get("Body", ""), [value for name, value in fields if name == "MediaUrl"]))
    return found


def test_a_request_names_both_numbers_and_where_its_news_go():
    (request,) = rendered({"type": "text", "text": "Hi"}).requests
    assert request.url == "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json"
    assert parse_qsl(request.body.decode()) == [
        ("To", "+15550001"), ("From", "+16476960000"), ("Body", "Hi"),
        ("StatusCallback", "https://chat.example/inbound/customer/v1/twilio-sms/int-1/status"),
    ]  # fmt: skip
    assert not request.repeatable


def test_with_a_messaging_service_it_chooses_the_sender():
    fields = dict(parse_qsl(rendered({"type": "text", "text": "Hi"}, {**CONFIG, "messagingServiceSid": "MG1"})
                            .requests[0].body.decode()))  # fmt: skip
    assert fields["MessagingServiceSid"] == "MG1"
    assert "From" not in fields


def test_choices_are_numbered_below_the_text():
    actions = [{"type": "reply", "title": "Yes", "payload": "Y"}, {"type": "link", "title": "Shop", "url": U},
               {"type": "postback", "title": "No", "payload": "N"}]  # fmt: skip
    message = {"type": "text", "text": "Sure?", "actions": actions}
    assert shown(message) == [(f"Sure?\nShop: {U}\n1. Yes\n2. No", [])]
    found = rendered(message)
    assert (found.choices, found.numbered) == ((Choice("Yes", "Yes"), Choice("No", "N")), True)
    assert len(found.degraded) == 2


FILES = [
    ({"type": "image", "url": f"{U}a.png", "title": "T", "urlAnchor": f"{U}b"}, (f"T\n{U}b", [f"{U}a.png"])),
    ({"type": "image", "url": f"{U}a"}, ("", [f"{U}a"])),
    ({"type": "image", "url": f"{U}a.webp"}, (f"{U}a.webp", [])),
    ({"type": "video", "url": f"{U}a.mp4", "label": "L"}, ("L", [f"{U}a.mp4"])),
    ({"type": "video", "url": f"{U}a"}, (f"{U}a", [])),
    ({"type": "audio", "url": f"{U}a", "mimeType": "audio/mpeg"}, ("", [f"{U}a"])),
    ({"type": "attachment", "url": f"{U}a", "label": "L", "mimeType": "application/pdf"}, ("L", [f"{U}a"])),
    ({"type": "attachment", "url": f"{U}a", "label": "L", "mimeType": "application/pdf", "size": 600_000},
     (f"L: {U}a", [])),
    ({"type": "attachment", "url": f"{U}a", "label": "L", "mimeType": "image/png", "size": 600_000}, ("L", [f"{U}a"])),
    ({"type": "attachment", "url": f"{U}a", "label": "L", "mimeType": "application/zip"}, (f"L: {U}a", [])),
    ({"type": "contact", "title": "Eva", "properties": []}, ("Eva", ["https://chat.example/vcards/d/s/0.vcf"])),
]  # fmt: skip


@pytest.mark.parametrize(("message", "text"), FILES)
def test_a_file_goes_beside_the_text_if_the_phone_network_takes_it(message, text):
    assert shown(message) == [text]


@pytest.mark.parametrize("message", [message for message, _ in FILES])
def test_a_number_that_can_send_no_files_sends_links(message):
    (block,) = blocks_of(message)
    assert shown(message, PLAIN) == [(as_text(block), [])]
    assert rendered(message, PLAIN).degraded


def test_words_stand_above_their_files():
    items = [{"title": "One", "imageUrl": f"{U}1.png", "actions": [{"type": "reply", "title": "Buy", "payload": "1"}]},
             {"title": "Two", "imageUrl": f"{U}2.png"}]  # fmt: skip
    assert shown({"type": "carousel", "items": items}) == [
        ("One\n1. Buy", [f"{U}1.png"]), ("Two", [f"{U}2.png"])
    ]  # fmt: skip
    assert shown({"type": "carousel", "items": items}, PLAIN) == [
        (f"One\n{U}1.png\n1. Buy\n\nTwo\n{U}2.png", [])
    ]  # fmt: skip


def test_a_place_is_a_link_to_a_map():
    assert shown({"type": "location", "latitude": 1.5, "longitude": 2}) == [("https://maps.google.com/?q=1.5,2", [])]


@pytest.mark.parametrize(("text", "count"), [("a" * 1600, 1), ("a" * 1601, 2), ("€" * 800, 1), ("€" * 801, 2),
                                             ("😀" * 800, 1), ("😀" * 801, 2)])  # fmt: skip
def test_a_text_is_cut_where_every_way_of_counting_allows_it(text, count):
    pieces = [text for text, _ in shown({"type": "text", "text": text})]
    assert len(pieces) == count
    assert "".join(pieces) == text


@pytest.mark.parametrize("event", [{"type": "typing_on"}, {"type": "typing_off"}, {"type": "seen"}])
def test_signals_are_not_shown(event):
    assert ADAPTER.render(CONFIG, envelope(event=event)).requests == ()


def test_other_events_are_noted():
    found = ADAPTER.render(CONFIG, envelope(event={"type": "payload", "payloadType": "hubster.x", "payload": {}}))
    assert (found.requests, len(found.degraded)) == ((), 1)


def test_a_hint_sends_a_template_of_the_content_api():
    pairs = [{"key": "contentSid", "value": "HX1"}, {"key": "contentVariables", "value": '{"1": "Ann"}'}]
    message = {"type": "text", "text": "Hi", "channels": [{"type": "TwilioSMS", "metadata": pairs}],
               "actions": [{"type": "reply", "title": "Yes", "payload": "Y"}]}  # fmt: skip
    found = rendered(message)
    fields = dict(parse_qsl(found.requests[0].body.decode()))
    assert (fields["ContentSid"], fields["ContentVariables"]) == ("HX1", '{"1": "Ann"}')
    assert "Body" not in fields
    assert not found.numbered


@given(MESSAGES)
def test_whatever_a_message_holds_arrives_within_the_limits(message):
    for config in (CONFIG, PLAIN):
        sent = shown(message, config)
        for text, files in sent:
            assert text or files
            assert len(text) <= LONGEST
            assert size(text, sms(text)) <= LONGEST
            assert len(files) <= MOST_FILES
        _holds_everything(message, sent)


def _holds_everything(message: Any, sent: list[tuple[str, list[str]]]) -> None:
    texts = re.sub(r"\s", "", "".join(text for text, _ in sent))
    files = {url for _, urls in sent for url in urls}
    for block in blocks_of(message):
        bare = block if not isinstance(block, Picture) else Picture(block.url, block.title, "", block.link)
        for line in as_text(bare).splitlines():
            squeezed = re.sub(r"\s", "", line)
            assert squeezed in texts or line in files or _is_file(block, line, files)


def _is_file(block: Any, line: str, files: set[str]) -> bool:
    """True if the line is of what goes in a file: `label: url`, or a property of a contact."""
    if isinstance(block, Card):
        return False
    return any(line.endswith(url) for url in files) or any(url.endswith(".vcf") for url in files)


def test_counting_is_never_below_what_either_alphabet_needs():
    texts = ["{€}", "😀é", "ф", "abc"]
    composed = Composer(False, None)
    composed.compose(blocks_of({"type": "text", "text": "".join(texts) * 400}))
    assert all(size(text, sms(text)) <= LONGEST for text, _ in composed.messages)
    assert not is_gsm(texts[1])
