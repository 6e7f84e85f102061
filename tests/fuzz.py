"""`python -m tests.fuzz`: the property-based test of the API for as long as wanted, with other requests each time.

    python -m tests.fuzz               300 requests of each kind for each operation
    python -m tests.fuzz 2000          as many as wanted
    python -m tests.fuzz 300 createHub one operation; any words that pytest's -k understands

Each failure comes with a command that repeats the request, and with the seed that repeats the run.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEFAULT = "300"


def main(words: Sequence[str]) -> int:
    """Run it; pytest's exit code."""
    examples, *which = words or [DEFAULT]
    if not (examples.isdecimal() and int(examples)):
        print(__doc__)
        return 2
    command = [sys.executable, "-m", "pytest", "tests/openapi/test_fuzz.py", "--no-header", "--show-capture=no"]
    env = {**os.environ, "HUBSTER_FUZZ_EXAMPLES": examples}
    return subprocess.run([*command, *(["-k", *which] if which else [])], cwd=ROOT, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
