"""Goal: a provider's webhook is verified, stored and answered at once, however far parsing is behind."""

import asyncio
import itertools
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.floors.run import Floor, floor
from bench.harness import Goal, Sample, Sides, Target, percentile
from bench.load import closed, paced, post
from bench.processes import metered
from bench.product import COPIES, FORGOTTEN, TEXT, UNPARSED, UNPROCESSED, Product, product
from tests.services import wait_until
from tests.system.providers import Account, providers, whatsapp_change

CONNECTIONS, CUSTOMERS = 16, 200
BURST, SECONDS = 1_500, 10.0  # webhooks that tell what is possible, and how long the rate is kept
BEHIND = 50_000  # webhooks that wait to be parsed
BUSY = 0.8  # of what is scarcest; a fifth is idle
Make = Callable[[int], list[bytes]]  # so many requests, each a new event


@dataclass
class Incoming:
    """The product with two accounts of providers, whose webhooks come in turns."""

    made: Product
    accounts: list[Account]
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def requests(self, count: int) -> list[bytes]:
        """Signed webhooks; each customer's account and number are always the same."""
        return [self._request(number) for number in itertools.islice(self.numbers, count)]

    def _request(self, number: int) -> bytes:
        account = self.accounts[number % len(self.accounts)]
        body, headers = account.webhook(1 + number % CUSTOMERS, number, f"{TEXT} #{number}#")
        named = {name.replace("-", "_"): text for name, text in headers.items()}
        return post(self.made.web.base, account.path, body, **named)

    def wait_done(self) -> None:
        """Until everything is parsed and has passed the pipeline."""
        left = lambda: self.made.one(UNPARSED) + self.made.one(UNPROCESSED)  # noqa: E731
        wait_until("all is parsed and processed", lambda: left() == 0, 600, every=0.2)

    def parsing(self, scale: float) -> Sample:
        """While the worker parses: at a rate that it follows as well."""
        before = self.made.statements()
        burst = int(BURST * scale)
        found = _at_best(self.made.web.base, self.requests, self.made.parts, scale, self.wait_done)
        self.wait_done()
        return {**found, "statements, parsed": (self.made.statements() - before) / (burst + found.pop("sent"))}

    def behind(self, scale: float) -> Sample:
        """While the worker stands still, and very many wait."""
        self.wait_done()
        assert self.made.worker and self.made.worker.process
        pid = self.made.worker.process.pid
        os.kill(pid, signal.SIGSTOP)
        try:
            asyncio.run(closed(self.made.web.base, self.requests(2), 1))
            self.made.execute(COPIES, int(BEHIND * scale) // 2)
            before, burst = self.made.statements(), int(BURST * scale)
            found = _at_best(self.made.web.base, self.requests, self.made.parts, scale)
            return {**found, "statements": (self.made.statements() - before) / (burst + found.pop("sent"))}
        finally:
            self.made.execute(FORGOTTEN)
            os.kill(pid, signal.SIGCONT)


def _at_best(
    base: str, make: Make, parts: dict[str, list[int]], scale: float, wait_done: Callable[[], None] = lambda: None
) -> Sample:
    """Find the highest rate that leaves a fifth idle, of processors and of each process; then the latencies at it."""
    burst = make(int(BURST * scale))
    began, own = time.perf_counter(), time.process_time()
    with metered(parts) as used:
        done = asyncio.run(closed(base, burst, CONNECTIONS))
        wait_done()
        whole = time.perf_counter() - began
    each = (used.total + time.process_time() - own) / len(burst)
    cores = os.cpu_count() or 1
    rate = BUSY * min(done.per_second, len(burst) / whole, cores / each)
    requests = make(int(rate * SECONDS * max(scale, 0.3)))
    own = time.process_time()
    with metered(parts) as used:
        held = asyncio.run(paced(base, requests, rate, CONNECTIONS, lambda _: None))
    busy = (used.total + time.process_time() - own) / used.wall / cores
    return {
        "webhooks/s": rate,
        "p50 ms": percentile(held.latencies, 50) * 1000,
        "p99 ms": percentile(held.latencies, 99) * 1000,
        "idle %": 100 * (1 - busy),
        "web CPU ms": used.parts["web"] / len(requests) * 1000,
        "sent": len(requests),
    }


def _floor(bare: Floor, scale: float) -> Sample:
    numbers = itertools.count()

    def make(count: int) -> list[bytes]:
        bodies = [whatsapp_change("1", 1 + n % CUSTOMERS, n, f"{TEXT} #{n}#") for n in itertools.islice(numbers, count)]
        return bare.webhooks(bodies)

    return _at_best(bare.base, make, bare.parts, scale)


@contextmanager
def _open(scale: float) -> Iterator[Sides]:
    with providers() as peers, product(**peers.settings) as made, floor(made) as bare:
        shop = made.account.shop()
        incoming = Incoming(made, [peers.telegram(shop), peers.whatsapp(shop)])
        yield {
            "product": lambda: incoming.parsing(scale),
            "parsing is behind": lambda: incoming.behind(scale),
            "floor": lambda: _floor(bare, scale),
        }


GOAL = Goal(
    name="incoming",
    measures="signed webhooks of Telegram and WhatsApp to one web process, at the highest rate that leaves a fifth of "
    "processors and processes idle: while one worker parses them all, and while it stands still and 50,000 wait",
    floor="gunicorn with 8 threads and a plain Django view: one HMAC, one INSERT, 200",
    targets=(
        Target("webhooks/s", over="floor"),
        Target("p50 ms", most=15),
        Target("p99 ms", most=100),
        Target("p99 ms", over="floor"),
        Target("idle %"),
        Target("statements, parsed", label="statements of each, with parsing and pipeline"),
        Target("webhooks/s", side="parsing is behind", over="floor", label="webhooks/s, parsing is behind"),
        Target("p50 ms", side="parsing is behind", most=15, label="p50 ms, parsing is behind"),
        Target("p99 ms", side="parsing is behind", most=100, label="p99 ms, parsing is behind"),
        Target("p99 ms", side="parsing is behind", over="floor", label="p99 ms, parsing is behind"),
        Target("idle %", side="parsing is behind", label="idle %, parsing is behind"),
        Target("web CPU ms", side="parsing is behind", over="floor", label="web CPU ms"),
        Target("statements", side="parsing is behind", label="statements of each until stored"),
    ),
    rounds=4,
    open=_open,
)
