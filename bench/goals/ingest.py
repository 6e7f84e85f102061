"""Goal: accepting a message over the Direct API costs no more than a bare Django REST framework view."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from bench.floors.run import floor
from bench.harness import Goal, Sample, Sides, Target
from bench.load import closed
from bench.processes import metered
from bench.product import Product, product

CONNECTIONS, SECONDS, CONVERSATIONS = 16, 5.0, 32


def load(base: str, requests: list[bytes], parts: dict[str, list[int]], seconds: float) -> Sample:
    """Requests a second, and milliseconds of processor time of each."""
    with metered(parts) as used:
        done = asyncio.run(closed(base, requests, CONNECTIONS, seconds))
    each = 1000 / len(done.latencies)
    return {
        "requests/s": done.per_second,
        "web CPU ms": used.parts["web"] * each,
        "PostgreSQL CPU ms": used.parts["postgres"] * each,
        "all CPU ms": used.total * each,
    }


def _ours(made: Product, requests: list[bytes], seconds: float) -> Sample:
    before = made.statements()
    found = load(made.web.base, requests, made.parts, seconds)
    asked = made.statements() - before
    return {**found, "statements": asked / (found["requests/s"] * seconds)}


@contextmanager
def _open(scale: float) -> Iterator[Sides]:
    seconds = SECONDS * scale
    with product(worker=False) as made, floor(made) as bare:
        shop = made.account.shop()
        ours = made.messages([shop.conversation() for _ in range(CONVERSATIONS)], int(3_000 * seconds))
        drf, plain = bare.messages("drf", int(3_000 * seconds)), bare.messages("plain", int(3_000 * seconds))
        yield {
            "product": lambda: _ours(made, ours, seconds),
            "DRF + JWT": lambda: load(bare.base, drf, bare.parts, seconds),
            "plain Django": lambda: load(bare.base, plain, bare.parts, seconds),
        }


GOAL = Goal(
    name="ingest",
    measures="POST of a message to one web process, 16 connections, no worker; rate limits and request log are on",
    floor="gunicorn with 8 threads: one SELECT and one INSERT in a transaction, behind DRF with an RS256 token, "
    "and as a plain Django view",
    targets=(
        Target("requests/s", over="DRF + JWT", least=1.2),
        Target("web CPU ms", over="plain Django", most=1.2),
        Target("all CPU ms", over="plain Django"),
        Target("statements", label="statements of each"),
    ),
    rounds=4,
    open=_open,
)
