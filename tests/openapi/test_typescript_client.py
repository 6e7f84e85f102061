"""Types for TypeScript, generated from the document; a program that is checked with them runs against a server."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.system.test_signalr_clients import CLIENTS

TOOLS = CLIENTS / "node_modules" / ".bin"
pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(
        not shutil.which("node") or not (TOOLS / "openapi-typescript").exists(),
        reason="needs Node and `npm ci` in tests/clients",
    ),
]
STRICT = ["--strict", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom"]


def run(folder: Path, *words: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
    """A program of the test's own folder."""
    known = {"PATH": os.environ["PATH"], **env}
    return subprocess.run(list(map(str, words)), cwd=folder, env=known, capture_output=True, text=True, timeout=120)


@pytest.fixture
def folder(served: Path, tmp_path: Path) -> Path:
    """The program beside its generated types."""
    (tmp_path / "node_modules").symlink_to(CLIENTS / "node_modules")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    shutil.copy(CLIENTS / "portal.ts", tmp_path)
    done = run(tmp_path, TOOLS / "openapi-typescript", served, "-o", "hubster.d.ts")
    assert done.returncode == 0, done.stderr
    return tmp_path


def test_a_typed_program_compiles_and_runs(folder, account):
    compiled = run(folder, TOOLS / "tsc", *STRICT, "portal.ts")
    assert compiled.returncode == 0, compiled.stdout
    ran = run(folder, "node", "portal.js", HUBSTER_URL=account.base, HUBSTER_TOKEN=account.portal_token)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["hub"] is True
    assert told["integration"] == "Direct Agent"
    assert told["page"] == 1
    assert told["total"] > 1
    assert told["error"] == 600
    assert told["left"] > 0
