"""Private PostgreSQL and Redis for tests: made in a temporary folder, bound to 127.0.0.1, ended with the test run.

Nothing of the system's own clusters is touched. PostgreSQL refuses to run as root, so root runs it as `postgres`.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PG_USER = "postgres"
START_SECONDS = 180  # for what hangs: a busy machine takes its time


class NotHere(Exception):
    """A program that a service needs is not installed; the text names the Debian package."""


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(what: str, ready: Callable[[], object], seconds: float = START_SECONDS, every: float = 0.05) -> object:
    """The first true value of `ready()`; fails with `what` after `seconds`."""
    end = time.monotonic() + seconds
    while not (found := ready()):
        assert time.monotonic() < end, f"After {seconds:g} s still not: {what}"
        time.sleep(every)
    return found


def started(command: Sequence[str | Path], **options: object) -> subprocess.Popen[bytes]:
    """A child process that the kernel ends when this one dies, however it dies: nothing is ever left running."""
    tied = ["setpriv", "--pdeathsig", "KILL", "--", *map(str, command)]
    return subprocess.Popen(tied, stdin=subprocess.DEVNULL, **options)  # type: ignore[call-overload]


def ended(process: subprocess.Popen[bytes], how: int, seconds: float = 20) -> int:
    """Signal a process that we started and wait; its exit code. One that does not end is killed."""
    if process.poll() is None:
        process.send_signal(how)
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait(seconds)


def pg_program(name: str) -> Path:
    """The newest installed PostgreSQL's program."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    other = shutil.which(name)
    if not found and not other:
        raise NotHere("postgresql")
    return found[-1] if found else Path(str(other))


def redis_program() -> str:
    """The Redis server."""
    found = shutil.which("redis-server")
    if not found:
        raise NotHere("redis-server")
    return found


@dataclass
class Postgres:
    """A cluster; it can be ended, by whatever signal, and started again on what it has on disk."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def url(self, database: str = "hubster") -> str:
        """For DATABASE_URL."""
        return f"postgres://{PG_USER}@127.0.0.1:{self.port}/{database}"

    def launch(self) -> None:
        """Start and come back at once."""
        server = [pg_program("postgres"), "-D", self.folder / "data", "-p", self.port]
        command = [*_as_postgres(), "setpriv", "--pdeathsig", "INT", "--", *server]
        with (self.folder / "log").open("ab") as log:
            self.process = started(command, cwd=self.folder, stdout=log, stderr=log)

    def start(self, seconds: float = START_SECONDS) -> None:
        """Start and wait until it answers."""
        self.launch()
        wait_until("PostgreSQL accepts connections", lambda: _pg_ready(self.folder, self.port), seconds)

    def end(self, how: int = signal.SIGINT) -> None:
        """SIGINT is a "fast" shutdown: open sessions are ended. SIGQUIT is an immediate one, SIGKILL a crash.

        A crash takes the sessions along, as when power fails: one that waits for a dead one holds up the next start.
        """
        if not self.process:
            return
        sessions = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        pids = sessions.read_text().split() if how == signal.SIGKILL and sessions.exists() else []
        ended(self.process, how)
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)


@dataclass
class Redis:
    """A server that keeps nothing on disk; it can be killed and started again, empty."""

    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """For REDIS_URL."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start and wait until it answers."""
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = started([redis_program(), *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until("Redis accepts connections", lambda: _answers(self.port))

    def kill(self) -> None:
        """As a crash."""
        if self.process:
            ended(self.process, signal.SIGKILL)

    def command(self, *words: str) -> bytes:
        """The raw answer to one command."""
        with socket.create_connection(("127.0.0.1", self.port), 5) as link:
            link.sendall(" ".join(words).encode() + b"\r\n")
            return link.recv(65_536)


def _as_postgres() -> list[str]:
    """What makes a command run as `postgres` when we are root; nothing otherwise."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={PG_USER}", f"--regid={PG_USER}", "--init-groups", "--"]


def _given_to_postgres(folder: Path) -> None:
    if os.geteuid() == 0:
        owner = pwd.getpwnam(PG_USER)
        os.chown(folder, owner.pw_uid, owner.pw_gid)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _cluster(folder: Path, durable: bool, conf: str = "") -> None:
    """Make the cluster's files. Trust is enough: it is reachable from this machine only, and for minutes."""
    make = [pg_program("initdb"), "-D", folder / "data", "-U", PG_USER, "-A", "trust", "-E", "UTF8", "--no-sync"]
    done = subprocess.run([*_as_postgres(), *map(str, make)], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    safe = "on" if durable else "off"
    with (folder / "data" / "postgresql.conf").open("a") as out:
        out.write(f"fsync = {safe}\nsynchronous_commit = {safe}\nfull_page_writes = {safe}\n")
        out.write(f"listen_addresses = '127.0.0.1'\nunix_socket_directories = '{folder}'\nmax_connections = 150\n")
        out.write(conf)


@contextmanager
def postgres(
    durable: bool = False, database: str = "hubster", parent: Path | None = None, conf: str = ""
) -> Iterator[Postgres]:
    """A private cluster with one empty database, with its files under `parent` and more lines of configuration.

    `durable` keeps fsync on, as production must.
    """
    folder = Path(tempfile.mkdtemp(prefix="hubster-pg-", dir=parent))
    made = Postgres(folder, free_port())
    try:
        _given_to_postgres(folder)
        _cluster(folder, durable, conf)
        made.start()
        make = [pg_program("createdb"), "-h", folder, "-p", made.port, "-U", PG_USER, database]
        subprocess.run(list(map(str, make)), cwd=folder, check=True)
        yield made
    finally:
        made.end()
        shutil.rmtree(folder, ignore_errors=True)


def _pg_ready(folder: Path, port: int) -> bool:
    ask = [pg_program("pg_isready"), "-h", folder, "-p", port, "-q"]
    return subprocess.run(list(map(str, ask)), cwd=folder, check=False).returncode == 0


@contextmanager
def redis() -> Iterator[Redis]:
    """A private Redis."""
    made = Redis(free_port())
    try:
        made.start()
        yield made
    finally:
        made.kill()
