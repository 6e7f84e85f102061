"""Goal: a backlog of messages passes the pipeline quickly."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.harness import Goal, Sample, Sides, Target
from bench.load import closed
from bench.processes import metered
from bench.product import UNPROCESSED, Product, product
from tests.services import wait_until

COUNT, CONVERSATIONS = 500, 100


def _drain(made: Product, requests: list[bytes]) -> Sample:
    """Stop the worker, let messages wait, and let it go on: from there to the last one processed."""
    assert made.worker and made.worker.process
    pid, count = made.worker.process.pid, len(requests)
    os.kill(pid, signal.SIGSTOP)
    try:
        asyncio.run(closed(made.web.base, requests, 16))
    finally:
        waiting = made.one(UNPROCESSED)
        os.kill(pid, signal.SIGCONT)
    parts, before = {name: made.parts[name] for name in ("worker", "postgres", "redis")}, made.statements()
    with metered(parts) as used:
        began = time.perf_counter()
        wait_until("all is processed", lambda: made.one(UNPROCESSED) == 0, 300, every=0.1)
        seconds = time.perf_counter() - began
    asked = made.statements() - before
    made.wait_idle()
    assert waiting >= count * 0.9, f"only {waiting} of {count} messages waited for the worker"
    each = {f"{name} CPU ms": spent / waiting * 1000 for name, spent in used.parts.items()}
    return {
        "messages/s": waiting / seconds,
        "CPU ms": used.total / waiting * 1000,
        **each,
        "statements": asked / waiting,
    }


@contextmanager
def _open(scale: float) -> Iterator[Sides]:
    count = int(COUNT * scale)
    with product() as made:
        shop = made.account.shop()
        requests = made.messages([shop.conversation() for _ in range(int(CONVERSATIONS * scale))], count)
        yield {"product": lambda: _drain(made, requests)}


GOAL = Goal(
    name="pipeline",
    measures="messages of 100 conversations that waited while the worker stood still, from the moment that it goes on; "
    "agents read on sockets, no webhook",
    floor="none; the goal is a figure of its own",
    targets=(
        Target("messages/s", least=1_000),
        Target("CPU ms", most=1.0),
        Target("worker CPU ms"),
        Target("postgres CPU ms"),
        Target("statements", label="statements of each"),
    ),
    rounds=3,
    open=_open,
)
