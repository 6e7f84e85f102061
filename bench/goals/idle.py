"""Goal: sockets over which nothing is said cost nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from bench.floors.run import floor
from bench.harness import Goal, Sample, Sides, Target
from bench.processes import metered, settled
from bench.product import product
from bench.sockets import Crowd
from bench.ways import socket_url

FEW, MANY = 1_000, 5_000
SECONDS = 16.0  # one tick of the product, and a ping


def _watch(url: str, token: str, parts: dict[str, list[int]], scale: float) -> Sample:
    """Percent of one processor that all processes take, with few sockets and with many."""
    crowd, found = Crowd(url, token), {}
    try:
        for sockets in (FEW, MANY):
            crowd.grow(int(sockets * scale))
            crowd.stay(3.0)
            settled(parts, 120)  # a socket is open before it has looked for what it missed
            with metered(parts) as used:
                crowd.stay(SECONDS * min(1.0, scale * 5))
            for name, seconds in [("all", used.total), *used.parts.items()]:
                found[f"{name} %, {sockets:,} sockets"] = seconds / used.wall * 100
        return found
    finally:
        crowd.close()


@contextmanager
def _open(scale: float) -> Iterator[Sides]:
    with product() as made, floor(made, push=True) as bare:
        agent, token = made.account.shop().agent, made.account.token
        there = f"ws://127.0.0.1:{bare.push}/"
        yield {
            "product": partial(_watch, socket_url(made.sockets, iId=agent), token, made.parts, scale),
            "floor": partial(_watch, there, token, bare.parts, scale),
        }


GOAL = Goal(
    name="idle",
    measures="percent of one processor that web, worker, PostgreSQL and Redis take together while all sockets are "
    "silent",
    floor="the sockets of the fan-out",
    targets=tuple(
        Target(f"{part} %, {sockets:,} sockets", over=over, most=most)
        for sockets in (FEW, MANY)
        for part, over, most in (("all", "", 2.0), ("all", "floor", None), ("web", "", None), ("postgres", "", None))
    ),
    rounds=1,
    open=_open,
)
