"""The way of one POST through the files of the engine, short enough to be followed with a finger."""

import sys
from collections.abc import Callable

import pytest

from tests.engine.test_handover import words
from tests.test_house import ROOT

MOST_STOPS, MOST_FILES = 20, 10


def way(call: Callable[[], object]) -> list[str]:
    """The files that a call comes through, each time it comes to one; `engine/activity` is one place."""
    found: list[str] = []

    def look(frame, event, _):
        path = frame.f_code.co_filename
        if event != "call" or not path.startswith(f"{ROOT}/engine/"):
            return
        name = path.removeprefix(f"{ROOT}/engine/")
        name = "activity" if name.startswith("activity/") else name
        if found[-1:] != [name]:
            found.append(name)

    sys.setprofile(look)
    try:
        call()
    finally:
        sys.setprofile(None)
    return found


@pytest.mark.parametrize("key", [None, "once"])
@pytest.mark.parametrize("text", ["hello", "::help", "a person, please"])
@pytest.mark.parametrize("who", ["customer", "agent", "bot"])
def test_a_post_makes_twenty_stops_at_most(acme, who, text, key):
    bot = acme.add("Direct", "Bot", integrationType="Bot")
    conversation, api = acme.establish(), acme.api("engine")
    sender = {"customer": None, "agent": acme.agent, "bot": bot}[who]
    body = {"message": words(text), **({"sender": {"integrationId": str(sender.id)}} if sender else {})}
    path, answers = f"/inbound/customer/v1/direct/activity/{conversation.id}", []
    headers = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
    stops = way(lambda: answers.append(api.post(path, body, format="json", **headers)))
    assert answers[0].status_code == 200
    assert len(stops) <= MOST_STOPS, stops
    assert len(set(stops)) <= MOST_FILES, sorted(set(stops))
    assert not any(name.startswith(("pipeline/", "commands/", "delivery/")) for name in stops), "that comes later"
