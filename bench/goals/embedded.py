"""Goal: the embedded default, one process on SQLite, carries a small installation."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.harness import Goal, Sides, Target
from bench.hop import Way
from bench.load import post
from bench.product import SETTINGS, message, running
from bench.ways import CONVERSATIONS, socket_url
from tests.live import Node, environment
from tests.services import free_port
from tests.system.account import Account

COUNT = 400


@contextmanager
def _open(scale: float) -> Iterator[Sides]:
    with TemporaryDirectory(prefix="hubster-bench-") as name:
        folder, port, count = Path(name), free_port(), int(COUNT * scale)
        node = Node("demo", ["manage.py", "demo"], environment(folder, port, **SETTINGS), folder / "log", port)
        with running(node):
            account = Account(node.base)
            shop, bearer = account.shop(), f"Bearer {account.token}"
            paths = [f"/inbound/customer/v1/direct/activity/{shop.conversation()}" for _ in range(CONVERSATIONS)]
            requests = [
                post(node.base, paths[number % len(paths)], message(number), Authorization=bearer)
                for number in range(count)
            ]
            assert node.process
            parts, socket = {"server": [node.process.pid]}, socket_url(node.base, iId=shop.agent)
            way = Way(node.base, requests, socket, account.token, parts)
            yield {"product": lambda: way.most(count)}


GOAL = Goal(
    name="embedded",
    measures="from the POST of a customer's message to its arrival at the agent's socket, as many a second as 16 "
    "connections can send; `make demo`: everything in one process, on SQLite",
    floor="none; the goal is a figure of its own",
    targets=(Target("messages/s", least=150), Target("CPU ms")),
    rounds=3,
    open=_open,
)
