"""Goal: webhooks with every attempt recorded go out half as fast as from a bare loop; bad endpoints harm no others."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import requests

from bench.harness import Goal, Sample, Sides, Target
from bench.load import closed
from bench.processes import free_port, metered, program
from bench.product import AGAIN, OVER, Product, product
from tests.live import ROOT
from tests.services import wait_until

ENDPOINTS, HANGING, EACH = 40, 10, 16  # endpoints of both kinds, and conversations of each
GOOD, ONE, FLOOR = 4_000, 1_200, 8_000  # messages


@dataclass
class Group:
    """Endpoints that are measured together, and the messages for them."""

    hooks: list[str] = field(default_factory=list)
    conversations: list[str] = field(default_factory=list)


@dataclass
class Bench:
    """The product, the receiver of webhooks and the groups of endpoints."""

    made: Product
    sink: str

    def group(self, path: str, endpoints: int, each: int, messages: int) -> Group:
        """New hubs with a webhook each; the messages are sent, and wait as long as the webhooks are paused."""
        found = Group()
        for number in range(endpoints):
            shop = self.made.account.shop()
            found.hooks.append(shop.watched_by(f"{self.sink}/{path}/{number}")["integrationId"])
            found.conversations += [shop.conversation() for _ in range(each)]
        self.tell(found, "pause")
        asyncio.run(closed(self.made.web.base, self.made.messages(found.conversations, messages), 16))
        return found

    def tell(self, group: Group, verb: str) -> None:
        """Pause or resume the endpoints of a group."""
        paths = [f"/api/v1/integrations/{hook}/endpoint/{verb}" for hook in group.hooks]
        self.made.account.token  # noqa: B018 - obtained once, not by each thread
        with ThreadPoolExecutor(8) as several:
            list(several.map(lambda path: self.made.account.done("POST", path), paths))

    def send(self, good: Group, messages: int, bad: Group | None = None) -> Sample:
        """All messages of a group once more, beside those of a group that hangs."""
        groups = [good, *([bad] if bad else [])]
        for group in groups:
            self.tell(group, "pause")
            self.made.execute(AGAIN, group.hooks)
        self.made.wait_idle()
        requests.delete(f"{self.sink}/arrivals", timeout=20)
        parts, before = (
            {name: self.made.parts[name] for name in ("worker", "postgres", "redis")},
            self.made.statements(),
        )
        with metered(parts) as used:
            for group in reversed(groups):
                self.tell(group, "resume")
            wait_until("all has arrived", lambda: _count(self.sink) >= messages, 300, every=0.2)
        asked = self.made.statements() - before
        if bad:
            self.tell(bad, "pause")
            self.made.execute(OVER, bad.hooks)
        return {
            "webhooks/s": steady_rate(requests.get(f"{self.sink}/arrivals", timeout=20).json()),
            "CPU ms": used.total / messages * 1000,
            "worker CPU ms": used.parts["worker"] / messages * 1000,
            "statements": asked / messages,
        }

    def floor(self, messages: int) -> Sample:
        """The bare loop."""
        requests.delete(f"{self.sink}/arrivals", timeout=20)
        urls = [f"{self.sink}/ok/{number}" for number in range(ENDPOINTS)]
        words = [sys.executable, "-m", "bench.floors.webhooks", str(messages), *urls]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, check=True)
        arrivals = requests.get(f"{self.sink}/arrivals", timeout=20).json()
        return {"webhooks/s": steady_rate(arrivals), "CPU ms": float(done.stdout) / messages * 1000}


def _count(sink: str) -> int:
    return int(requests.get(f"{sink}/count", timeout=20).json())


def steady_rate(arrivals: list[float]) -> float:
    """Arrivals a second between the first tenth and the last tenth: neither start nor end."""
    moments = sorted(arrivals)
    first, last = len(moments) // 10, len(moments) * 9 // 10
    return (last - first) / max(moments[last] - moments[first], 1e-6)


@contextmanager
def _open(scale: float) -> Iterator[Sides]:
    good, one = int(GOOD * scale), int(ONE * scale)
    port = free_port()
    with product() as made, program(["-m", "bench.floors.sink", str(port)], made.folder / "sink.log", port):
        bench = Bench(made, f"http://127.0.0.1:{port}")
        many = bench.group("ok", ENDPOINTS, EACH, good)
        single = bench.group("one", 1, ENDPOINTS, one)
        hanging = bench.group("hang", HANGING, EACH, good // 4)
        yield {
            "product": lambda: bench.send(many, good),
            "one endpoint": lambda: bench.send(single, one),
            "a fifth hangs": lambda: bench.send(many, good, hanging),
            "aiohttp loop": lambda: bench.floor(int(FLOOR * scale)),
        }


GOAL = Goal(
    name="webhooks",
    measures="a backlog of webhooks from one worker to 40 healthy endpoints, to a single one, and to the 40 while a "
    "fifth of all webhooks goes to 10 others that hang for 10 seconds; rates without the first and last tenth",
    floor="an aiohttp loop that signs and posts from memory to the same receiver, 64 at a time, recording nothing",
    targets=(
        Target("webhooks/s", over="aiohttp loop", least=0.5),
        Target("webhooks/s", least=800),
        Target("CPU ms", over="aiohttp loop"),
        Target("statements", most=0.1, label="statements of each"),
        Target("webhooks/s", side="one endpoint", least=400, label="webhooks/s to one endpoint"),
        Target("webhooks/s", side="a fifth hangs", over="product", least=0.9, label="good webhooks/s, a fifth hangs"),
    ),
    rounds=2,
    open=_open,
)
