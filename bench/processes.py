"""Processor time of whole process trees, and the floor programs as processes of ours."""

import os
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.live import ROOT
from tests.services import ended, free_port, started, wait_until

TICK = os.sysconf("SC_CLK_TCK")
SETTLE = 0.5  # seconds until a PostgreSQL session that ended is counted with its parent


def seconds_of(*roots: int) -> float:
    """Processor seconds of these processes and everything below them, with the children that ended."""
    children: dict[int, list[int]] = defaultdict(list)
    used: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):
            parts = (folder / "stat").read_text().rpartition(")")[2].split()
            children[int(parts[1])].append(int(folder.name))
            used[int(folder.name)] = sum(map(int, parts[11:15]))
    total, queue = 0, list(roots)
    while queue:
        pid = queue.pop()
        total += used.get(pid, 0)
        queue += children[pid]
    return total / TICK


@dataclass
class Used:
    """Seconds on the clock, and of the processor by the name of the part."""

    wall: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)

    @property
    def total(self) -> float:
        """Processor seconds of all parts."""
        return sum(self.parts.values())


@contextmanager
def metered(parts: Mapping[str, list[int]]) -> Iterator[Used]:
    """Measures what the parts, each a list of process ids, use within the block; complete after it."""
    used = Used()
    before, began = {name: seconds_of(*pids) for name, pids in parts.items()}, time.perf_counter()
    yield used
    used.wall = time.perf_counter() - began
    time.sleep(SETTLE)
    used.parts = {name: seconds_of(*pids) - before[name] for name, pids in parts.items()}


def settled(parts: Mapping[str, list[int]], seconds: float = 30) -> None:
    """Wait until these use less than a tenth of a processor, at most so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        before = seconds_of(*(pid for pids in parts.values() for pid in pids))
        time.sleep(0.5)
        if seconds_of(*(pid for pids in parts.values() for pid in pids)) - before < 0.05:
            return


@contextmanager
def program(words: list[str], log: Path, port: int = 0, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Python program of ours until the end of the block; with a port, it answers when the block begins."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    with log.open("ab") as out:
        command = [sys.executable, *words]
        process = started(command, env={**inherited, **env}, cwd=ROOT, stdout=out, stderr=out)
    try:
        if port:
            wait_until(f"{words} answers", lambda: _answers(process, port, log))
        yield process
    finally:
        ended(process, 15, 5)


def _answers(process: subprocess.Popen[bytes], port: int, log: Path) -> bool:
    assert process.poll() is None, log.read_text()[-2000:]
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def gunicorn(application: str, port: int, threads: int = 8) -> list[str]:
    """The command of a threaded WSGI server with one process."""
    options = ["-w", "1", "-k", "gthread", "--threads", str(threads), "-b", f"127.0.0.1:{port}", "--keep-alive", "75"]
    return ["-m", "gunicorn", *options, "--no-control-socket", "--log-level", "warning", application]


def uvicorn(application: str, port: int) -> list[str]:
    """The command of an ASGI server with one process."""
    quiet = ["--log-level", "warning", "--no-access-log", "--ws-per-message-deflate", "false", "--lifespan", "on"]
    return ["-m", "uvicorn", application, "--host", "127.0.0.1", "--port", str(port), *quiet]


__all__ = ["Used", "free_port", "gunicorn", "metered", "program", "seconds_of", "settled", "uvicorn"]
