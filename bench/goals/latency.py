"""Goal: at 50 messages a second, the way to the agent's socket takes little longer than the shortest one."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from bench.harness import Goal, Sides, Target
from bench.ways import FLOOR, both_ways

RATE, SECONDS = 50.0, 8.0


@contextmanager
def _open(scale: float) -> Iterator[Sides]:
    with both_ways(int(RATE * SECONDS)) as ways:
        yield {name: partial(way.steady, RATE, SECONDS * scale) for name, way in ways.items()}


GOAL = Goal(
    name="latency",
    measures="from the POST of a customer's message to its arrival at the agent's socket, at 50 messages a second",
    floor=FLOOR,
    targets=(
        Target("p50 ms", over="floor", most=1.2),
        Target("p99 ms", over="floor", most=2.0),
        Target("p50 ms until accepted", over="floor"),
        Target("CPU ms", over="floor"),
    ),
    rounds=4,
    open=_open,
)
