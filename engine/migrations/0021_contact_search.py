"""Indexes for words of contacts and of their addresses, on PostgreSQL where its two extensions may be created.

They change nothing but the time that a search takes.
"""

from django.db import DatabaseError, migrations, transaction

EXTENSIONS = ("pg_trgm", "btree_gin")
FOLDED = (
    "translate(normalize(lower(upper(normalize(value::text, NFKC) COLLATE \"und-x-icu\")), NFKC),"
    " U&'\\03C2\\0131\\0307\\200C\\200D', U&'\\03C3\\0069')"
)
INDEXES = {
    "contact_words": "engine_contact USING gin (hub_id, search gin_trgm_ops)",
    "address_words": f"engine_address USING gin (integration_id, ({FOLDED}) gin_trgm_ops)",
}


def do_add(apps, schema_editor):
    """Add them, unless the database lacks the extensions, or its owner may not create them."""
    if schema_editor.connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(using=schema_editor.connection.alias):
            for name in EXTENSIONS:
                schema_editor.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
    except DatabaseError:
        return
    for name, columns in INDEXES.items():
        schema_editor.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {columns}")


def do_remove(apps, schema_editor):
    """Take the indexes away; the extensions may serve others."""
    for name in INDEXES:
        schema_editor.execute(f"DROP INDEX IF EXISTS {name}")


class Migration(migrations.Migration):

    dependencies = [("engine", "0020_profile_requests")]

    operations = [migrations.RunPython(do_add, do_remove)]
