"""`make test`: gets what is missing, then runs the whole suite on both databases and both stacks.

    python -m tests.run            everything
    python -m tests.run sqlite     one part: sqlite, services, system-embedded, system-services, chaos or widget

A part that cannot run here is named at the end; the exit code tells of the parts that ran.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.services import NotHere, pg_program, postgres, redis, redis_program

ROOT = Path(__file__).resolve().parent.parent
WEBCHAT = ROOT / "webchat"
CLIENTS = ROOT / "tests" / "clients"
NPM_PARTS = [CLIENTS / "node_modules" / name for name in ("@microsoft/signalr", ".bin/openapi-typescript", "emulate")]
WORKERS = "3"  # pytest processes: more than cores, for browsers and databases are waited for
STACKS = ("-n", "2", "--dist", "loadfile")  # two stacks at once: more than half of the time they wait
PORTAL = [f"tests/portal/test_{name}.py" for name in (
    "audit", "audit_append_only", "commands", "hub_rules", "hubs", "idempotency", "integrations", "parallel",
    "rate_limits", "rotation_encryption", "sessions", "token_endpoint", "two_tenants",
)]  # fmt: skip
LIB = [f"tests/lib/test_{name}.py" for name in ("ended_connections", "rate", "sql")]
ENGINE_TESTS = ("tests/engine", "tests/inbox", *PORTAL, *LIB)
_NO_TESTS = 5  # pytest's exit code when it found none
_OURS = ("DATABASE_URL", "REDIS_URL", "HUBSTER_ENV", "HUBSTER_DATA", "HUBSTER_STACK", "PORT", "DEBUG")


@dataclass
class Report:
    """What ran, how it ended, and what could not run."""

    lines: list[str] = field(default_factory=list)
    failed: bool = False
    ran: int = 0
    missing: list[str] = field(default_factory=list)

    def show(self) -> int:
        """Print it; the exit code."""
        print("\n=== Test run\n" + "\n".join(self.lines))
        if self.missing:
            print("\n=== NOT run\n" + "\n".join(f"  {what}" for what in self.missing))
        return 1 if self.failed or not self.ran else 0


def run(*command: str | Path, cwd: Path = ROOT, **env: str) -> int:
    """A command with its output shown; its exit code. Settings of the caller's shell do not leak in."""
    kept = {name: text for name, text in os.environ.items() if name not in _OURS}
    sys.stdout.flush()
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=cwd, env={**kept, **env}, stdin=subprocess.DEVNULL, check=False).returncode


def install(report: Report) -> None:
    """Debian packages when we are root, and the public SignalR client when npm is there."""
    wanted = [package for package, here in PACKAGES.items() if not here()]
    if wanted and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        # Debian would start a cluster of its own for every PostgreSQL it installs; ours are private.
        settings = Path("/etc/postgresql-common/createcluster.conf")
        if "postgresql" in wanted and not settings.exists():
            settings.parent.mkdir(parents=True, exist_ok=True)
            settings.write_text("create_main_cluster = false\nstart_conf = 'manual'\n")
        run("apt-get", "update", "-qq", **quiet)
        keep = ("-o", "Dpkg::Options::=--force-confold")
        run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *keep, *wanted, **quiet)
    for package in [package for package, here in PACKAGES.items() if not here()]:
        report.missing.append(f"what needs {package}, which is not installed (as root this command installs it)")
    if not shutil.which("npm"):
        report.missing.append("the SignalR and TypeScript clients and the widget's unit tests: npm is not installed")
    elif not all(part.exists() for part in NPM_PARTS) and run("npm", "ci", "--no-audit", "--no-fund", cwd=CLIENTS):
        report.missing.append("the SignalR and TypeScript clients: `npm ci` in tests/clients failed")


def _here(find: Callable[[], object]) -> Callable[[], bool]:
    def here() -> bool:
        try:
            return bool(find())
        except NotHere:
            return False

    return here


PACKAGES: dict[str, Callable[[], bool]] = {
    "postgresql": _here(lambda: pg_program("initdb")),
    "redis-server": _here(redis_program),
    "chromium": _here(lambda: shutil.which("chromium")),
}


def pytest(report: Report, name: str, *arguments: str, **env: str) -> None:
    """One part of the suite, in a data folder of its own."""
    print(f"\n=== {name}", flush=True)
    began = time.monotonic()
    with TemporaryDirectory(prefix="hubster-test-") as data:
        code = run(sys.executable, "-m", "pytest", *arguments, HUBSTER_DATA=data, **env)
    if code == _NO_TESTS:
        report.missing.append(f"{name}: no tests were found")
        return
    report.ran += 1
    report.failed |= code != 0
    report.lines.append(f"  {'passed' if code == 0 else 'FAILED'}  {name}  ({time.monotonic() - began:.0f} s)")


def sqlite(report: Report) -> None:
    """Everything but the system tests, on SQLite."""
    pytest(report, "everything on SQLite", "-n", WORKERS, "--dist", "loadfile", "--ignore=tests/system")


def on_services(report: Report) -> None:
    """What meets the database and the broker, on PostgreSQL and Redis; forms and pages were judged on SQLite."""
    with ExitStack() as running:
        try:
            pg, broker = running.enter_context(postgres()), running.enter_context(redis())
        except NotHere as missing:
            report.missing.append(f"engine and portal tests on PostgreSQL and Redis: {missing} is not installed")
            return
        # The private cluster of a test run does without fsync; the start-up check that forbids it is told so.
        env = {"DATABASE_URL": pg.url(), "REDIS_URL": broker.url, "HUBSTER_UNSAFE_DATABASE": "1"}
        pytest(
            report,
            "engine and portal on PostgreSQL and Redis",
            "-n",
            "2",
            *ENGINE_TESTS,
            "--ignore-glob=*_pages.py",
            **env,
        )


def system_embedded(report: Report) -> None:
    """What is different when one process does everything; the rest is judged on web and worker processes."""
    files = [f"tests/system/test_{name}.py" for name in ("conversation", "crash", "shutdown", "start", "stories")]
    pytest(report, "system tests, one embedded process", *files, HUBSTER_STACK="embedded")


def system_services(report: Report) -> None:
    """The system tests against web and worker processes."""
    if not (PACKAGES["postgresql"]() and PACKAGES["redis-server"]()):
        report.missing.append("system tests on web and worker processes: they need PostgreSQL and Redis")
        return
    pytest(report, "system tests, web and worker processes", *STACKS, "tests/system", HUBSTER_STACK="services")


def chaos(report: Report) -> None:
    """The faults that are played for every change."""
    if not (PACKAGES["postgresql"]() and PACKAGES["redis-server"]()):
        report.missing.append("the fault harness: it needs PostgreSQL and Redis")
        return
    print("\n=== the fault harness, in short", flush=True)
    began = time.monotonic()
    code = run(sys.executable, "-m", "tests.chaos", "ci")
    report.ran += 1
    report.failed |= code != 0
    passed = "passed" if code == 0 else "FAILED"
    report.lines.append(f"  {passed}  the fault harness, in short  ({time.monotonic() - began:.0f} s)")


def widget(report: Report) -> None:
    """The widget's own unit tests, and whether its committed bundle is the one that its sources make."""
    if not shutil.which("node"):
        return
    print("\n=== the widget's unit tests", flush=True)
    code = run("node", "--test", *sorted(str(path) for path in (ROOT / "tests" / "webchat").glob("*.test.mjs")))
    report.ran += 1
    report.failed |= code != 0
    report.lines.append(f"  {'passed' if code == 0 else 'FAILED'}  the widget's unit tests")
    if not (WEBCHAT / "node_modules").exists() and run("npm", "ci", "--no-audit", "--no-fund", cwd=WEBCHAT):
        report.missing.append("whether the widget's bundle is fresh: `npm ci` in webchat failed")
        return
    code = run("node", str(WEBCHAT / "build.mjs"), "--check")
    report.ran += 1
    report.failed |= code != 0
    report.lines.append(f"  {'passed' if code == 0 else 'FAILED'}  the widget's bundle is what its sources make")


PARTS = {
    "sqlite": sqlite,
    "services": on_services,
    "system-embedded": system_embedded,
    "system-services": system_services,
    "chaos": chaos,
    "widget": widget,
}


def main(names: Sequence[str]) -> int:
    """Run the named parts, or all."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        print(f"There is no part {', '.join(unknown)}; choose from {', '.join(PARTS)}.")
        return 2
    report = Report()
    install(report)
    for name in names or PARTS:
        PARTS[name](report)
    return report.show()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
