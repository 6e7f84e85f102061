"""A day with Slack as others emulate it: a server that keeps channels, threads and tokens, asked over the network."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import time_machine
from slack_sdk import WebClient

from engine.models import Conversation, Delivery, Endpoint
from hubster.lib import clock
from portal.models import Integration
from tests.inbox.slack_emulated import emulated, needs_program
from tests.inbox.slack_peer import HOOK, SIGNING, Workspace, typed
from tests.inbox.test_slack import flow, told, write
from tests.inbox.test_slack_connect import CALLBACK, begun

pytestmark = needs_program


@pytest.fixture
def workspace(tmp_path, settings) -> Iterator[str]:
    with emulated(tmp_path, f"{settings.PUBLIC_URL}{CALLBACK}") as origin:
        yield origin


@pytest.fixture
def day(transactional_db, acme, workspace, settings, still) -> WebClient:
    """Slack's own client, with the token of the app once it is connected."""
    settings.HUBSTER_SLACK_API, settings.HUBSTER_ALLOW_LOOPBACK = workspace, True
    settings.HUBSTER_SLACK_CLIENT_ID, settings.HUBSTER_SLACK_CLIENT_SECRET = "1.2", "client-secret"
    settings.HUBSTER_SLACK_SIGNING_SECRET = SIGNING
    return WebClient(base_url=f"{workspace}/api/")


def agreed(origin: str, query: dict[str, list[str]]) -> dict[str, str]:
    """The owner agrees on the workspace's page; what it sends back."""
    given = {key: values[0] for key, values in query.items()}
    page = requests.get(f"{origin}/oauth/v2/authorize", given, timeout=10).text
    user = re.search(r'name="user_id" value="(\w+)"', page)
    assert user, page
    form = {**given, "user_id": user[1]}
    back = requests.post(f"{origin}/oauth/v2/authorize/callback", form, allow_redirects=False, timeout=10)
    return {key: values[0] for key, values in parse_qs(urlsplit(back.headers["Location"]).query).items()}


def thread(client: WebClient, root: dict[str, Any]) -> list[str]:
    found = client.conversations_replies(channel=root["channel"], ts=root["ts"])
    return [message["text"] for message in found["messages"]]


class Office:
    """The business's side of the workspace, and what its agents write."""

    def __init__(self, party: Any, row: Integration) -> None:
        self.party, self.row = party, row

    def choose(self, name: str) -> str:
        """Another channel for new threads; its id."""
        address = f"/api/v1/integrations/slack/{self.row.pk}/channel"
        chosen = self.party.api("portal").post(address, {"channel": name}, format="json")
        assert chosen.status_code == 200, chosen.content
        return str(chosen.json()["configuration"]["channelId"])

    def hear(self, talk: Conversation, root: dict[str, Any], text: str, ts: str) -> None:
        event = {"type": "event_callback", "team_id": self.row.inbound_id, "event_id": ts, "event_time": 1,
                 "event": typed(root, text, ts)}  # fmt: skip
        assert Workspace().post(json.dumps(event), path=HOOK).status_code == 200
        flow(talk)


@pytest.fixture
def office(acme, day, workspace) -> Office:
    """Connected in the admin."""
    browser = acme.browser("manager")
    query, _page = begun(browser, acme)
    assert browser.get(CALLBACK, agreed(workspace, query)).status_code == 302
    row = acme.hub.integrations.get(channel="Slack")
    day.token = row.configuration["botAccessToken"]
    return Office(acme, row)


def newest_root(day: WebClient, channel: str) -> dict[str, Any]:
    """The message that began the newest thread of a channel."""
    found = next(one for one in day.conversations_history(channel=channel)["messages"] if not one.get("thread_ts"))
    return {"channel": channel, "ts": found["ts"]}


def test_a_day_in_a_workspace(acme, day, office):
    assert day.auth_test()["team_id"] == office.row.inbound_id
    channel, talk = office.choose("support"), acme.establish()
    write(acme, talk)
    write(acme, talk, "Hello?")
    root = newest_root(day, channel)
    assert thread(day, root)[1:] == ["Where is my tea?", "Hello?"]
    office.hear(talk, root, "On its way", "1900000001.1")
    office.hear(talk, root, "::help", "1900000002.1")
    assert told(talk) == ["On its way"]
    assert "::resp" in thread(day, root)[-1]


def test_a_thread_goes_on_in_another_channel_when_its_own_is_archived(acme, day, office):
    channel, talk = office.choose("support"), acme.establish()
    write(acme, talk)
    day.conversations_archive(channel=channel)
    write(acme, talk, "Still there?")
    waiting = Delivery.objects.get(destination=office.row, activity__content__text="Still there?")
    assert waiting.status == Delivery.Status.PENDING
    general = office.choose("general")
    with time_machine.travel(clock.now() + timedelta(minutes=3), tick=False):
        flow(talk)
    assert thread(day, newest_root(day, general))[1:] == ["Still there?"]
    assert not Endpoint.objects.get(pk=office.row.pk).paused
