"""Goal: more messages a second reach the agent's socket than over the shortest way, for less processor time."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from bench.harness import Goal, Sides, Target
from bench.ways import FLOOR, both_ways

COUNTS = {"product": 400, "floor": 800}


@contextmanager
def _open(scale: float) -> Iterator[Sides]:
    with both_ways(max(COUNTS.values())) as ways:
        yield {name: partial(way.most, int(COUNTS[name] * scale)) for name, way in ways.items()}


GOAL = Goal(
    name="throughput",
    measures="from the POST of a customer's message to its arrival at the agent's socket, as many a second as 16 "
    "connections can send; one web process and one worker",
    floor=FLOOR,
    targets=(
        Target("messages/s", over="floor", least=1.2),
        Target("CPU ms", over="floor", most=0.8),
        Target("web CPU ms", over="floor"),
        Target("worker CPU ms", over="floor"),
        Target("postgres CPU ms", over="floor"),
    ),
    rounds=4,
    open=_open,
)
