"""F12, F13, F15: receivers that are down, down for good, or hang."""

import time
from collections import Counter, defaultdict
from itertools import pairwise

from tests.chaos.cluster import UNIT, Cluster
from tests.chaos.oracle import Findings, uuids
from tests.chaos.receiver import Arrival
from tests.chaos.scene import Scene, scene

EARLY = 0.01  # seconds by which two readings of a clock may differ
ATTEMPTS = (
    "SELECT t.delivery_id::text, t.number, extract(epoch FROM t.started)::float8, t.milliseconds, t.outcome "
    "FROM engine_attempt t JOIN engine_delivery d ON d.id = t.delivery_id WHERE d.conversation_id = ANY(%s) "
    "AND d.status <> 'available' ORDER BY t.delivery_id, t.id"
)
Tries = dict[str, list[tuple[int, float, int | None, str]]]  # delivery -> (number, started, milliseconds, outcome)


def receiver_comes_back(cluster: Cluster, kills: int, messages: int) -> Findings:
    """F12: four attempts fail, the fifth succeeds. Workers die and Redis is flushed while deliveries wait."""
    stage = scene(cluster, "F12").open(shops=4, conversations=messages // 2)
    for path in stage.paths:
        cluster.receiver.scripts[path] = lambda path, text, number: 503 if text == "m0" and number <= 4 else 200
    with stage.talk_in_turn(2), cluster.kept_alive(cluster.workers):
        for number in range(kills):
            time.sleep(1.5)
            cluster.workers[number % len(cluster.workers)].kill()
            cluster.redis.command("FLUSHALL")
    found = stage.judge(seconds=120)
    found.kills = kills
    tries = tries_of(cluster, stage)
    late = _check_schedule(found, tries, kills > 0)
    firsts = Counter(one.id for one in stage.arrivals() if one.text == "m0")
    interrupted = {name for name, rows in tries.items() if any(row[3] == "unknown" for row in rows)}
    interrupted |= {name for name, rows in tries.items() if len({row[0] for row in rows}) < len(rows)}
    wrong = [name for name, count in firsts.items() if count != 5 and name not in interrupted]
    found.check(not wrong, f"{len(wrong)} deliveries did not take exactly 5 attempts")
    found.notes.append(f"latest attempt {late:.1f} s after its time; {len(interrupted)} attempts cut by a kill")
    return found


def receiver_stays_down(cluster: Cluster, kills: int, messages: int) -> Findings:
    """F13: every attempt fails: six of them, then one notice for each endpoint."""
    stage = scene(cluster, "F13").open(shops=5, conversations=messages)
    for path in stage.paths:
        cluster.receiver.scripts[path] = lambda path, text, number: 503
    with stage.talk_in_turn(1):
        pass
    found = stage.judge(seconds=120, arriving=False)
    calls = Counter(one.id for one in stage.arrivals())
    wrong = [count for count in calls.values() if count != 6]
    found.check(not wrong, f"{len(wrong)} deliveries had not six sends but {sorted(set(wrong))}")
    found.check(len(calls) == found.messages, f"{len(calls)} webhook ids for {found.messages} messages")
    late = _check_schedule(found, tries_of(cluster, stage))
    check_notices(found, cluster, stage)
    found.notes.append(f"latest attempt {late:.1f} s after its time")
    return found


def check_notices(found: Findings, cluster: Cluster, stage: Scene) -> None:
    """One notice for an endpoint; it counts the messages."""
    rows = cluster.rows(
        "SELECT n.integration_id::text, n.count FROM engine_notice n JOIN portal_integration i ON i.id = "
        "n.integration_id WHERE i.hub_id = ANY(%s) AND n.kind = 'delivery_failed'",
        uuids({shop.hub for shop in stage.shops}),
    )
    per_endpoint = Counter(row[0] for row in rows)
    found.check(len(per_endpoint) == len(stage.shops), f"notices for {len(per_endpoint)} of {len(stage.shops)}")
    found.check(set(per_endpoint.values()) == {1}, f"{max(per_endpoint.values(), default=0)} notices for one endpoint")
    told = sum(row[1] for row in rows)
    found.check(told == found.messages, f"the notices count {told} messages of {found.messages}")


def tries_of(cluster: Cluster, stage: Scene) -> Tries:
    """Every attempt of every delivery, in order."""
    found: Tries = defaultdict(list)
    for delivery, *rest in cluster.rows(ATTEMPTS, uuids(set(stage.conversations))):
        found[delivery].append((rest[0], rest[1], rest[2], rest[3]))
    return found


def _check_schedule(found: Findings, tries: Tries, killed: bool = False) -> float:
    """Attempt n+1 never begins earlier than n units after attempt n ended; the most that one was late."""
    early, late = 0, 0.0
    for rows in tries.values():
        for before, after in pairwise([row for row in rows if row[3] != "unknown"]):
            wait = after[1] - (before[1] + (before[2] or 0) / 1000)
            early += wait < UNIT * before[0] - EARLY
            late = max(late, wait - UNIT * before[0])
        # One whose process died after it had closed the attempt, before the delivery knew of it, is made again.
        numbers = [row[0] for row in rows if row[3] != "unknown"]
        steps = {later - earlier for earlier, later in pairwise([0, *numbers])}
        found.check(steps <= ({0, 1} if killed else {1}), f"attempts were numbered {numbers}")
    found.check(not early, f"{early} attempts began early")
    return late


def hanging_endpoints(cluster: Cluster, kills: int, messages: int) -> Findings:
    """F15: fifty endpoints hang; one that is well gets its messages in time."""
    bad = scene(cluster, "F15-hanging").open(shops=50, conversations=50)
    for path in bad.paths:
        cluster.receiver.holds[path] = lambda path, text, number: 8.0
    well = scene(cluster, "F15-well").open(shops=1, conversations=4)
    with bad.talk_in_turn(3), well.talk(messages, pause=0.1):
        pass
    found = well.judge()
    waits = sorted(_waits(cluster, well, [one for one in well.arrivals() if one.number == 1]))
    p95 = waits[int(len(waits) * 0.95)] if waits else 99.0
    found.check(p95 <= 5, f"p95 {p95:.1f} s")
    found.notes.append(f"the healthy endpoint's p95 from accept to arrival is {p95:.2f} s")
    bad.settle(120)
    return found


def _waits(cluster: Cluster, stage: Scene, arrivals: list[Arrival]) -> list[float]:
    at = {(one.conversation, one.text): one.at for one in cluster.ledger.of(set(stage.conversations))}
    return [one.at - at[one.conversation, one.text] for one in arrivals if (one.conversation, one.text) in at]
