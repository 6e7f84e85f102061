"""Costs of a hanging and a refusing endpoint for the others: a backlog of healthy deliveries, with and without them.

python -m bench.neighbours [--rounds N] [--messages N]

Both are measured in turn, in one run, against the same processes: PostgreSQL, Redis, two web processes, three workers.
The same messages are sent again and again: with the healthy endpoints paused, all of them become pending; the clock
runs from the resumption to the last arrival. Beside it stand the processor time of the product's processes, which a
busy machine disturbs less, and the statements that the database was asked to execute, which it does not disturb at all.
First the product is left to itself for a while, with and without the bad ones: what they cost by themselves.
"""

import argparse
import os
import statistics
import time
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from tests.chaos.cluster import REAL_PACE, Cluster, cluster
from tests.chaos.scene import Scene, scene
from tests.services import wait_until

HEALTHY, CONVERSATIONS, BAD_CONVERSATIONS = 6, 60, 80
IDLE, RETRIED = 40.0, 160.0  # seconds without and with the bad ones; the second has their first two attempts
HOLD = 12.0  # seconds that the hanging endpoint takes, beyond the deadline of a call
COUNTED = "shared_preload_libraries = 'pg_stat_statements'\npg_stat_statements.max = 50000"
# As if the bad endpoints had never been told anything. What waits there is over.
_SILENCE = (
    "UPDATE engine_delivery SET status = 'failed', ended = now(), next_attempt = NULL "
    "WHERE status = 'pending' AND destination_id::text = ANY(%s)",
    "UPDATE engine_lane SET due = NULL WHERE destination_id::text = ANY(%s)",
    "DELETE FROM engine_endpoint WHERE destination_id::text = ANY(%s)",
)
_AGAIN = (
    "UPDATE engine_delivery SET status = 'pending', attempts = 0, ended = NULL, next_attempt = now() "
    "WHERE destination_id::text = ANY(%s)"
)
_WAITING = "SELECT count(*) FROM engine_delivery WHERE status = 'pending' AND destination_id::text = ANY(%s)"


class Cost(NamedTuple):
    """Of one round: seconds on the clock, seconds of processor time, statements."""

    seconds: float
    processor_seconds: float
    statements: int

    def __str__(self) -> str:
        return f"{self.seconds:6.2f} s, {self.processor_seconds:6.2f} s of processor time, {self.statements} statements"


def main() -> None:
    """Print what each round took, and the ratios of the medians."""
    options = argparse.ArgumentParser(description="What a bad endpoint costs the others.")
    options.add_argument("--rounds", type=int, default=20, help="of each kind")
    options.add_argument("--messages", type=int, default=1200)
    given = options.parse_args()
    found: dict[bool, list[Cost]] = defaultdict(list)
    # The retries of the harness are two hundred times as fast, and would cost so much more.
    with cluster(conf=COUNTED, **REAL_PACE) as made:
        made.run("CREATE EXTENSION pg_stat_statements")
        good = scene(made, "good").open(shops=HEALTHY, conversations=CONVERSATIONS)
        bad = _bad(made)
        _say(good, given.messages, "good-")
        _drain(made, good)
        _show_idle(made, bad)
        for number in range(given.rounds * 2):
            beside = number % 2 == number // 2 % 2  # beside, alone, alone, beside: a drift harms neither
            _silence(made, bad)
            if beside:
                _say(bad, BAD_CONVERSATIONS, f"bad{number}-")
            cost = _drain(made, good)
            found[beside].append(cost)
            print(f"{'beside the bad ones' if beside else 'alone':20} {cost}", flush=True)
    for place, name in enumerate(Cost._fields):
        alone, with_them = (statistics.median(cost[place] for cost in found[beside]) for beside in (False, True))
        print(f"{name}: median {alone:.2f} alone, {with_them:.2f} beside: {with_them / alone:.3f}")


def _bad(made: Cluster) -> Scene:
    """Two endpoints with forty conversations each: one takes too long, one refuses."""
    stage = scene(made, "bad").open(shops=2, conversations=BAD_CONVERSATIONS)
    slow, dead = sorted(stage.paths)
    made.receiver.holds[slow] = lambda path, text, number: HOLD
    made.receiver.scripts[dead] = lambda path, text, number: 503
    return stage


def _show_idle(made: Cluster, bad: Scene) -> None:
    """Print what the bad ones cost by themselves: their first attempts, and the next ones two minutes later."""
    share = []
    for seconds in (IDLE, RETRIED):
        before = _now(made)
        if seconds == RETRIED:
            _say(bad, BAD_CONVERSATIONS, "idle-")
        time.sleep(seconds)
        share.append((_now(made).processor_seconds - before.processor_seconds) / seconds)
    print(
        f"without healthy messages: {share[0]:.3f} of a processor alone, {share[1]:.3f} with the bad ones", flush=True
    )


def _silence(made: Cluster, bad: Scene) -> None:
    for statement in _SILENCE:
        made.run(statement, bad.hooks)


def _say(stage: Scene, messages: int, name: str) -> None:
    with stage.talk(messages, name=name):
        pass
    stage.talkers.clear()


def _drain(made: Cluster, stage: Scene) -> Cost:
    """Send a backlog; the time it takes and what it costs."""
    wait_until("all is sent", lambda: made.rows(_WAITING, stage.hooks)[0][0] == 0, 300)
    stage.tell("pause")
    made.run(_AGAIN, stage.hooks)
    messages, before = made.rows(_WAITING, stage.hooks)[0][0], len(stage.arrivals())
    before_it = _now(made)
    stage.tell("resume")
    wait_until("all has arrived", lambda: len(stage.arrivals()) - before >= messages, 300)
    return Cost(*(after - first for after, first in zip(_now(made), before_it, strict=True)))


def _now(made: Cluster) -> Cost:
    """Use so far."""
    ticks = 0
    for node in made.nodes:
        if node.process:
            parts = Path(f"/proc/{node.process.pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(parts[11]) + int(parts[12])
    statements = made.rows("SELECT sum(calls) FROM pg_stat_statements WHERE toplevel")[0][0]
    return Cost(time.monotonic(), ticks / os.sysconf("SC_CLK_TCK"), int(statements))


if __name__ == "__main__":
    main()
