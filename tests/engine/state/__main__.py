"""The command that __init__.py tells of."""

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.engine.state.size import FULL, VARIABLE
from tests.services import postgres

ROOT = Path(__file__).resolve().parents[3]


def main(names: list[str]) -> int:
    """Run on SQLite, or on a private PostgreSQL; the exit code."""
    if names not in ([], ["sqlite"], ["postgres"]):
        print("python -m tests.engine.state [sqlite | postgres]")
        return 2
    with ExitStack() as running:
        kept = {name: text for name, text in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        env = {VARIABLE: str(FULL), **kept, "HUBSTER_DATA": running.enter_context(TemporaryDirectory())}
        if names == ["postgres"]:
            env |= {"DATABASE_URL": running.enter_context(postgres()).url(), "HUBSTER_UNSAFE_DATABASE": "1"}
        command = [sys.executable, "-m", "pytest", "-s", "--durations=3", str(Path(__file__).parent)]
        return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
