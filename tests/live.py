"""The product running as real processes: one embedded process, or web and worker processes on their services.

`HUBSTER_STACK` chooses: `embedded` (the default) or `services`.
"""

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.services import Redis, ended, free_port, postgres, redis, started, wait_until

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("embedded", "services")
WEBS = 2  # web processes of the services stack
# Retries in tenths of seconds instead of minutes, sweeps likewise, a short deadline and with it a short lease.
PACE = {"HUBSTER_RETRY_UNIT": "0.3", "HUBSTER_SWEEP_EVERY": "0.3", "HUBSTER_ATTEMPT_DEADLINE": "2"}
_INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV")
PREPARE = (
    "from django.core.management import call_command as call; call('migrate', verbosity=0); "
    "from portal.demo import do_seed; do_seed()"
)


@dataclass
class Node:
    """One process of the product, by its command; it can be killed and started again."""

    name: str
    command: list[str]
    env: dict[str, str]
    log: Path
    port: int | None = None
    ready: Callable[[], bool] | None = None  # how a process without a port is known to be up
    process: subprocess.Popen[bytes] | None = None
    seen: int = 0  # bytes of the log that earlier tests wrote

    @property
    def base(self) -> str:
        """Where it serves."""
        return f"http://127.0.0.1:{self.port}"

    def launch(self) -> None:
        """Start it and come back at once."""
        with self.log.open("ab") as out:
            self.process = started([sys.executable, *self.command], env=self.env, cwd=ROOT, stdout=out, stderr=out)

    def start(self) -> None:
        """Start it and wait until it serves."""
        self.launch()
        self.wait()

    def wait(self) -> None:
        """Until it serves or works."""
        wait_until(f"{self.name} is up", self._is_up)

    def _is_up(self) -> bool:
        assert self.process and self.process.poll() is None, f"{self.name} ended at its start:\n{self.output()}"
        if self.ready:
            return self.ready()
        try:
            socket.create_connection(("127.0.0.1", self.port or 0), 1).close()
        except OSError:
            return False
        return True

    def kill(self) -> None:
        """As a crash: kill -9."""
        assert self.process
        ended(self.process, signal.SIGKILL)

    def stop(self, seconds: float = 30) -> int:
        """As an operator: SIGTERM; the exit code, -9 when it had not ended after `seconds`."""
        assert self.process
        return ended(self.process, signal.SIGTERM, seconds)

    @property
    def serving(self) -> int:
        """The id of the process that serves: gunicorn's master has a child for it."""
        assert self.process
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0]) if children else self.process.pid

    def output(self) -> str:
        """What it printed during the present test."""
        with self.log.open("rb") as log:
            log.seek(self.seen)
            return log.read().decode("utf-8", "replace")


@dataclass
class Stack:
    """All processes of a running product."""

    kind: str
    folder: Path
    webs: list[Node]
    worker: Node
    database_url: str = ""
    redis: Redis | None = None
    nodes: list[Node] = field(init=False)

    def __post_init__(self) -> None:
        self.nodes = self.webs if self.worker in self.webs else [*self.webs, self.worker]

    @property
    def base(self) -> str:
        """The address that clients know."""
        return self.webs[0].base

    @property
    def other(self) -> str:
        """The address of the last web process: another process where there are several."""
        return self.webs[-1].base

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the database says to a query with `?` for each value; UUIDs come back as text."""
        if self.database_url:
            with psycopg.connect(self.database_url) as link:
                return link.execute(query.replace("?", "%s"), values).fetchall()
        plain = [value.hex if isinstance(value, uuid.UUID) else value for value in values]
        link = sqlite3.connect(self.folder / "hubster.sqlite3", timeout=20)
        try:
            return link.execute(query, plain).fetchall()
        finally:
            link.close()

    def change(self, statement: str, *values: Any) -> None:
        """An update, for what would take a person hours."""
        if self.database_url:
            with psycopg.connect(self.database_url) as link:
                link.execute(statement.replace("?", "%s"), values)
            return
        with closing(sqlite3.connect(self.folder / "hubster.sqlite3", timeout=20)) as link, link:
            link.execute(statement, [value.hex if isinstance(value, uuid.UUID) else value for value in values])

    def mark(self) -> None:
        """From now on `Node.output` shows what is printed after this moment."""
        for node in self.nodes:
            node.seen = node.log.stat().st_size if node.log.exists() else 0

    def revive(self) -> None:
        """Start again what a test left dead, so that the next test finds a whole stack."""
        dead = [node for node in self.nodes if node.process is None or node.process.poll() is not None]
        for node in dead:
            node.launch()
        for node in dead:
            node.wait()


def environment(folder: Path, port: int, **more: str) -> dict[str, str]:
    """A process's whole environment: nothing of ours leaks into it but what finds programs."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    own = {"HUBSTER_DATA": str(folder), "PORT": str(port), "PYTHONUNBUFFERED": "1"}
    return {**inherited, **PACE, **own, **more}


@contextmanager
def embedded(*command: str, **more: str) -> Iterator[Stack]:
    """`manage.py demo`, or another command that serves it: everything in one process on SQLite."""
    with _folder() as folder:
        port = free_port()
        words, env = list(command or ("manage.py", "demo")), environment(folder, port, **more)
        node = Node("demo", words, env, folder / "demo.log", port)
        with _running(Stack("embedded", folder, [node], node)) as stack:
            yield stack


@contextmanager
def services(**more: str) -> Iterator[Stack]:
    """Two web processes and a Celery worker on PostgreSQL and Redis, with the demo's data."""
    with _folder() as folder, postgres(durable=True) as pg, redis() as broker:
        ports = [free_port() for _ in range(WEBS)]
        shared = {"DATABASE_URL": pg.url(), "REDIS_URL": broker.url, **more}
        shared["HUBSTER_PUBLIC_URL"] = f"http://127.0.0.1:{ports[0]}"
        command = ["manage.py", "shell", "-c", PREPARE]
        env = environment(folder, ports[0], **shared)
        made = subprocess.run([sys.executable, *command], env=env, cwd=ROOT, capture_output=True, check=False)
        assert made.returncode == 0, made.stderr.decode()
        webs = [
            Node(f"web-{n}", ["manage.py", "serve"], environment(folder, port, **shared), folder / f"web-{n}.log", port)
            for n, port in enumerate(ports)
        ]
        words = ["-m", "celery", "-A", "hubster", "worker", "--without-gossip", "--without-mingle", "-Q", "celery"]
        asks = lambda: b"cmd=brpop" in broker.command("CLIENT", "LIST")  # noqa: E731 - it asks for work
        worker = Node("worker", words, env, folder / "worker.log", ready=asks)
        with _running(Stack("services", folder, webs, worker, pg.url(), broker)) as stack:
            yield stack


@dataclass
class Split:
    """A process for HTTP, one for sockets and a worker, as production documents them."""

    http: Node
    sockets: Node
    worker: Node


@contextmanager
def split(*launcher: str, **limits: str) -> Iterator[Split]:
    """Production's processes on services of their own. `launcher`: words before `manage.py` of the sockets' process."""
    with _folder() as folder, postgres(durable=True) as pg, redis() as broker:
        shared = {"DATABASE_URL": pg.url(), "REDIS_URL": broker.url, **limits}
        ports = free_port(), free_port()
        shared["HUBSTER_PUBLIC_URL"] = f"http://127.0.0.1:{ports[0]}"
        http_env, sockets_env = (environment(folder, port, **shared) for port in ports)
        command = [sys.executable, "manage.py", "shell", "-c", PREPARE]
        made = subprocess.run(command, env=http_env, cwd=ROOT, capture_output=True, check=False)
        assert made.returncode == 0, made.stderr.decode()
        words = ["-m", "celery", "-A", "hubster", "worker", "--without-gossip", "--without-mingle", "-Q", "celery"]
        asks = lambda: b"cmd=brpop" in broker.command("CLIENT", "LIST")  # noqa: E731 - it asks for work
        http = Node("http", ["manage.py", "serve", "--http"], http_env, folder / "http.log", ports[0])
        there = [*launcher, "manage.py", "serve", "--sockets"]
        sockets = Node("sockets", there, sockets_env, folder / "sockets.log", ports[1])
        worker = Node("worker", words, http_env, folder / "worker.log", ready=asks)
        with _running(Stack("split", folder, [http, sockets], worker, pg.url(), broker)):
            yield Split(http, sockets, worker)


@contextmanager
def stack(kind: str, **more: str) -> Iterator[Stack]:
    """The stack of a kind. `more` is of its environment."""
    assert kind in KINDS, f"HUBSTER_STACK must be one of {', '.join(KINDS)}; it is '{kind}'."
    with (embedded if kind == "embedded" else services)(**more) as running:
        yield running


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="hubster-live-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(made: Stack) -> Iterator[Stack]:
    try:
        made.revive()
        yield made
    finally:
        for node in made.nodes:
            if node.process:
                node.process.terminate()
        for node in made.nodes:
            if node.process:
                node.stop(seconds=10)
