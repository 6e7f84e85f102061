"""The whole product as processes of our own: PostgreSQL, Redis, two web processes, three workers, a receiver."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from tests.chaos.ledger import Ledger
from tests.chaos.receiver import ChaosReceiver
from tests.live import PREPARE, ROOT, Node, environment
from tests.services import Postgres, Redis, free_port, postgres, redis, started, wait_until
from tests.system.providers import Providers, providers

UNIT, DEADLINE, SWEEP = 0.5, 2.0, 0.5  # seconds; the product's own defaults are 120, 10 and 2
LEASE = 10
REAL_PACE = {"HUBSTER_RETRY_UNIT": "120", "HUBSTER_ATTEMPT_DEADLINE": "10", "HUBSTER_SWEEP_EVERY": "2"}  # the defaults
SERVE = ["manage.py", "serve"]
_KIND = re.compile(r"^\w[\w.]+: .*$", re.MULTILINE)  # the last line of a traceback, and perhaps its details


@dataclass
class Process(Node):
    """A process in a group of its own, with the patches of a fault when one asks for them."""

    patches: tuple[str, ...] = ()
    starts: int = 0

    def launch(self) -> None:
        """Start it and come back at once."""
        self.starts += 1
        launcher = ["-m", "tests.chaos.launcher", ",".join(self.patches)] if self.patches else []
        with self.log.open("ab") as out:
            command = [sys.executable, *launcher, *self.command]
            self.process = started(command, env=self.env, cwd=ROOT, stdout=out, stderr=out, start_new_session=True)

    def kill(self) -> None:
        """kill -9 of the process and its children."""
        assert self.process
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(20)

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None

    def send(self, number: int) -> None:
        """A signal for the whole group, for example SIGSTOP."""
        assert self.process
        os.killpg(self.process.pid, number)


@dataclass
class Cluster:
    """All of it. `revive` brings back what a fault left dead."""

    folder: Path
    pg: Postgres
    redis: Redis
    receiver: ChaosReceiver
    ledger: Ledger
    webs: list[Process]
    workers: list[Process]
    providers: Providers
    chance: random.Random = field(default_factory=random.Random)
    keeper: "Keeper" = field(default_factory=lambda: Keeper())

    @property
    def nodes(self) -> list[Process]:
        """Every process of the product."""
        return [*self.webs, *self.workers]

    @property
    def bases(self) -> list[str]:
        """Where the web processes serve."""
        return [web.base for web in self.webs]

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the database says."""
        with psycopg.connect(self.pg.url(), autocommit=True) as link:
            return link.execute(query, values).fetchall()

    def run(self, statement: str, *values: Any) -> None:
        """Change something in the database."""
        with psycopg.connect(self.pg.url(), autocommit=True) as link:
            link.execute(statement, values)

    def revive(self) -> None:
        """Start what is dead and wait until everything works, also what somebody else has just started."""
        for node in self.nodes:
            if not node.alive:
                node.launch()
        for node in self.nodes:
            node.wait()

    @contextmanager
    def dressed(self, nodes: Sequence[Process], *patches: str) -> Iterator[None]:
        """These processes run with more patches for a while."""
        former = nodes[0].patches if nodes else ()
        self.redress(nodes, (*former, *patches))
        try:
            yield
        finally:
            self.redress(nodes, former)

    def redress(self, nodes: Sequence[Process], patches: tuple[str, ...]) -> None:
        """Start the processes anew with other patches."""
        for node in nodes:
            if node.process:
                node.kill()
            node.patches = patches
        self.revive()

    @contextmanager
    def alone(self, *workers: Process) -> Iterator[None]:
        """Only these workers are there."""
        others = [worker for worker in self.workers if worker not in workers]
        for worker in others:
            worker.kill()
        try:
            yield
        finally:
            self.revive()

    @contextmanager
    def kept_alive(self, nodes: Sequence[Process]) -> Iterator[None]:
        """What dies is started again at once, as by an init system."""
        self.keeper.kept = list(nodes)
        try:
            yield
        finally:
            self.keeper.kept = []
            time.sleep(0.5)  # a start that is under way
            for _ in range(3):  # one may come up and still end of what was done to it
                self.revive()
                time.sleep(0.7)

    def complaints(self) -> Counter[str]:
        """What the processes logged as errors since the last call, shortened, with how often."""
        found: Counter[str] = Counter()
        for node in self.nodes:
            for line in node.output().splitlines():
                if line.startswith("{") and '"level": "ERROR"' in line:
                    said = json.loads(line)
                    kinds = _KIND.findall(said.get("trace", ""))
                    found[f"{said['message'].splitlines()[0]} {kinds[-1] if kinds else ''}"[:160]] += 1
            node.seen = node.log.stat().st_size
        return found


class Keeper(threading.Thread):
    """Starts what died. One thread for the life of a cluster: the kernel ends a process together with the thread
    that started it."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.kept: list[Process] = []
        self.stopping = threading.Event()
        self.start()

    def run(self) -> None:
        """Look ten times a second."""
        while not self.stopping.wait(0.1):
            for node in list(self.kept):
                if not node.alive:
                    node.launch()


def _worker(number: int, env: dict[str, str], folder: Path) -> Process:
    name, log = f"worker-{number}", folder / f"worker-{number}.log"
    words = ["-m", "celery", "-A", "hubster", "worker", "-n", f"{name}@chaos", "-Q", "celery"]
    return Process(name, words, env, log)


def _ready(made: Cluster) -> bool:
    """Each worker that lives asks Redis for work."""
    return made.redis.command("CLIENT", "LIST").count(b"cmd=brpop") >= sum(worker.alive for worker in made.workers)


@contextmanager
def cluster(parent: Path | None = None, workers: int = 3, conf: str = "", **settings: str) -> Iterator[Cluster]:
    """A running cluster. `conf` is more of postgresql.conf, `settings` more of the product's environment."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="hubster-chaos-")))
        pg = stack.enter_context(postgres(durable=True, parent=parent, conf=conf))
        broker, hooks = stack.enter_context(redis()), stack.enter_context(ChaosReceiver())
        peers = stack.enter_context(providers())
        ports = [free_port(), free_port()]
        shared = {"DATABASE_URL": pg.url(), "REDIS_URL": broker.url, "HUBSTER_RETRY_UNIT": str(UNIT),
                  "HUBSTER_ATTEMPT_DEADLINE": str(DEADLINE), "HUBSTER_SWEEP_EVERY": str(SWEEP),
                  "HUBSTER_PUBLIC_URL": f"http://127.0.0.1:{ports[0]}", **peers.settings, **settings}  # fmt: skip
        env = environment(folder, ports[0], **shared)
        prepare = [sys.executable, "manage.py", "shell", "-c", PREPARE]
        subprocess.run(prepare, env=env, cwd=ROOT, check=True, capture_output=True)
        webs = [
            Process(f"web-{n}", SERVE, environment(folder, port, **shared), folder / f"web-{n}.log", port)
            for n, port in enumerate(ports)
        ]
        ledger = stack.enter_context(Ledger(folder / "acknowledged"))
        hands = [_worker(n, env, folder) for n in range(workers)]
        made = Cluster(folder, pg, broker, hooks, ledger, webs, hands, peers)
        for worker in made.workers:
            worker.ready = lambda: _ready(made)
        stack.callback(_end, made)
        made.revive()
        yield made


def _end(made: Cluster) -> None:
    made.keeper.kept = []
    time.sleep(0.3)
    for node in made.nodes:
        if node.process:
            node.kill()
    made.keeper.stopping.set()


def wait_quiet(made: Cluster) -> None:
    """Until nothing waits or is under way, at most for half a minute; a fault begins with an idle cluster."""
    busy = "SELECT (SELECT count(*) FROM engine_activity WHERE state = 'accepted') + " \
           "(SELECT count(*) FROM engine_lane WHERE due IS NOT NULL OR lease_until > now())"  # fmt: skip
    with suppress(AssertionError):
        wait_until("nothing waits", lambda: made.rows(busy)[0][0] == 0, 30)
