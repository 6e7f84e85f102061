"""A day with Slack as others emulate it: a server that keeps channels, threads and tokens, asked over the network."""

import json
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import time_machine
from slack_sdk import WebClient

from engine.models import Delivery, Endpoint
from hubster.lib import clock
from tests.inbox.slack_peer import HOOK, SIGNING, Workspace, typed
from tests.inbox.test_slack import flow, told, write
from tests.inbox.test_slack_connect import CALLBACK, begun
from tests.services import ended, free_port, started, wait_until
from tests.system.test_signalr_clients import CLIENTS

PROGRAM = CLIENTS / "node_modules" / "emulate" / "dist" / "index.js"
pytestmark = pytest.mark.skipif(
    not shutil.which("node") or not PROGRAM.exists(), reason="needs Node and `npm ci` in tests/clients"
)
APP = {"client_id": "1.2", "client_secret": "client-secret", "app_id": "A1", "name": "Hubster"}
TEAM = {"team": {"name": "Shop", "domain": "shop"}, "users": [{"name": "ada", "real_name": "Ada L."}],
        "channels": [{"name": "general"}, {"name": "support"}]}  # fmt: skip


@pytest.fixture
def emulated(tmp_path, settings) -> Iterator[str]:
    """The origin of a workspace in which nothing was said yet."""
    port = free_port()
    app = {**APP, "redirect_uris": [f"{settings.PUBLIC_URL}{CALLBACK}"]}
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps({"slack": {**TEAM, "oauth_apps": [app]}}))
    with (tmp_path / "log").open("wb") as log:
        command = ["node", PROGRAM, "start", "--service", "slack", "--port", str(port), "--seed", seed]
        process = started(command, stdout=log, stderr=log, cwd=tmp_path)
    origin = f"http://127.0.0.1:{port}"
    try:
        wait_until("the workspace answers", lambda: answers(origin))
        yield origin
    finally:
        ended(process, 15)


def answers(origin: str) -> bool:
    try:
        return requests.get(f"{origin}/oauth/v2/authorize", timeout=2).status_code < 500
    except requests.ConnectionError:
        return False


@pytest.fixture
def day(transactional_db, acme, emulated, settings, still) -> WebClient:
    """Slack's own client, with the token of the app once it is connected."""
    settings.HUBSTER_SLACK_API, settings.HUBSTER_ALLOW_LOOPBACK = emulated, True
    settings.HUBSTER_SLACK_CLIENT_ID, settings.HUBSTER_SLACK_CLIENT_SECRET = "1.2", "client-secret"
    settings.HUBSTER_SLACK_SIGNING_SECRET = SIGNING
    return WebClient(base_url=f"{emulated}/api/")


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


def test_a_day_in_a_workspace(acme, day, emulated):
    browser, slack = acme.browser("manager"), Workspace()
    query, _page = begun(browser, acme)
    assert browser.get(CALLBACK, agreed(emulated, query)).status_code == 302
    row = acme.hub.integrations.get(channel="Slack")
    day.token = row.configuration["botAccessToken"]
    assert day.auth_test()["team_id"] == row.configuration["teamId"] == row.inbound_id

    api, address = acme.api("portal"), f"/api/v1/integrations/slack/{row.pk}/channel"

    def choose(name: str) -> str:
        chosen = api.post(address, {"channel": name}, format="json")
        assert chosen.status_code == 200, chosen.content
        return str(chosen.json()["configuration"]["channelId"])

    channel, talk = choose("support"), acme.establish()
    write(acme, talk)
    write(acme, talk, "Hello?")
    (newest,) = [one for one in day.conversations_history(channel=channel)["messages"] if not one.get("thread_ts")][:1]
    root = {"channel": channel, "ts": newest["ts"]}
    assert thread(day, root)[1:] == ["Where is my tea?", "Hello?"]

    def hear(text: str, ts: str) -> None:
        event = json.dumps({"type": "event_callback", "team_id": row.inbound_id, "event_id": ts, "event_time": 1,
                            "event": typed(root, text, ts)})  # fmt: skip
        assert slack.post(event, path=HOOK).status_code == 200
        flow(talk)

    hear("On its way", "1900000001.1")
    hear("::help", "1900000002.1")
    assert told(talk) == ["On its way"]
    assert "::resp" in thread(day, root)[-1]

    day.conversations_archive(channel=channel)
    write(acme, talk, "Still there?")
    assert (
        Delivery.objects.get(destination=row, activity__content__text="Still there?").status == Delivery.Status.PENDING
    )
    general = choose("general")
    with time_machine.travel(clock.now() + timedelta(minutes=3), tick=False):
        flow(talk)
    said = day.conversations_history(channel=general)["messages"]
    assert thread(day, {"channel": general, "ts": said[-1]["ts"]})[1:] == ["Still there?"]
    assert not Endpoint.objects.get(pk=row.pk).paused
