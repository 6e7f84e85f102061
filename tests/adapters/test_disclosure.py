"""On every channel that somebody else runs, a message that discloses its bot begins with the line."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import adapters
from engine.adapters import Provider
from engine.adapters._blocks import Text, as_text, blocks_of
from tests.adapters.messages import MESSAGES
from tests.adapters.provider_peer import envelope

LINE = "Zq: a bot replies here"
CUSTOMERS = [one for one in adapters.all_adapters() if isinstance(one, Provider) and "Customer" in one.types]
HINTS = [{"type": one.name, "metadata": [{"key": "contentSid", "value": "HX1"}]} for one in CUSTOMERS]


class Whatever(dict[str, Any]):
    """A configuration that has every property."""

    def __missing__(self, key: str) -> str:
        return "110201543:A1"


def texts_of(value: Any) -> Iterator[str]:
    """All texts within a request's body."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from texts_of(one)
    elif isinstance(value, str):
        yield value


def read(body: bytes) -> list[str]:
    """The texts of a body in JSON, or of a form."""
    text = body.decode()
    return list(texts_of(json.loads(text) if text.startswith("{") else [value for _, value in parse_qsl(text)]))


def test_all_of_them_are_here():
    assert {"Messenger", "WhatsApp", "TwilioSMS", "Telegram", "Viber", "Line", "Instagram"} <= {
        one.name for one in CUSTOMERS
    }


@pytest.mark.parametrize("adapter", CUSTOMERS, ids=lambda one: one.name)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(message=MESSAGES, hinted=st.booleans())
def test_a_message_begins_with_the_line_once(adapter, message, hinted):
    message = {**message, **({"channels": HINTS} if hinted else {})}
    shown = envelope({**message, "disclosure": LINE}, reply_token="r", address="110201543")
    requests = adapter.render(Whatever(), shown).requests
    found = [text for text in read(requests[0].body) if LINE in text]
    assert len(set(found)) == 1  # LINE repeats it for its notification
    assert found[0].startswith(LINE)
    assert not any(LINE in text for request in requests[1:] for text in read(request.body))
    own = adapter.render(Whatever(), envelope(message, reply_token="r", address="110201543")).requests
    assert not any(LINE in text for request in own for text in read(request.body))


@given(message=MESSAGES)
def test_nothing_of_the_message_is_lost_behind_the_line(message):
    own, shown = blocks_of(message), blocks_of({**message, "disclosure": LINE})
    assert isinstance(shown[0], Text)
    words = "\n".join(as_text(block) for block in shown)
    rest = "\n".join(as_text(block) for block in own)
    assert words in (f"{LINE}\n\n{rest}", f"{LINE}\n{rest}")
