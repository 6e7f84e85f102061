"""A database of an earlier version is refused by each way to start, with a sentence that says how to begin anew."""

import os
import sqlite3
import subprocess
import sys

import pytest
from django.db import DatabaseError, connections
from django.db.migrations.recorder import MigrationRecorder

from hubster import checks
from tests.test_house import ROOT

SENTENCE = "This database was made by an earlier version of Hubster, which cannot be upgraded."
FIRST = ("portal", "0001_initial")


@pytest.fixture
def earlier(tmp_path):
    """A data folder with the table of an earlier version that says which migrations ran."""
    with sqlite3.connect(tmp_path / "hubster.sqlite3") as database:
        database.execute(
            "CREATE TABLE django_migrations (id integer PRIMARY KEY, app text, name text, applied datetime)"
        )
        database.execute("INSERT INTO django_migrations (app, name, applied) VALUES (?, ?, '2026-01-01')", FIRST)
    database.close()
    return tmp_path


@pytest.mark.parametrize("command", ["demo", "migrate", "serve"])
def test_it_does_not_start_and_changes_nothing(earlier, command):
    kept = {
        name: text for name, text in os.environ.items() if not name.startswith(("HUBSTER", "DATABASE_URL", "REDIS"))
    }
    answer = subprocess.run(
        [sys.executable, "manage.py", command],
        cwd=ROOT, env={**kept, "HUBSTER_DATA": str(earlier), "PORT": "1"}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert answer.returncode == 1
    assert SENTENCE in answer.stderr
    assert f"move {earlier / 'hubster.sqlite3'}" in answer.stderr
    with sqlite3.connect(earlier / "hubster.sqlite3") as database:
        assert database.execute("SELECT app, name FROM django_migrations").fetchall() == [FIRST]
        assert database.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone() == (1,)
    database.close()


@pytest.fixture
def applied(db, monkeypatch):
    """Sets the migrations that the database says it has."""
    names: dict = {}
    monkeypatch.setattr(MigrationRecorder, "applied_migrations", lambda _: names)
    return names


@pytest.mark.parametrize("first", [FIRST, ("engine", "0001_initial")])
@pytest.mark.parametrize(("vendor", "advice"), [("sqlite", "move "), ("postgresql", "set DATABASE_URL")])
def test_the_advice_fits_the_database(applied, monkeypatch, first, vendor, advice):
    monkeypatch.setattr(type(connections["default"]), "vendor", vendor)
    applied[first] = None
    (found,) = checks.check_version(None, ["default"])
    assert (found.id, found.msg) == ("hubster.E123", SENTENCE)
    assert advice in found.hint


def test_ours_and_an_empty_one_pass(applied):
    assert checks.check_version(None, ["default"]) == checks.check_version(None) == []
    applied[("portal", "0001_tables")] = applied[("auth", "0001_initial")] = None
    assert checks.check_version(None, ["default"]) == []


def test_one_that_does_not_answer_is_left_to_the_check_of_that(monkeypatch):
    def away(_):
        raise DatabaseError

    monkeypatch.setattr(MigrationRecorder, "applied_migrations", away)
    assert checks.check_version(None, ["default"]) == []
