"""/healthz and /readyz."""

import uuid
from datetime import timedelta

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client

from engine.api import health, writable
from engine.models import Activity
from hubster.lib import clock


@pytest.fixture(autouse=True)
def ask_anew(monkeypatch):
    monkeypatch.setattr(health, "_seen_applied", [])
    writable.forget()


def test_the_process_answers(client):
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize("method", ["post", "put", "delete", "options"])
@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", f"/files/{uuid.UUID(int=1)}/signature/a.txt"])
def test_another_method_is_told_which_ones_there_are(path, method):
    answer = getattr(Client(enforce_csrf_checks=True), method)(path)
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
    assert "use GET, HEAD" in answer.content.decode()


def test_all_is_well(client, db):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    known = {
        "writable": "ok",
        "files": "ok",
        "temporary": "ok",
        "status": "ok",
        "database": "ok",
        "migrations": "applied",
        "oldestDueSeconds": 0.0,
    }
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


@pytest.mark.parametrize(("place", "name"), [("files", "folder"), ("temporary", None)])
def test_with_a_disk_that_is_full_it_is_not_ready(client, db, monkeypatch, tmp_path, place, name):
    whole = writable.tempfile.TemporaryFile
    monkeypatch.setattr(writable.store, "folder", lambda: tmp_path)

    def full(dir=None, **options):
        if (dir is None) == (name is None):
            raise OSError(28, "No space left on device")
        return whole(dir=dir, **options)

    monkeypatch.setattr(writable.tempfile, "TemporaryFile", full)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"], answer.json()[place]) == (503, "unavailable", "failed")
    assert answer.json()["writable"] == "ok"


def test_with_a_database_that_takes_nothing_it_is_not_ready(client, db, monkeypatch):
    def full(**_):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(writable.WriteProbe.objects, "update_or_create", full)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["database"], answer.json()["writable"]) == (503, "ok", "failed")


def test_it_is_tried_once_in_a_while_only(client, db, tmp_path, monkeypatch):
    monkeypatch.setattr(writable.store, "folder", lambda: tmp_path / "new" / "files")
    client.get("/readyz")
    assert list((tmp_path / "new" / "files").iterdir()) == []
    tried = []
    monkeypatch.setattr(writable, "_database", lambda: tried.append(1))
    assert client.get("/readyz").status_code == 200
    assert not tried
