"""Nobody changes or deletes an entry: neither our own code nor whoever speaks to the database."""

from importlib import import_module

import pytest
from django.db import DatabaseError, connection, transaction

from portal.models import AuditEntry
from portal.models.audit import ChangeRefused

MIGRATION = import_module("portal.migrations.0002_audit_append_only")


@pytest.fixture
def guarded(acme):
    """The table as the product has it; on SQLite the tests' own set-up took the triggers away."""
    if connection.vendor == "sqlite":
        MIGRATION.refuse(None, connection.schema_editor())


@pytest.mark.parametrize(
    "statement", ["UPDATE portal_auditentry SET actor_name = 'x'", "DELETE FROM portal_auditentry"]
)
def test_the_database_refuses(guarded, statement):
    before = list(AuditEntry.objects.values())
    with pytest.raises(DatabaseError, match="The audit log can only be added to"), transaction.atomic():
        connection.cursor().execute(statement)
    assert list(AuditEntry.objects.values()) == before
    assert before


def test_entries_can_still_be_added(guarded, acme):
    before = AuditEntry.objects.count()
    acme.add("Direct", "New", integrationType="Agent")
    assert AuditEntry.objects.count() == before + 1


def test_the_migration_can_be_undone(guarded):
    MIGRATION.allow(None, connection.schema_editor())
    connection.cursor().execute("DELETE FROM portal_auditentry")
    assert not AuditEntry.objects.exists()
    MIGRATION.refuse(None, connection.schema_editor())


@pytest.mark.parametrize(
    "attempt",
    [
        lambda rows: rows.update(actor_name="x"),
        lambda rows: rows.delete(),
        lambda rows: rows.bulk_update(list(rows), ["actor_name"]),
        lambda rows: rows[0].save(),
        lambda rows: rows[0].delete(),
    ],
)
def test_our_own_code_is_refused_in_plain_words(acme, attempt):
    before = list(AuditEntry.objects.values())
    with pytest.raises(ChangeRefused, match="can only be added to"), transaction.atomic():
        attempt(AuditEntry.objects.all())
    assert list(AuditEntry.objects.values()) == before
