"""F1, F2, F4, F5, F6: processes die or stand still while they handle messages."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.chaos.cluster import LEASE, Cluster, Process
from tests.chaos.oracle import Findings
from tests.chaos.scene import Scene, scene
from tests.services import wait_until


def killed_workers(cluster: Cluster, kills: int, messages: int) -> Findings:
    """F1: kill -9 of a whole worker at random moments."""
    stage = scene(cluster, "F1").open(shops=3, conversations=9)
    done = 0
    with cluster.kept_alive(cluster.workers), stage.talk(messages, pause=0.05):
        while done < kills:
            time.sleep(cluster.chance.uniform(0.5, 5.0))  # a worker takes seconds to start; some must get to work
            cluster.chance.choice([worker for worker in cluster.workers if worker.alive] or cluster.workers).kill()
            done += 1
    found = stage.judge()
    found.kills = done
    # One call of each sender thread of a killed worker may have been under way.
    found.check(found.repeats <= done * 2 * len(stage.shops), "more repeats than calls can have been under way")
    return found


def changing_workers(cluster: Cluster, kills: int, messages: int) -> Findings:
    """F2: one worker after the other is killed or removed by SIGTERM, and added again, while the others go on."""
    stage = scene(cluster, "F2").open(shops=2, conversations=6)
    with stage.talk(messages, pause=0.05):
        for number in range(kills):
            worker = cluster.workers[number % len(cluster.workers)]
            time.sleep(cluster.chance.uniform(0.5, 2))
            if number % 2:
                worker.kill()
            else:
                worker.stop(45)
            time.sleep(cluster.chance.uniform(0.5, 2))
            worker.launch()
        stage.wait_said()
    cluster.revive()
    found = stage.judge()
    found.kills = kills
    return found


def died_before_wake_up(cluster: Cluster, kills: int, messages: int) -> Findings:
    """F4: the web process dies exactly between COMMIT and wake-up, at every message."""
    stage = scene(cluster, "F4").open(shops=1, conversations=2)
    with cluster.dressed(cluster.webs, "die_before_wake_up"):
        before = sum(web.starts for web in cluster.webs)
        with cluster.kept_alive(cluster.webs), stage.talk(messages):
            stage.wait_said()
        deaths = sum(web.starts for web in cluster.webs) - before
    found = stage.judge()
    found.kills = deaths
    # Two messages may be on their way in the same process when it dies.
    found.check(2 * deaths >= found.messages, f"only {deaths} deaths for {found.messages} messages")
    found.check(found.worst <= 10, f"the sweeper took {found.worst:.1f} s")
    return found


def died_after_send(cluster: Cluster, kills: int, messages: int) -> Findings:
    """F5: the worker dies after the receiver answered and before the result is stored, once for each message."""
    stage = scene(cluster, "F5").open(shops=4, conversations=kills)
    folder = cluster.folder / stage.name
    folder.mkdir()
    with cluster.dressed(cluster.workers, f"die_after_send={folder}"), cluster.kept_alive(cluster.workers):
        with stage.talk(messages):
            pass
        stage.settle(30 + kills * LEASE)
    found = stage.judge()
    found.kills = len(list(folder.iterdir()))
    found.check(found.kills == found.messages, f"{found.kills} deaths for {found.messages} messages")
    arrivals = stage.arrivals()
    # At least two each: the death of a worker cuts its other calls too.
    found.check(found.repeats >= found.messages, f"{len(arrivals)} calls for {found.messages} messages")
    attempts = cluster.rows(
        "SELECT d.attempts, count(*) FROM engine_delivery d WHERE d.id = ANY(%s) GROUP BY 1",
        [one.id for one in arrivals],
    )
    found.check([used for used, _ in attempts] == [1], f"attempts were used up: {attempts}")
    return found


def stopped_worker(cluster: Cluster, kills: int, messages: int) -> Findings:
    """F6: SIGSTOP in the middle of a call, for longer than the lease; then SIGCONT. The late result is an error."""
    stage = scene(cluster, "F6").open(shops=1, conversations=1)
    (path,) = stage.paths
    slow, other = cluster.workers[0], cluster.workers[1]
    hold = {"seconds": 0.0}
    cluster.receiver.holds[path] = lambda path, text, number: hold["seconds"] if number == 1 else 0.0
    cluster.receiver.scripts[path] = lambda path, text, number: 500 if number == 1 and hold["seconds"] else 200
    found = Findings()
    with cluster.alone(slow, other), _moving_again(slow, other):
        for turn in range(kills):
            _stop_one(cluster, stage, (slow, other), hold, turn)
            with stage.talk(messages // kills, name=f"after{turn}."):
                pass
            stage.settle()  # the next stop must not hit a process in the middle of a transaction
        found = stage.judge(late_repeats=True)
    found.kills = kills
    stopped = [one for one in stage.arrivals() if one.text.startswith("stop")]
    found.check(all(one.number <= 2 for one in stopped), "a late result made a sent message go out again")
    found.check(len(stopped) == 2 * kills, f"{len(stopped)} calls where {2 * kills} were to be")
    found.check(found.repeats == kills, f"{found.repeats} repeats after {kills} stops")
    return found


@contextmanager
def _moving_again(*workers: Process) -> Iterator[None]:
    """Nobody is left frozen, however this ends."""
    try:
        yield
    finally:
        for worker in workers:
            worker.send(signal.SIGCONT)


def _stop_one(
    cluster: Cluster, stage: Scene, workers: tuple[Process, Process], hold: dict[str, float], turn: int
) -> None:
    """One message whose first call is frozen; it comes back after another worker has sent it."""
    slow, other = workers
    hold["seconds"] = 1.0
    other.send(signal.SIGSTOP)
    with stage.talk(1, name=f"stop{turn}."):
        pass
    wanted = f"stop{turn}.0"
    mine = lambda: [one for one in stage.arrivals() if one.text == wanted]  # noqa: E731
    wait_until("the first call is under way", mine, 30)
    slow.send(signal.SIGSTOP)
    other.send(signal.SIGCONT)
    hold["seconds"] = 0.0
    with suppress(AssertionError):
        wait_until("the other worker sends it", lambda: len(mine()) > 1, LEASE + 30)
    slow.send(signal.SIGCONT)
    time.sleep(1.5)  # the late result, and what would come of it if it counted
