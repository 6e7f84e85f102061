"""What a hanging and a dead endpoint cost the others: how long a backlog of healthy deliveries takes, with and without.

python -m bench.neighbours [--pairs N] [--messages N]

Both are measured in turn, in one run, against the same processes: PostgreSQL, Redis, two web processes, three workers.
A backlog is made by pausing the healthy endpoints; the clock runs from their resumption to the last arrival.
"""

import argparse
import statistics
import time

from tests.chaos.scene import Scene, scene
from tests.chaos.town import Town, town
from tests.services import wait_until

HEALTHY, CONVERSATIONS = 6, 60
HOLD = 12.0  # seconds that the hanging endpoint takes, beyond the deadline of a call
# The product's own defaults; the harness's retries are two hundred times as fast, and cost so much more.
DEFAULTS = {"HUBSTER_RETRY_UNIT": "120", "HUBSTER_ATTEMPT_DEADLINE": "10", "HUBSTER_SWEEP_EVERY": "2"}


def main() -> None:
    """Print the seconds of each round and the ratio of the medians."""
    options = argparse.ArgumentParser(description="What a bad endpoint costs the others.")
    options.add_argument("--pairs", type=int, default=7)
    options.add_argument("--messages", type=int, default=1200)
    given = options.parse_args()
    alone: list[float] = []
    beside: list[float] = []
    with town(**DEFAULTS) as made:
        good = scene(made, "good").open(shops=HEALTHY, conversations=CONVERSATIONS)
        bad = _bad(made)
        for number in range(given.pairs * 2):
            with_bad = number % 2 == number // 2 % 2  # alone, beside, beside, alone: a drift harms neither
            if with_bad:
                _say(bad, 40, f"bad{number}-")
            (beside if with_bad else alone).append(_drain(made, good, given.messages, f"r{number}-"))
            print(f"{'beside the bad ones' if with_bad else 'alone':20} {(beside if with_bad else alone)[-1]:6.2f} s")
    ratio = statistics.median(beside) / statistics.median(alone)
    print(f"median {statistics.median(alone):.2f} s alone, {statistics.median(beside):.2f} s beside: {ratio:.3f}")


def _bad(made: Town) -> Scene:
    """Two endpoints with forty conversations each: one takes too long, one refuses."""
    stage = scene(made, "bad").open(shops=2, conversations=80)
    slow, dead = sorted(stage.paths)
    made.receiver.holds[slow] = lambda path, text, number: HOLD
    made.receiver.scripts[dead] = lambda path, text, number: 503
    return stage


def _say(stage: Scene, messages: int, name: str) -> None:
    with stage.talk(max(messages, len(stage.conversations)), name=name):
        pass
    stage.talkers.clear()


def _drain(made: Town, stage: Scene, messages: int, name: str) -> float:
    stage.tell("pause")
    before = len(stage.arrivals())
    _say(stage, messages, name)
    hubs = tuple(shop.hub for shop in stage.shops)
    waiting = "SELECT count(*) FROM engine_activity a JOIN engine_conversation c ON c.id = a.conversation_id " \
              "WHERE a.state = 'accepted' AND c.hub_id::text = ANY(%s)"  # fmt: skip
    wait_until("all is handled", lambda: made.rows(waiting, list(hubs))[0][0] == 0, 300)
    began = time.monotonic()
    stage.tell("resume")
    each = messages // len(stage.conversations) * len(stage.conversations)
    wait_until("all has arrived", lambda: len(stage.arrivals()) - before >= each, 300)
    return time.monotonic() - began


if __name__ == "__main__":
    main()
