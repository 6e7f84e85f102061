"""The public SignalR clients, unmodified: `@microsoft/signalr` in Node, `pysignalr` and `signalrcore` of PyPI."""

import asyncio
import json
import os
import queue
import shutil
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from pysignalr.client import SignalRClient
from signalrcore.hub_connection_builder import HubConnectionBuilder

from tests.services import ended

CLIENTS = Path(__file__).resolve().parent.parent / "clients"
needs_node = pytest.mark.skipif(
    not shutil.which("node") or not (CLIENTS / "node_modules").is_dir(),
    reason="needs Node and `npm ci` in tests/clients",
)


class Script:
    """tests/clients/listen.mjs as a process; its lines come out of a queue."""

    def __init__(self, url: str, token: str, skip: bool) -> None:
        env = {"PATH": os.environ["PATH"], "HUBSTER_URL": url, "HUBSTER_TOKEN": token, "HUBSTER_SKIP": "1" * skip}
        self.process = subprocess.Popen(
            ["node", "listen.mjs"], cwd=CLIENTS, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.lines: queue.SimpleQueue[dict] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.lines.put(json.loads(line))

    def next(self, name: str):
        """The next line, which must be of this kind."""
        line = self.lines.get(timeout=20)
        assert name in line, line
        return line[name]


@contextmanager
def script(url: str, token: str, skip: bool):
    made = Script(url, token, skip)
    try:
        yield made
    finally:
        made.process.stdin.close()
        ended(made.process, 0)


@needs_node
@pytest.mark.parametrize("skip", [False, True], ids=["negotiated", "negotiation skipped"])
def test_the_npm_client_receives_as_customer_and_as_agent(live, account, shop, skip):
    conversation = shop.conversation()
    hub = f"{live.other}/engine-chat-hub?iId="
    with (
        script(f"{hub}{shop.customer}&cId={conversation}", account.token, skip) as customer,
        script(f"{hub}{shop.agent}", account.token, skip) as agent,
    ):
        customer.next("connected")
        agent.next("connected")
        for n in range(5):
            shop.say(conversation, f"question {n}")
            shop.reply(conversation, f"answer {n}")
        assert [agent.next("activity")["message"]["text"] for _ in range(5)] == [f"question {n}" for n in range(5)]
        assert [customer.next("activity")["message"]["text"] for _ in range(5)] == [f"answer {n}" for n in range(5)]


@needs_node
def test_the_npm_client_is_told_why_it_is_refused(live, shop):
    with script(f"{live.base}/engine-chat-hub?iId={shop.agent}", "no token", True) as agent:
        assert "HubException: [ENG000102]" in agent.next("refused")


async def _python_client(url: str, token: str, count: int, act) -> list[dict]:
    """What pysignalr receives while `act` runs."""
    heard: asyncio.Queue[dict] = asyncio.Queue()
    # Its `access_token_factory` is of no use at a first connection: it is asked after the connection was made.
    client = SignalRClient(url, headers={"Authorization": f"Bearer {token}"})

    async def receive(arguments: list[dict]) -> None:
        await heard.put(arguments[0])

    async def opened() -> None:
        asyncio.get_running_loop().run_in_executor(None, act)

    client.on("ReceiveDirectActivities", receive)
    client.on_open(opened)
    running = asyncio.create_task(client.run())
    try:
        return [await asyncio.wait_for(heard.get(), 20) for _ in range(count)]
    finally:
        running.cancel()


@pytest.mark.parametrize("side", ["customer", "agent"])
async def test_pysignalr_receives(live, account, shop, side):
    conversation = shop.conversation()
    query = f"iId={shop.customer}&cId={conversation}" if side == "customer" else f"iId={shop.agent}"
    speak = shop.reply if side == "customer" else shop.say

    def act() -> None:
        for n in range(5):
            speak(conversation, f"m{n}")

    heard = await _python_client(f"{live.other}/engine-chat-hub?{query}", account.token, 5, act)
    assert [activity["message"]["text"] for activity in heard] == [f"m{n}" for n in range(5)]


@pytest.mark.parametrize("side", ["customer", "agent"])
def test_signalrcore_receives(live, account, shop, side):
    conversation = shop.conversation()
    query = f"iId={shop.customer}&cId={conversation}" if side == "customer" else f"iId={shop.agent}"
    options = {"access_token_factory": lambda: account.token}
    client = HubConnectionBuilder().with_url(f"{live.other}/engine-chat-hub?{query}", options=options).build()
    opened, heard = threading.Event(), queue.SimpleQueue()
    client.on_open(opened.set)
    client.on("ReceiveDirectActivities", lambda arguments: heard.put(arguments[0]["message"]["text"]))
    client.start()
    try:
        assert opened.wait(20)
        for n in range(5):
            (shop.reply if side == "customer" else shop.say)(conversation, f"m{n}")
        assert [heard.get(timeout=20) for _ in range(5)] == [f"m{n}" for n in range(5)]
    finally:
        client.stop()
