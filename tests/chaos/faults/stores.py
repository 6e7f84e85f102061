"""F7, F8, F9: Redis forgets everything or is away; PostgreSQL crashes."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.chaos.cluster import Cluster
from tests.chaos.oracle import Findings, longest_silence
from tests.chaos.scene import scene

ANSWER = 5.0  # seconds that an acknowledgement may take without Redis


def flushed_redis(cluster: Cluster, kills: int, messages: int) -> Findings:
    """F7: FLUSHALL, with the workers stopped just before it so that there is something to forget.

    The last one follows the last messages, so that no later wake-up makes up for those that it took away.
    """
    stage = scene(cluster, "F7").open(shops=2, conversations=6)
    with stage.talk(messages, pause=0.02):
        for _ in range(kills - 1):
            time.sleep(cluster.chance.uniform(0.5, 2))
            with _frozen(cluster):
                time.sleep(0.7)
                cluster.redis.command("FLUSHALL")
    stage.settle()
    with _frozen(cluster):
        with stage.talk(len(stage.conversations), name="last"):
            pass
        cluster.redis.command("FLUSHALL")
    found = stage.judge()
    found.kills = kills
    said = {(one.conversation, one.text): one.at for one in cluster.ledger.of(set(stage.conversations))}
    late = [one.at - said[one.conversation, one.text] for one in stage.arrivals() if one.text.startswith("last")]
    found.check(max(late, default=99) <= 10, f"what only the sweeper could find took {max(late, default=99):.1f} s")
    found.notes.append(f"what only the sweeper could find took {max(late, default=99):.1f} s")
    return found


@contextmanager
def _frozen(cluster: Cluster) -> Iterator[None]:
    """All workers are stopped for a moment."""
    for worker in cluster.workers:
        worker.send(signal.SIGSTOP)
    try:
        yield
    finally:
        for worker in cluster.workers:
            worker.send(signal.SIGCONT)


def killed_redis(cluster: Cluster, kills: int, messages: int) -> Findings:
    """F8: kill -9, some seconds of absence, an empty start. Messages are accepted all the while."""
    stage = scene(cluster, "F8").open(shops=2, conversations=6)
    with stage.talk(messages, pause=0.1):
        for _ in range(kills):
            time.sleep(cluster.chance.uniform(1, 2))
            cluster.redis.kill()
            time.sleep(cluster.chance.uniform(4, 8))
            cluster.redis.start()
            time.sleep(5)
    found = stage.judge(seconds=90)
    found.kills = kills
    stage.told(found)
    dead = [node.name for node in cluster.nodes if not node.alive]
    found.check(not dead, f"ended because Redis was away: {', '.join(dead)}")
    longest = max(person.longest for person in stage.talkers)
    found.check(longest <= ANSWER, f"an answer took {longest:.1f} s while Redis was away")
    ledger = cluster.ledger.of(set(stage.conversations))
    silence = longest_silence(ledger, stage.arrivals())
    found.check(silence <= 40, f"nothing arrived for {silence:.1f} s although something waited")
    found.notes.append(f"nothing arrived for at most {silence:.1f} s while something waited")
    return found


def crashed_postgres(cluster: Cluster, kills: int, messages: int) -> Findings:
    """F9: an immediate stop and kill -9 of the postmaster in turn, then a new start after a second or two."""
    stage = scene(cluster, "F9").open(shops=2, conversations=6)
    with stage.talk(messages, pause=0.05):
        for number in range(kills):
            time.sleep(cluster.chance.uniform(1.5, 4))
            if number % 2:
                cluster.pg.end(signal.SIGQUIT)
            else:
                _crash(cluster)
            time.sleep(cluster.chance.uniform(0.5, 2))
            cluster.pg.start(60)
            time.sleep(3)
    found = stage.judge(seconds=90)
    found.kills = kills
    stage.told(found)
    dead = [node.name for node in cluster.nodes if not node.alive]
    found.check(not dead, f"ended because PostgreSQL was away: {', '.join(dead)}")
    return found


def calm(cluster: Cluster, kills: int, messages: int) -> Findings:
    """Nothing fails. For the mutation gate: what is left of the ways by which work is found brings all through."""
    stage = scene(cluster, "calm").open(shops=1, conversations=4)
    with stage.talk(messages, pause=0.3):
        pass
    return stage.judge(seconds=15)


def _crash(cluster: Cluster) -> None:
    """kill -9 of the postmaster. The WAL writer is frozen before it: what survives is what COMMIT itself wrote."""
    pid = cluster.rows("SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'")[0][0]
    os.kill(pid, signal.SIGSTOP)
    time.sleep(1)
    cluster.pg.end(signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
