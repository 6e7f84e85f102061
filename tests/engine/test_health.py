"""/healthz and /readyz."""

from datetime import timedelta

import pytest
from django.db import InterfaceError, OperationalError

from engine.api import health
from engine.models import Activity
from hubster.lib import clock


@pytest.fixture(autouse=True)
def ask_anew(monkeypatch):
    monkeypatch.setattr(health, "_seen_applied", [])


def test_the_process_answers(client):
    assert client.get("/healthz").json() == {"status": "ok"}


def test_all_is_well(client, db):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    known = {"status": "ok", "database": "ok", "migrations": "applied", "oldestDueSeconds": 0.0}
    assert {**answer.json(), **known} == answer.json()
    assert answer.json()["broker"] in ("embedded", "ok")


def test_it_tells_how_long_the_oldest_row_has_waited(client, acme):
    conversation = acme.establish()
    body = {"message": {"type": "text", "text": "hello"}}
    acme.api("engine").post(f"/inbound/customer/v1/direct/activity/{conversation.id}", body, format="json")
    Activity.objects.update(modified=clock.now() - timedelta(seconds=90))
    assert 90 <= client.get("/readyz").json()["oldestDueSeconds"] < 100


@pytest.mark.parametrize("fault", [OperationalError, InterfaceError])
def test_without_the_database_it_is_not_ready(client, db, monkeypatch, fault):
    def away():
        raise fault("gone")

    monkeypatch.setattr(health.backlog, "oldest_due", away)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, "unreachable")
    assert answer.json()["status"] == "unavailable"


def test_with_tables_of_an_older_version_it_is_not_ready_until_they_are_migrated(client, db, monkeypatch):
    with monkeypatch.context() as older:
        older.setattr(health.MigrationExecutor, "migration_plan", lambda *_: ["one"])
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["migrations"]) == (503, "missing")
    assert client.get("/readyz").status_code == 200
