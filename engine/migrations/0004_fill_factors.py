"""Room in the pages of tables whose rows are changed, so that PostgreSQL changes them without renewing every index."""

from django.db import migrations

_PERCENT = {
    "engine_activity": 60,
    "engine_attempt": 50,
    "engine_conversation": 50,
    "engine_delivery": 85,
    "engine_lane": 50,
}


def leave_room(apps, schema_editor):
    """For rows that are written from now on; SQLite has no such setting."""
    if schema_editor.connection.vendor == "postgresql":
        for table, percent in _PERCENT.items():
            schema_editor.execute(f"ALTER TABLE {table} SET (fillfactor = {percent})")


def fill(apps, schema_editor):
    """As PostgreSQL does by itself."""
    if schema_editor.connection.vendor == "postgresql":
        for table in _PERCENT:
            schema_editor.execute(f"ALTER TABLE {table} RESET (fillfactor)")


class Migration(migrations.Migration):
    dependencies = [("engine", "0003_indexes")]

    operations = [migrations.RunPython(leave_room, fill)]
