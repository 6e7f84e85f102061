"""The database itself refuses to change or delete an entry of the audit log.

A later migration that makes this table anew on SQLite (most changes of a column do) loses the triggers and has to
call `refuse` again.
"""

from django.db import migrations

TABLE = "portal_auditentry"
SAID = "The audit log can only be added to."

_REFUSE = {
    "sqlite": [
        f"CREATE TRIGGER {TABLE}_{event.lower()} BEFORE {event} ON {TABLE} BEGIN SELECT RAISE(ABORT, '{SAID}'); END"
        for event in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        f"CREATE FUNCTION {TABLE}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{SAID}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        f"CREATE TRIGGER {TABLE}_refuse BEFORE UPDATE OR DELETE ON {TABLE} "
        f"FOR EACH ROW EXECUTE FUNCTION {TABLE}_refuse()",
    ],
}
_ALLOW = {
    "sqlite": [f"DROP TRIGGER IF EXISTS {TABLE}_{event}" for event in ("update", "delete")],
    "postgresql": [f"DROP TRIGGER IF EXISTS {TABLE}_refuse ON {TABLE}", f"DROP FUNCTION IF EXISTS {TABLE}_refuse()"],
}


def _execute(statements, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for statement in statements[schema_editor.connection.vendor]:
            cursor.execute(statement)


def refuse(apps, schema_editor):
    """From now on entries stay as they are."""
    _execute(_REFUSE, schema_editor)


def allow(apps, schema_editor):
    """The way back."""
    _execute(_ALLOW, schema_editor)


class Migration(migrations.Migration):

    dependencies = [
        ("portal", "0001_tables"),
    ]

    operations = [migrations.RunPython(refuse, allow)]
