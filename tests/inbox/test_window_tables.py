"""Windows over time, a table for each channel: who may write how long after the customer's last word, and as what.

The tables are the providers' rules, not what the adapters say of themselves.
"""

import json

import pytest

from engine import adapters
from engine.activity import AUTHOR_TYPES
from engine.adapters import Provider, SendError
from engine.delivery import provider
from engine.models import Activity, Address, Conversation, Delivery
from portal.models import Integration
from tests.adapters.kik_peer import CONFIG as KIK
from tests.adapters.provider_peer import envelope
from tests.adapters.viber_peer import CONFIG as VIBER
from tests.adapters.whatsapp_peer import CONFIG as WHATSAPP

MINUTE, HOUR, DAY = 60, 3_600, 86_400
HEARD = 1_796_000_000  # seconds
OTHERS = [author for author in AUTHOR_TYPES if author != "human"]
CONFIGS = {
    "Messenger": {"pageAccessToken": "EAAG", "pageId": "10"}, "Instagram": {"accessToken": "EAAG", "accountId": "10"},
    "WhatsApp": WHATSAPP, "Telegram": {"botToken": "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw8"},
    "Line": {"channelSecret": "secret", "channelAccessToken": "token"}, "Viber": VIBER, "Kik": KIK,
    "TwilioSMS": {"accountSid": "AC1", "authToken": "t", "numberSid": "PN1", "phoneNumber": "+1555"},
}  # fmt: skip
OPEN, TAGGED, CLOSED = "open", "tagged", "closed"
# (seconds after the customer's last message, for people, for bots, rules and all others)
META = [
    (0, OPEN, OPEN), (MINUTE, OPEN, OPEN), (DAY - MINUTE, OPEN, OPEN), (DAY - 1, OPEN, OPEN), (DAY, TAGGED, CLOSED),
    (DAY + MINUTE, TAGGED, CLOSED), (3 * DAY, TAGGED, CLOSED), (7 * DAY - 1, TAGGED, CLOSED), (7 * DAY, CLOSED, CLOSED),
    (7 * DAY + MINUTE, CLOSED, CLOSED), (30 * DAY, CLOSED, CLOSED),
]  # fmt: skip
A_DAY = [
    (0, OPEN, OPEN), (DAY - MINUTE, OPEN, OPEN), (DAY - 1, OPEN, OPEN), (DAY, CLOSED, CLOSED),
    (DAY + MINUTE, CLOSED, CLOSED), (7 * DAY, CLOSED, CLOSED), (30 * DAY, CLOSED, CLOSED),
]  # fmt: skip
ALWAYS = [(0, OPEN, OPEN), (DAY, OPEN, OPEN), (30 * DAY, OPEN, OPEN), (365 * DAY, OPEN, OPEN)]
TABLES = {
    ("Messenger", ""): META, ("Instagram", ""): META, ("WhatsApp", ""): A_DAY,
    ("Telegram", ""): ALWAYS, ("Telegram", "business-connection"): A_DAY,
    ("Line", ""): ALWAYS, ("Viber", ""): ALWAYS, ("Kik", ""): ALWAYS, ("TwilioSMS", ""): ALWAYS,
}  # fmt: skip
ROWS = [
    pytest.param(channel, scope, after, author, wanted, id=f"{channel}{'-' + scope if scope else ''}-{after}-{author}")
    for (channel, scope), table in TABLES.items()
    for after, human, others in table
    for author, wanted in [("human", human), *((other, others) for other in OTHERS)]
]


def prepared(channel, scope, after, author, event=None, last_said=HEARD * 1_000):
    """The requests that would go out; raises where none may."""
    address = Address(scope=scope, value="16505551234", last_said=last_said)
    content = {"type": event} if event else {"type": "text", "text": "Hi"}
    activity = Activity(type="event" if event else "message", content=content)
    end = Integration(channel=channel, configuration=CONFIGS[channel])
    row = Delivery(destination=end, activity=activity, conversation=Conversation())
    about = {
        "scope": scope,
        "address": address.value,
        "last_said": last_said,
        "author": author,
        "read_token": "wamid.1",
    }
    given = envelope(None if event else content, content if event else None, **{**about, "timestamp": HEARD + after})
    return provider.rendered(row, address, given).requests


def state(requests) -> str:
    found = [json.loads(request.body) for request in requests if request.body.startswith(b"{")]
    tags = {(body.get("messaging_type"), body.get("tag")) for body in found}
    if tags == {("MESSAGE_TAG", "HUMAN_AGENT")}:
        return TAGGED
    assert tags <= {("RESPONSE", None), (None, None)}
    return OPEN


def test_there_is_a_table_for_every_channel_of_a_provider():
    assert {channel for channel, _ in TABLES} == {
        one.name for one in adapters.all_adapters() if isinstance(one, Provider) and "Customer" in one.types
    }


@pytest.mark.parametrize(("channel", "scope", "after", "author", "wanted"), ROWS)
def test_the_table(channel, scope, after, author, wanted):
    if wanted == CLOSED:
        with pytest.raises(SendError) as caught:
            prepared(channel, scope, after, author)
        assert caught.value.window_closed
        return
    requests = prepared(channel, scope, after, author)
    assert requests
    assert state(requests) == wanted


@pytest.mark.parametrize(("channel", "scope"), [place for place, table in TABLES.items() if table is not ALWAYS])
def test_who_never_wrote_is_not_written_to(channel, scope):
    with pytest.raises(SendError) as caught:
        prepared(channel, scope, 0, "human", last_said=0)
    assert caught.value.window_closed


@pytest.mark.parametrize("event", ["typing_on", "typing_off", "seen"])
@pytest.mark.parametrize(("channel", "scope"), [place for place, table in TABLES.items() if table is not ALWAYS])
def test_signs_go_out_within_the_day_only_as_no_tag_is_for_them(channel, scope, event):
    shown = adapters.get(channel).shows
    assert bool(prepared(channel, scope, DAY - 1, "human", event)) == (event in shown)
    for after in (DAY, 3 * DAY, 8 * DAY):
        assert not prepared(channel, scope, after, "human", event)
