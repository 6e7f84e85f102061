"""Goal: at 50 messages a second, the way to the agent's socket takes little longer than the shortest one."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from bench.harness import Goal, Sample, Sides, Target
from bench.hop import Way
from bench.ways import FLOOR, both_ways

RATE, SECONDS = 50.0, 8.0
CALM = 10.0  # messages a second at which nothing queues


def _both(way: Way, seconds: float) -> Sample:
    """At the rate of the goal, and at one that tells how long the way is when nothing waits."""
    calm = way.steady(CALM, seconds)
    return {**way.steady(RATE, seconds), **{f"{name} at 10/s": calm[name] for name in ("p50 ms", "p99 ms")}}


@contextmanager
def _open(scale: float) -> Iterator[Sides]:
    with both_ways(int(RATE * SECONDS)) as ways:
        yield {name: partial(_both, way, SECONDS * scale) for name, way in ways.items()}


GOAL = Goal(
    name="latency",
    measures="from the POST of a customer's message to its arrival at the agent's socket, at 50 messages a second",
    floor=FLOOR,
    targets=(
        Target("p50 ms", over="floor", most=1.2),
        Target("p99 ms", over="floor", most=2.0),
        Target("p50 ms at 10/s", over="floor"),
        Target("p99 ms at 10/s", over="floor"),
        Target("p50 ms until accepted", over="floor"),
        Target("CPU ms", over="floor"),
    ),
    rounds=4,
    open=_open,
)
