"""Goal: whatever one tenant does, another tenant's messages are accepted and delivered within two seconds."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass

import requests

from bench.harness import Goal, Sample, Sides, Target, percentile
from bench.load import closed, paced
from bench.processes import free_port, program
from bench.product import OVER, Product, product
from bench.sockets import Ear
from bench.ways import socket_url
from tests.system.account import Account, Shop

RATE, SECONDS, PATIENCE = 5.0, 8.0, 120.0
WAITING, HANGING, CONVERSATIONS = 1_500, 50, 8
Noise = AbstractAsyncContextManager[None]


@dataclass
class Quiet:
    """A tenant who says little, and whom the others must not hold up."""

    made: Product
    sink: str
    account: Account
    shop: Shop
    conversations: list[str]

    @classmethod
    def make(cls, made: Product, sink: str) -> "Quiet":
        """The demo's other tenant, with a hub of its own."""
        account = Account(made.web.base, "2", "other")
        shop = account.shop()
        shop.watched_by(f"{sink}/numbered")
        return cls(made, sink, account, shop, [shop.conversation() for _ in range(CONVERSATIONS)])

    async def ask(self, noise: Noise, seconds: float) -> Sample:
        """Send at a steady rate beside the noise; until each message has reached the agent's socket and the webhook."""
        count = int(RATE * seconds)
        batch, sent, wall = self.made.messages(self.conversations, count, self.account), {}, {}
        await asyncio.to_thread(requests.delete, f"{self.sink}/arrivals", timeout=20)

        def note(number: int) -> None:
            sent[number], wall[number] = time.perf_counter(), time.time()

        async with Ear(socket_url(self.made.sockets, iId=self.shop.agent), self.account.token) as ear, noise:
            load = await paced(self.made.web.base, batch, RATE, 8, note)
            await ear.wait(count, PATIENCE)
            arrived = await self._webhooks(count)
        return {
            "p95 s accepted": percentile(load.latencies, 95),
            "p95 s to the agent": percentile([ear.heard[number] - moment for number, moment in sent.items()], 95),
            "p95 s to the webhook": percentile([arrived[number] - moment for number, moment in wall.items()], 95),
        }

    async def _webhooks(self, count: int) -> dict[int, float]:
        end = time.monotonic() + PATIENCE
        while True:
            answer = await asyncio.to_thread(requests.get, f"{self.sink}/numbers", timeout=20)
            found = {int(number): moment for number, moment in answer.json().items()}
            if len(found) >= count:
                return found
            assert time.monotonic() < end, f"{len(found)} of {count} webhooks arrived"
            await asyncio.sleep(0.2)


@asynccontextmanager
async def nothing() -> AsyncIterator[None]:
    """Silence."""
    yield


@asynccontextmanager
async def backlog(made: Product, batch: list[bytes]) -> AsyncIterator[None]:
    """One message in each of many conversations has waited for the worker, which now goes on."""
    assert made.worker and made.worker.process
    os.kill(made.worker.process.pid, signal.SIGSTOP)
    try:
        await closed(made.web.base, batch, 16)
    finally:
        os.kill(made.worker.process.pid, signal.SIGCONT)
    yield


@asynccontextmanager
async def flood(made: Product, batch: list[bytes]) -> AsyncIterator[None]:
    """Somebody sends as fast as sixteen connections can, until the end of the block."""
    task = asyncio.create_task(closed(made.web.base, batch, 16, PATIENCE))
    try:
        yield
    finally:
        task.cancel()


@asynccontextmanager
async def hanging(made: Product, batch: list[bytes], hooks: list[str]) -> AsyncIterator[None]:
    """Calls to many endpoints have just begun, none of which answers for ten seconds."""
    await closed(made.web.base, batch, 16)
    await asyncio.sleep(0.5)
    try:
        yield
    finally:
        made.execute(OVER, hooks)


def _measured(made: Product, quiet: Quiet, noise: Noise, seconds: float) -> Sample:
    try:
        return asyncio.run(quiet.ask(noise, seconds))
    finally:
        made.wait_idle(300)


@contextmanager
def _open(scale: float) -> Iterator[Sides]:
    port, seconds = free_port(), SECONDS * scale
    with product() as made, program(["-m", "bench.floors.sink", str(port)], made.folder / "sink.log", port):
        sink, shop = f"http://127.0.0.1:{port}", made.account.shop()
        quiet = Quiet.make(made, sink)
        slow = [made.account.shop() for _ in range(int(HANGING * scale))]
        hooks = [one.watched_by(f"{sink}/hang/{number}")["integrationId"] for number, one in enumerate(slow)]
        with ThreadPoolExecutor(8) as several:
            many = list(several.map(lambda _: shop.conversation(), range(int(WAITING * scale))))
        waiting, fast = made.messages(many, len(many)), made.messages(many[:32], 20_000)
        stuck = made.messages([one.conversation() for one in slow], len(slow))
        yield {
            "alone": lambda: _measured(made, quiet, nothing(), seconds),
            "backlog": lambda: _measured(made, quiet, backlog(made, waiting), seconds),
            "flood": lambda: _measured(made, quiet, flood(made, fast), seconds),
            "hanging": lambda: _measured(made, quiet, hanging(made, stuck, hooks), seconds),
        }


_NOISES = {
    "backlog": "1,500 conversations wait",
    "flood": "a tenant sends at full speed",
    "hanging": "50 endpoints hang",
}
_FIGURES = ("p95 s accepted", "p95 s to the agent", "p95 s to the webhook")

GOAL = Goal(
    name="fairness",
    measures="seconds until a quiet tenant's messages, five a second, are accepted, reach the agent's socket and reach "
    "the webhook, while another tenant makes noise; one web process and one worker",
    floor="the same tenant alone",
    targets=tuple(
        Target(figure, side=noise, most=2.0, label=f"{figure}, {text}")
        for noise, text in _NOISES.items()
        for figure in _FIGURES
    ),
    rounds=2,
    open=_open,
)
