"""A workspace of Slack that others emulate: a server on this machine that keeps channels, threads and tokens."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.services import ended, free_port, started, wait_until
from tests.system.test_signalr_clients import CLIENTS

PROGRAM = CLIENTS / "node_modules" / "emulate" / "dist" / "index.js"
APP = {"client_id": "1.2", "client_secret": "client-secret", "app_id": "A1", "name": "Hubster"}
TEAM = {"team": {"name": "Shop", "domain": "shop"}, "users": [{"name": "ada", "real_name": "Ada L."}],
        "channels": [{"name": "general"}, {"name": "support"}]}  # fmt: skip
needs_program = pytest.mark.skipif(
    not shutil.which("node") or not PROGRAM.exists(), reason="needs Node and `npm ci` in tests/clients"
)


@contextmanager
def emulated(folder: Path, callback: str, port: int = 0) -> Iterator[str]:
    """The origin of a workspace in which nothing was said yet; people are sent back to `callback`."""
    port = port or free_port()
    seed = folder / "seed.json"
    seed.write_text(json.dumps({"slack": {**TEAM, "oauth_apps": [{**APP, "redirect_uris": [callback]}]}}))
    with (folder / "slack.log").open("wb") as log:
        command = ["node", PROGRAM, "start", "--service", "slack", "--port", str(port), "--seed", seed]
        process = started(command, stdout=log, stderr=log, cwd=folder)
    origin = f"http://127.0.0.1:{port}"
    try:
        wait_until("the workspace answers", lambda: _answers(origin))
        yield origin
    finally:
        ended(process, 15)


def _answers(origin: str) -> bool:
    try:
        return requests.get(f"{origin}/oauth/v2/authorize", timeout=2).status_code < 500
    except requests.ConnectionError:
        return False
