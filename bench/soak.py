"""A steady load for a while: how soon messages are accepted and sent on, what fails, and whether memory grows.

python -m bench.soak [--minutes N] [--rate N]

Two web processes and three workers on PostgreSQL and Redis. Messages are due at fixed moments, whatever became of those
before; all times count from there. Every message goes to a webhook, which answers at once.
"""

import argparse
import itertools
import statistics
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.cluster import REAL_PACE, Cluster, cluster
from tests.chaos.people import said
from tests.chaos.phone import Lost, Phone
from tests.chaos.scene import Scene, scene
from tests.services import wait_until

SHOPS, CONVERSATIONS, SENDERS = 6, 60, 16
MINUTE = 60.0
WARM = 3  # minutes until every process has done everything once; memory is compared from the end of the last


@dataclass
class Load:
    """Messages on their way in: what was due when, and what became of it."""

    stage: Scene
    rate: float
    began: float
    end: float
    numbers: Iterator[int] = field(default_factory=itertools.count)  # `next` of it is atomic
    accepted: list[tuple[float, float, int]] = field(default_factory=list)  # (due, seconds, eventId)
    refused: list[str] = field(default_factory=list)

    def send(self, turn: int) -> None:
        """One of several senders: takes the next message that is due, until the end."""
        phone = self.stage.phone(turn)
        conversations = list(self.stage.conversations)
        for number in self.numbers:
            due = self.began + number / self.rate
            if due >= self.end:
                return
            time.sleep(max(0.0, due - time.time()))
            self._say(phone, conversations[number % len(conversations)], number, due)

    def _say(self, phone: Phone, conversation: str, number: int, due: float) -> None:
        path, key = f"/inbound/customer/v1/direct/activity/{conversation}", uuid.uuid4().hex
        try:
            status, answer = phone.call("POST", path, said(f"soak {number}"), Idempotency_Key=key)
        except Lost as fault:
            phone.hang_up()
            self.refused.append(repr(fault))
            return
        if status == 200:
            self.accepted.append((due, time.time() - due, answer["eventId"]))
        else:
            self.refused.append(f"{status} {answer}")


def main() -> None:
    """Print a line for each minute, and what is to be compared at the end."""
    options = argparse.ArgumentParser(description="A steady load.")
    options.add_argument("--minutes", type=int, default=30)
    options.add_argument("--rate", type=float, default=50.0, help="messages a second")
    given = options.parse_args()
    with cluster(**REAL_PACE) as made:
        stage = scene(made, "soak").open(shops=SHOPS, conversations=CONVERSATIONS)
        began = time.time() + 1
        load = Load(stage, given.rate, began, began + given.minutes * MINUTE)
        senders = [threading.Thread(target=load.send, args=(turn,), daemon=True) for turn in range(SENDERS)]
        for sender in senders:
            sender.start()
        memory = [_minute(made, load, number) for number in range(given.minutes)]
        for sender in senders:
            sender.join(MINUTE)
        with suppress(AssertionError):
            wait_until("all has arrived", lambda: len(stage.arrivals()) >= len(load.accepted), 120)
        _sum_up(load, memory, [node.name for node in made.nodes])


def _minute(made: Cluster, load: Load, number: int) -> list[float]:
    """Wait for the end of a minute and tell how it was; the memory of each process in MiB."""
    first, last = load.began + number * MINUTE, load.began + (number + 1) * MINUTE
    time.sleep(max(0.0, last - time.time()))
    memory = [_memory(node.process.pid) for node in made.nodes if node.process]
    taken = [row for row in list(load.accepted) if first <= row[0] < last]
    print(
        f"minute {number + 1:3}  {len(taken) / MINUTE:5.1f}/s  accepted {_spread([row[1] for row in taken])}  "
        f"sent {_spread(_until_sent(load, first, last))}  {sum(memory):5.0f} MiB",
        flush=True,
    )
    return memory


def _until_sent(load: Load, first: float, last: float) -> list[float]:
    """Seconds from the eventId, the moment at which a message was stored, to its arrival at the webhook."""
    calls = [arrival for arrival in load.stage.arrivals() if arrival.number == 1]
    return [call.at - call.event_id / 1000 for call in calls if first <= call.event_id / 1000 < last]


def _spread(seconds: Sequence[float]) -> str:
    if len(seconds) < 2:
        return "none"
    parts = statistics.quantiles(seconds, n=100)
    return f"p50 {parts[49] * 1000:4.0f} p95 {parts[94] * 1000:5.0f} p99 {parts[98] * 1000:5.0f} ms"


def _memory(group: int) -> float:
    """Of a process and its children: what is theirs, and their share of what they have in common."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError, ValueError):
            if int((folder / "stat").read_text().rpartition(")")[2].split()[2]) == group:
                lines = (folder / "smaps_rollup").read_text().splitlines()
                total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def _sum_up(load: Load, memory: list[list[float]], names: list[str]) -> None:
    first, last = load.began, load.end
    arrived = len({arrival.id for arrival in load.stage.arrivals()})
    print(f"accepted {len(load.accepted)}, refused {len(load.refused)}, arrived {arrived}")
    print(f"accepted {_spread([row[1] for row in load.accepted])}, sent {_spread(_until_sent(load, first, last))}")
    for refusal in sorted(set(load.refused))[:5]:
        print(f"  {refusal[:200]}")
    warm = min(WARM, len(memory))
    for name, before, after in zip(names, memory[warm - 1], memory[-1], strict=True):
        print(f"{name:8} {before:6.1f} MiB after minute {warm}, {after:6.1f} at the end: {after / before - 1:+.1%}")


if __name__ == "__main__":
    main()
