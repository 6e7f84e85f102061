"""F14: the documented minutes, really waited for: half an hour in a cluster of its own, beside the other faults."""

import time
from collections import Counter
from dataclasses import dataclass, field

from tests.chaos.cluster import Cluster
from tests.chaos.cluster import cluster as new_town
from tests.chaos.faults.receivers import EARLY, check_notices, tries_of
from tests.chaos.oracle import Findings
from tests.chaos.scene import Scene, scene
from tests.services import wait_until

DUE = (1, 3, 6, 10, 15)  # units after the first attempt, when none takes time
KILLS, FLUSH = (1, 3, 6), 8  # units after which workers die: when attempts are due. Redis forgets while all wait
LATE = 5.0  # seconds; after a kill it may be a lease more
HOLD = 0.05  # seconds that an answer takes, so that some are under way when a worker dies
Row = tuple[int, float, int | None, str]  # (number, started, milliseconds, outcome)


@dataclass(frozen=True)
class Pace:
    """The product's own defaults."""

    unit: float = 120.0
    deadline: float = 10.0
    sweep: float = 2.0

    @property
    def settings(self) -> dict[str, str]:
        """For the processes."""
        return {"HUBSTER_RETRY_UNIT": str(self.unit), "HUBSTER_ATTEMPT_DEADLINE": str(self.deadline),
                "HUBSTER_SWEEP_EVERY": str(self.sweep)}  # fmt: skip

    @property
    def late_killed(self) -> float:
        """Seconds that an attempt may be late when a worker died: its lease, and the usual."""
        return 3 * self.deadline + LATE


@dataclass
class Log:
    """What was done, and how late attempts were."""

    pace: Pace
    kills: list[float] = field(default_factory=list)
    early: int = 0
    late: int = 0
    worst: float = 0.0

    def check(self, before: Row, after: Row) -> None:
        """One attempt and the one before it."""
        due = before[1] + (before[2] or 0) / 1000 + self.pace.unit * before[0]
        self.early += after[1] < due - EARLY
        self.worst = max(self.worst, after[1] - due)
        excused = max((kill for kill in self.kills if kill <= after[1]), default=0.0) + self.pace.late_killed
        self.late += after[1] > max(due + LATE, excused)

    def hit(self, row: Row) -> bool:
        """Whether a kill may have cut this attempt off."""
        return any(row[1] - 1 <= kill <= row[1] + self.pace.deadline for kill in self.kills)


def real_minutes(_: Cluster, kills: int, messages: int, pace: Pace = Pace()) -> Findings:  # noqa: B008 - it is frozen
    """F14: six attempts for each message, on time, though workers die and Redis forgets meanwhile."""
    with new_town(**pace.settings) as made:
        stage = scene(made, "F14").open(shops=1, conversations=messages)
        for path in stage.paths:
            made.receiver.scripts[path] = lambda path, text, number: 503
            made.receiver.holds[path] = lambda path, text, number: HOLD
        began = time.monotonic()
        log = Log(pace)
        with made.kept_alive(made.workers):
            with stage.talk_in_turn(1):
                pass
            _disturb(made, stage, log, began, kills)
            _wait(began + pace.unit * DUE[-1])
        found = stage.judge(arriving=False, seconds=120)
        found.kills = len(log.kills)
        _judge(found, made, stage, log)
        check_notices(found, made, stage)
        found.check(found.repeats > 0, "no kill hit an attempt")
        return found


def _wait(until: float) -> None:
    time.sleep(max(0.0, until - time.monotonic()))


def _disturb(made: Cluster, stage: Scene, log: Log, began: float, kills: int) -> None:
    """All workers die while a call is under way, in several waves of attempts; Redis is flushed between two waves."""
    unit = log.pace.unit
    for units in KILLS[:kills]:
        _wait(began + unit * units)
        before = len(stage.arrivals())
        wait_until("a call is under way", lambda b=before: len(stage.arrivals()) > b, unit, every=HOLD / 10)
        log.kills.append(time.time())
        for worker in made.workers:
            worker.kill()
    _wait(began + unit * FLUSH)
    made.redis.command("FLUSHALL")


def _judge(found: Findings, made: Cluster, stage: Scene, log: Log) -> None:
    tries = tries_of(made, stage)
    found.check(len(tries) == found.messages, f"{len(tries)} deliveries for {found.messages} messages")
    for rows in tries.values():
        # A repeat is an attempt cut off, or one that was made but not yet counted when the process died.
        again = [row for row in rows if row[3] == "unknown"]
        again += [one for one, two in zip(rows, rows[1:], strict=False) if one[0] == two[0] and one[3] != "unknown"]
        found.repeats += len(again)
        found.check(all(log.hit(row) for row in again), "an attempt was repeated though no kill hit it")
        whole = [row for row in rows if row not in again]
        numbers = [row[0] for row in whole]
        found.check(numbers == [1, 2, 3, 4, 5, 6], f"attempts were numbered {numbers}")
        for before, after in zip(whole, whole[1:], strict=False):
            log.check(before, after)
    found.check(not log.early, f"{log.early} attempts began early")
    found.check(not log.late, f"{log.late} attempts were late")
    ids = Counter(call.id for call in stage.arrivals())
    found.check(len(ids) == found.messages, f"{len(ids)} webhook ids for {found.messages} messages")
    made_again = sum(ids.values()) - 6 * found.messages
    found.check(made_again <= found.repeats, f"{made_again} calls more than attempts, {found.repeats} cut by a kill")
    found.worst = log.worst
    found.notes.append(f"latest attempt {log.worst:.1f} s after its time; {found.repeats} attempts cut by a kill")
