"""F23 to F27: the network to Redis or PostgreSQL stalls, is half open, is slow, or breaks in the middle of answers."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.chaos.cluster import LEASE, Cluster
from tests.chaos.faults.sockets import wait_heard, wanted_by
from tests.chaos.network import Network, network
from tests.chaos.oracle import Findings, judge_reader
from tests.chaos.proxy import BACK, FORTH
from tests.chaos.scene import Scene, scene

HOLE_REDIS, HOLE_PG, HALF_PG = 20.0, 15.0, 8.0  # seconds
ANSWER = 5.0  # seconds that an acknowledgement may take without Redis
RESUMED_REDIS, RESUMED_PG = 40.0, 15.0  # seconds from the mending until work goes on
LATENCY = 0.2  # seconds by which each answer is late
ALL = frozenset((FORTH, BACK))


def swallowed_redis(cluster: Cluster, kills: int, messages: int) -> Findings:
    """F23: what is sent to Redis is taken and never arrives. Messages are accepted all the while."""
    with network(cluster, cluster.nodes) as net:
        stage = scene(cluster, "F23").open(shops=2, conversations=6)
        with _listened(stage) as judge_ears:
            mended = 0.0
            with stage.talk(messages, pause=HOLE_REDIS * kills * len(stage.conversations) / messages):
                for _ in range(kills):
                    mended = _hole(net, "redis", ALL, HOLE_REDIS)
            found = _judged(stage, mended, RESUMED_REDIS)
            judge_ears(found)
    found.kills = kills
    longest = max(person.longest for person in stage.talkers)
    found.check(longest <= ANSWER, f"an answer took {longest:.1f} s while Redis was away")
    return found


def swallowed_postgres(cluster: Cluster, kills: int, messages: int) -> Findings:
    """F24: the same for PostgreSQL. Nobody may be told that a message is saved when it is not."""
    return _without_postgres(cluster, "F24", kills, messages, HOLE_PG, [ALL])


def half_open_postgres(cluster: Cluster, kills: int, messages: int) -> Findings:
    """F25: PostgreSQL gets the statements and its answers are lost, or the other way round, in turn."""
    return _without_postgres(cluster, "F25", kills, messages, HALF_PG, [frozenset((BACK,)), frozenset((FORTH,))])


def _without_postgres(
    cluster: Cluster, name: str, kills: int, messages: int, hole: float, ways: list[frozenset[str]]
) -> Findings:
    with network(cluster, cluster.nodes) as net:
        stage = scene(cluster, name).open(shops=2, conversations=6)
        mends = []
        with stage.talk(messages, pause=0.05):
            for number in range(kills):
                time.sleep(1.5)
                mends.append(_hole(net, "pg", ways[number % len(ways)], hole))
        found = _judged(stage, mends[-1], RESUMED_PG + LEASE)
    found.kills = kills
    waits = [_first_after(stage, mend) for mend in mends]
    found.check(max(waits) <= RESUMED_PG, f"the first answer came {max(waits):.1f} s after the mending")
    found.notes.append(f"the first answer came {max(waits):.1f} s after the mending")
    return found


def _first_after(stage: Scene, mend: float) -> float:
    """Seconds from a mending to the first acknowledgement after it."""
    ledger = stage.cluster.ledger.of(set(stage.conversations))
    return min((entry.at - mend for entry in ledger if entry.at > mend), default=999.0)


def slow_network(cluster: Cluster, kills: int, messages: int) -> Findings:
    """F26: every answer of PostgreSQL and of Redis is a fifth of a second late."""
    with network(cluster, cluster.nodes) as net:
        stage = scene(cluster, "F26").open(shops=2, conversations=6)
        net.pg.latency = net.redis.latency = LATENCY
        with stage.talk(messages):
            pass
        found = stage.judge(seconds=120)
    stage.told(found)
    return found


def torn_answers(cluster: Cluster, kills: int, messages: int) -> Findings:
    """F27: connections break in the middle of an answer, or all at once, to PostgreSQL and to Redis in turn."""
    with network(cluster, cluster.nodes) as net:
        stage = scene(cluster, "F27").open(shops=2, conversations=6)
        with stage.talk(messages, pause=0.05):
            for number in range(kills):
                time.sleep(cluster.chance.uniform(0.3, 0.8))
                proxy = (net.pg, net.pg, net.redis)[number % 3]
                if number % 4 == 3:
                    proxy.reset()
                else:
                    proxy.torn += 1
        found = stage.judge(seconds=90)
    found.kills = kills
    stage.told(found)
    found.notes.append(f"{net.pg.tears} answers of PostgreSQL and {net.redis.tears} of Redis were torn")
    found.check(net.pg.tears > 0, "no answer was torn")
    return found


def _hole(net: Network, which: str, ways: frozenset[str], seconds: float) -> float:
    """One black or half black hole; when it was mended."""
    proxy = getattr(net, which)
    proxy.dead = ways
    time.sleep(seconds)
    proxy.mend()
    return time.time()


def _judged(stage: Scene, mended: float, resumed: float) -> Findings:
    """What came of it, with the time from the last mending until everything from before it had arrived."""
    found = stage.judge(seconds=90)
    dead = [node.name for node in stage.cluster.nodes if not node.alive]
    found.check(not dead, f"ended: {', '.join(dead)}")
    took = _caught_up(stage, mended)
    found.check(took <= resumed, f"what was said before the mending had arrived only {took:.1f} s after it")
    found.notes.append(f"what was said before the mending had arrived {took:.1f} s after it")
    stage.told(found)
    return found


def _caught_up(stage: Scene, mended: float) -> float:
    ledger = stage.cluster.ledger.of(set(stage.conversations))
    said = {(entry.conversation, entry.text) for entry in ledger if entry.at <= mended}
    calls = [call.at for call in stage.arrivals() if call.number == 1 and (call.conversation, call.text) in said]
    return max([0.0, *(at - mended for at in calls)])


@contextmanager
def _listened(stage: Scene) -> Iterator[object]:
    """An agent on a socket for each conversation, who must have heard everything at the end."""
    ears = [stage.ear(one, turn) for turn, one in enumerate(stage.conversations)]

    def judge(found: Findings) -> None:
        wanted = {one: wanted_by(stage, one) for one in stage.conversations}
        wait_heard(ears, wanted)
        for ear in ears:
            judge_reader(found, [event for event, _, _ in ear.heard], set(wanted[ear.conversation]), "a listener")

    with ExitStack() as stack:
        for ear in ears:
            stack.enter_context(ear)
        yield judge
