"""What a hanging and a refusing endpoint cost the others: a backlog of healthy deliveries, with and without them.

python -m bench.neighbours [--rounds N] [--messages N]

Both are measured in turn, in one run, against the same processes: PostgreSQL, Redis, two web processes, three workers.
A backlog is made by pausing the healthy endpoints; the clock runs from their resumption to the last arrival. Beside it
stands the processor time of the product's processes, which a busy machine disturbs less.
"""

import argparse
import statistics
import time
from collections import defaultdict
from pathlib import Path

from tests.chaos.scene import Scene, scene
from tests.chaos.town import Town, town
from tests.services import wait_until

HEALTHY, CONVERSATIONS, BAD_CONVERSATIONS = 6, 60, 80
HOLD = 12.0  # seconds that the hanging endpoint takes, beyond the deadline of a call
# The product's own defaults; the harness's retries are two hundred times as fast, and cost so much more.
DEFAULTS = {"HUBSTER_RETRY_UNIT": "120", "HUBSTER_ATTEMPT_DEADLINE": "10", "HUBSTER_SWEEP_EVERY": "2"}
# As if the bad endpoints had never been told anything. What waits there is over.
_SILENCE = (
    "UPDATE engine_delivery SET status = 'failed', ended = now(), next_attempt = NULL "
    "WHERE status = 'pending' AND destination_id::text = ANY(%s)",
    "UPDATE engine_lane SET due = NULL WHERE destination_id::text = ANY(%s)",
    "DELETE FROM engine_endpoint WHERE destination_id::text = ANY(%s)",
)


def main() -> None:
    """Print what each round took, and the ratios of the medians."""
    options = argparse.ArgumentParser(description="What a bad endpoint costs the others.")
    options.add_argument("--rounds", type=int, default=8, help="of each kind")
    options.add_argument("--messages", type=int, default=1200)
    given = options.parse_args()
    seconds: dict[bool, list[float]] = defaultdict(list)
    used: dict[bool, list[float]] = defaultdict(list)
    with town(**DEFAULTS) as made:
        good = scene(made, "good").open(shops=HEALTHY, conversations=CONVERSATIONS)
        bad = _bad(made)
        _drain(made, good, given.messages, "warm-")
        for number in range(given.rounds * 2):
            beside = number % 2 == number // 2 % 2  # beside, alone, alone, beside: a drift harms neither
            _silence(made, bad)
            if beside:
                _say(bad, BAD_CONVERSATIONS, f"bad{number}-")
            took, cpu = _drain(made, good, given.messages, f"r{number}-")
            seconds[beside].append(took)
            used[beside].append(cpu)
            print(f"{'beside the bad ones' if beside else 'alone':20} {took:6.2f} s {cpu:6.2f} s of processor time")
    for name, found in (("time", seconds), ("processor time", used)):
        alone, with_them = statistics.median(found[False]), statistics.median(found[True])
        print(f"{name}: median {alone:.2f} s alone, {with_them:.2f} s beside: {with_them / alone:.3f}")


def _bad(made: Town) -> Scene:
    """Two endpoints with forty conversations each: one takes too long, one refuses."""
    stage = scene(made, "bad").open(shops=2, conversations=BAD_CONVERSATIONS)
    slow, dead = sorted(stage.paths)
    made.receiver.holds[slow] = lambda path, text, number: HOLD
    made.receiver.scripts[dead] = lambda path, text, number: 503
    return stage


def _silence(made: Town, bad: Scene) -> None:
    for statement in _SILENCE:
        made.run(statement, bad.hooks)


def _say(stage: Scene, messages: int, name: str) -> None:
    with stage.talk(messages, name=name):
        pass
    stage.talkers.clear()


def _drain(made: Town, stage: Scene, messages: int, name: str) -> tuple[float, float]:
    """Seconds, and seconds of processor time."""
    stage.tell("pause")
    before = len(stage.arrivals())
    _say(stage, messages, name)
    hubs = tuple(shop.hub for shop in stage.shops)
    waiting = "SELECT count(*) FROM engine_activity a JOIN engine_conversation c ON c.id = a.conversation_id " \
              "WHERE a.state = 'accepted' AND c.hub_id::text = ANY(%s)"  # fmt: skip
    wait_until("all is handled", lambda: made.rows(waiting, list(hubs))[0][0] == 0, 300)
    began, used = time.monotonic(), _processor_time(made)
    stage.tell("resume")
    each = messages // len(stage.conversations) * len(stage.conversations)
    wait_until("all has arrived", lambda: len(stage.arrivals()) - before >= each, 300)
    return time.monotonic() - began, _processor_time(made) - used


def _processor_time(made: Town) -> float:
    """Of the product's own processes so far, in seconds."""
    ticks = 0
    for node in made.nodes:
        if node.process:
            parts = Path(f"/proc/{node.process.pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(parts[11]) + int(parts[12])
    return ticks / 100


if __name__ == "__main__":
    main()
