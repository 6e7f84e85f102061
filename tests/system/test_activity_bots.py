"""Unmodified bots of two SDKs, plugged into a running hub: they reply in the response, or call its `serviceUrl`."""

import importlib.util
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.live import ROOT
from tests.services import ended, free_port, started, wait_until
from tests.system.account import Shop
from tests.system.activity_bots import BOTS

PACKAGES = {"microsoft-365": "microsoft_agents", "bot-builder": "botbuilder"}


@pytest.fixture(scope="module", params=list(BOTS))
def endpoint(request) -> Iterator[tuple[str, str]]:
    """A running bot: its SDK, and its messaging endpoint."""
    if importlib.util.find_spec(PACKAGES[request.param]) is None:
        pytest.skip(f"{PACKAGES[request.param]} is not installed")
    port = free_port()
    command = [sys.executable, "-u", "-m", "tests.system.activity_bots", request.param, str(port)]
    process = started(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout
    shown = []
    for line in process.stdout:
        shown.append(line)
        if "Running on" in line:
            break
    else:
        raise AssertionError("".join(shown))
    yield request.param, f"http://127.0.0.1:{port}/api/messages"
    ended(process, 15)


@pytest.fixture(params=["by calls", "in the response"])
def talk(shop: Shop, endpoint: tuple[str, str], request) -> tuple[Shop, str]:
    """A hub whose bot it is, with a conversation."""
    (name, url), in_response = endpoint, request.param == "in the response"
    if in_response and name == "bot-builder":
        pytest.skip("of this SDK, a bot in Python answers 500 when it is asked for its replies in the response")
    shop.add("Bot", dialect="activity", url=url, expectReplies=in_response)
    return shop, shop.conversation()


def heard(shop: Shop, conversation: str, count: int) -> list[dict]:
    """The first messages that the customer got."""
    found: list[dict] = []

    def enough() -> bool:
        rows = shop.activities(conversation)
        found[:] = [row["message"] for row in rows if "message" in row and row["sender"]["integrationType"] == "Bot"]
        return len(found) >= count

    wait_until(f"{count} replies", enough)
    return found


def test_a_bot_repeats_what_it_hears_in_order(talk):
    shop, conversation = talk
    shop.say(conversation, "hello")
    assert [one["text"] for one in heard(shop, conversation, 1)] == ["You said hello"]
    shop.say(conversation, "twice")
    assert [one["text"] for one in heard(shop, conversation, 3)] == ["You said hello", "You said twice", "And again"]
    events = [row["event"]["type"] for row in shop.activities(conversation) if "event" in row]
    assert "typing_on" in events


def test_cards_and_suggestions_are_rich_messages(talk):
    shop, conversation = talk
    shop.say(conversation, "card")
    text, card, choices = heard(shop, conversation, 3)
    assert text["text"] == "Look"
    assert (card["type"], card["title"], card["subtitle"], card["content"]) == ("card", "Tea", "Green", "Fresh")
    assert card["actions"] == [{"type": "link", "title": "Shop", "url": "https://shop.example.com/"}]
    assert choices["actions"] == [{"type": "reply", "title": "More", "payload": "More"}]


def test_a_bot_hands_over(talk):
    shop, conversation = talk
    shop.say(conversation, "stuck")
    assert [one["text"] for one in heard(shop, conversation, 1)] == ["One moment."]
    wait_until("the agents are told", lambda: _moved(shop, conversation))


def _moved(shop: Shop, conversation: str) -> bool:
    rows = [row["event"] for row in shop.activities(conversation, "Agent") if "event" in row]
    return any(row.get("payloadType") == "hubster.handover" and row["payload"]["reason"] == "asked" for row in rows)
