"""The start-up checks: what each refuses, and that a sound installation passes them all."""

import os
import subprocess
import sys
from pathlib import Path
from secrets import token_urlsafe

import pytest
from cryptography.fernet import Fernet
from django.conf import settings as configured
from django.db import OperationalError

from engine.checks import check_demo_credentials
from hubster import checks
from portal.demo import do_seed

ROOT = Path(__file__).resolve().parent.parent
KEYS = {name: letter * 44 for name, letter in (("SECRET_KEY", "a"), ("HUBSTER_HASH_KEY", "b"))}


@pytest.fixture
def production(settings, tmp_path):
    """A sound production, as far as settings go."""
    settings.PRODUCTION, settings.DEBUG, settings.HUBSTER_ALLOW_LOOPBACK = True, False, False
    settings.HUBSTER_UNSAFE_DATABASE, settings.ALLOWED_HOSTS = False, ["hubster.example.com"]
    settings.PUBLIC_URL, settings.DATA_DIR = "https://hubster.example.com", tmp_path
    settings.SECRET_KEY, settings.HUBSTER_HASH_KEY = KEYS["SECRET_KEY"], KEYS["HUBSTER_HASH_KEY"]
    settings.HUBSTER_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    return settings


def ids(found) -> set[str]:
    assert all(message.hint for message in found), "each fault says what to do"
    return {message.id for message in found}


def test_a_sound_production_passes(production):
    assert checks.check_production(None) == checks.check_keys(None) == []


def test_the_demo_is_not_held_to_the_rules_of_production(settings):
    settings.ALLOWED_HOSTS = ["*"]
    assert checks.check_production(None) == checks.check_keys(None) == []


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("DEBUG", True, "hubster.E101"),
        ("HUBSTER_ALLOW_LOOPBACK", True, "hubster.E102"),
        ("HUBSTER_UNSAFE_DATABASE", True, "hubster.E103"),
        ("ALLOWED_HOSTS", ["*"], "hubster.E104"),
        ("PUBLIC_URL", "http://hubster.example.com", "hubster.W105"),
    ],
)
def test_production_refuses(production, name, value, fault):
    setattr(production, name, value)
    assert ids(checks.check_production(None)) == {fault}


def test_production_refuses_keys_that_can_be_guessed(production):
    production.HUBSTER_HASH_KEY = "short"
    assert ids(checks.check_keys(None)) == {"hubster.E111"}


def test_production_refuses_the_keys_that_a_demo_made(production, tmp_path):
    (tmp_path / "secret.key").write_text(production.SECRET_KEY + "\n")
    assert ids(checks.check_keys(None)) == {"hubster.E112"}


def test_production_refuses_one_key_for_two_purposes(production):
    production.HUBSTER_HASH_KEY = production.SECRET_KEY
    assert ids(checks.check_keys(None)) == {"hubster.E113"}


@pytest.fixture
def postgresql(monkeypatch, settings):
    """A PostgreSQL whose settings a test decides."""
    settings.HUBSTER_UNSAFE_DATABASE = False
    shown = {"fsync": "on", "synchronous_commit": "on"}
    monkeypatch.setattr(checks, "connections", {"default": type("Connection", (), {"vendor": "postgresql"})})
    monkeypatch.setattr(checks, "server_setting", lambda alias, name: shown[name])
    return shown


@pytest.mark.parametrize("name", ["fsync", "synchronous_commit"])
def test_a_postgresql_that_could_lose_a_commit_is_refused(postgresql, name):
    assert checks.check_durability(None, ["default"]) == []
    postgresql[name] = "off"
    found = checks.check_durability(None, ["default"])
    assert ids(found) == {"hubster.E122"}
    assert name in found[0].msg


def test_only_a_test_setting_leaves_the_database_unchecked(postgresql, settings):
    postgresql["fsync"] = "off"
    settings.HUBSTER_UNSAFE_DATABASE = True
    assert checks.check_durability(None, ["default"]) == []
    settings.PRODUCTION = True
    assert ids(checks.check_durability(None, ["default"])) == {"hubster.E122"}


def test_a_database_that_does_not_answer_is_told_in_a_sentence(postgresql, monkeypatch):
    def away(alias, name):
        raise OperationalError

    monkeypatch.setattr(checks, "server_setting", away)
    assert ids(checks.check_durability(None, ["default"])) == {"hubster.E121"}


def test_checks_without_a_database_ask_none(postgresql):
    postgresql["fsync"] = "off"
    assert checks.check_durability(None) == []


def test_the_server_is_asked_for_what_is_in_force(db):
    if "postgres" not in configured.DATABASES["default"]["ENGINE"]:
        pytest.skip("SQLite has no such settings; its durability is in settings.py")
    assert checks.server_setting("default", "synchronous_commit") in ("on", "off")


def test_production_refuses_a_database_with_the_demos_credentials(db, production):
    assert check_demo_credentials(None, ["default"]) == []
    production.HUBSTER_ALLOW_LOOPBACK = True  # the demo's bot is on this machine
    do_seed()
    assert ids(check_demo_credentials(None, ["default"])) == {"engine.E201"}
    production.PRODUCTION = False
    assert check_demo_credentials(None, ["default"]) == []


PRODUCTION = {
    "HUBSTER_ENV": "production",
    "DATABASE_URL": "postgres://hubster:secret@127.0.0.1:5432/hubster",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "SECRET_KEY": "s" + token_urlsafe(48),
    "HUBSTER_HASH_KEY": "h" + token_urlsafe(48),
    "HUBSTER_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    "HUBSTER_PUBLIC_URL": "https://chat.example.com",
    "ALLOWED_HOSTS": "chat.example.com",
    "HUBSTER_TRUSTED_PROXIES": "1",
}


def manage(*words: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """A command of the product in the documented production, which needs no database for its checks."""
    env = {"PATH": os.environ["PATH"], **PRODUCTION, **changes}
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("hsts", ["host", "subdomains", "preload"])
def test_the_documented_production_passes_django_s_own_checks(tmp_path, hsts):
    said = manage("check", "--deploy", "--fail-level", "WARNING", HUBSTER_DATA=str(tmp_path), HUBSTER_HSTS=hsts)
    assert said.returncode == 0, said.stderr


def test_the_checks_of_a_production_still_fail_where_something_is_wrong(tmp_path):
    said = manage("check", "--deploy", "--fail-level", "WARNING", HUBSTER_DATA=str(tmp_path), HUBSTER_HASH_KEY="short")
    assert said.returncode != 0
    assert "hubster.E111" in said.stderr


def test_every_silenced_check_has_its_reason():
    lines = (ROOT / "hubster/settings.py").read_text().splitlines()
    listed = [line.strip() for line in lines if line.strip().startswith(('"security.W', '"oauth2_provider.W'))]
    assert sorted(configured.SILENCED_SYSTEM_CHECKS) == sorted(line.split('"')[1] for line in listed)
    assert all("  # " in line for line in listed)


@pytest.mark.parametrize(("token", "good"), [("", True), ("a" * 31, False), ("a" * 32, True)])
def test_a_short_token_for_metrics_ends_the_start(tmp_path, token, good):
    said = manage("check", HUBSTER_DATA=str(tmp_path), HUBSTER_METRICS_TOKEN=token)
    assert (said.returncode == 0) is good
    assert good or "HUBSTER_METRICS_TOKEN must have at least 32 characters. Make one with" in said.stderr


def test_browsers_are_told_to_use_https_when_the_proxy_says_that_they_did(client, settings):
    settings.SECURE_HSTS_SECONDS, settings.SECURE_PROXY_SSL_HEADER = 60, ("HTTP_X_FORWARDED_PROTO", "https")
    assert client.get("/healthz", headers={"x-forwarded-proto": "https"})["Strict-Transport-Security"] == "max-age=60"
    assert "Strict-Transport-Security" not in client.get("/healthz")
