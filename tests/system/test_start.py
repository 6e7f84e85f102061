"""What a process refuses to start with, told in a sentence."""

import os
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet

from tests.live import ROOT, environment
from tests.services import NotHere, free_port, postgres

once = pytest.mark.skipif(os.environ.get("HUBSTER_STACK") == "services", reason="needs no stack: ran with the other")
KEYS = {"SECRET_KEY": "s" * 50, "HUBSTER_HASH_KEY": "h" * 50}


def refusal(tmp_path, **env: str) -> str:
    """What `manage.py serve` prints when it ends at once, as it must."""
    whole = {**environment(tmp_path, free_port()), **env}
    command = [sys.executable, "manage.py", "serve"]
    done = subprocess.run(command, cwd=ROOT, env=whole, capture_output=True, timeout=60, check=False)
    assert done.returncode == 1, done.stderr.decode()
    return done.stderr.decode()


@once
def test_a_postgresql_that_could_lose_acknowledged_messages_is_refused(tmp_path):
    try:
        with postgres(durable=False) as pg:
            said = refusal(tmp_path, DATABASE_URL=pg.url())
    except NotHere as missing:
        pytest.skip(f"{missing} is not installed")
    assert "fsync = off" in said and "synchronous_commit = off" in said
    assert "Traceback" not in said


@once
def test_a_database_that_is_away_is_told_in_a_sentence(tmp_path):
    said = refusal(tmp_path, DATABASE_URL=f"postgres://nobody@127.0.0.1:{free_port()}/nothing")
    assert "The database does not answer" in said
    assert "Traceback" not in said


def test_production_refuses_the_demos_database(live, tmp_path):
    if not live.database_url:
        pytest.skip("production runs on PostgreSQL only")
    env = {"HUBSTER_ENV": "production", "DATABASE_URL": live.database_url, "REDIS_URL": live.redis.url}
    keys = {**KEYS, "HUBSTER_ENCRYPTION_KEYS": Fernet.generate_key().decode()}
    said = refusal(tmp_path, **env, **keys)
    assert "passwords or secrets of the demo" in said


@once
@pytest.mark.parametrize("port", ["none", "0", "-1"])
def test_a_wrong_setting_is_told_in_a_sentence(tmp_path, port):
    said = refusal(tmp_path, PORT=port)
    assert said.startswith("Hubster cannot start: PORT must be")
