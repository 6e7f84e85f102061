"""Entries of the audit log from before lose the paths and queries of webhooks, which may be secrets.

Entries are never changed, so the guard is taken away for this one time, inside the migration's transaction.
"""

from importlib import import_module

from django.db import migrations

from hubster.lib.secrecy import masked_url

GUARD = import_module("portal.migrations.0004_audit_append_only")
_NAMES = {"integration": ("configuration.webhookUrl",), "dynamic": ("url",)}


def fill(apps, schema_editor):
    """Mask, with the guard away."""
    GUARD.allow(apps, schema_editor)
    rows = apps.get_model("portal", "AuditEntry").objects
    for noun, names in _NAMES.items():
        for row in rows.filter(action__startswith=f"{noun}.").iterator(chunk_size=500):
            before, after = _masked(row.before, names), _masked(row.after, names)
            if (before, after) != (row.before, row.after):
                rows.filter(pk=row.pk).update(before=before, after=after)
    GUARD.refuse(apps, schema_editor)


def _masked(kept, names):
    if not kept:
        return kept
    masked = {name: masked_url(kept[name], "(hidden)") for name in names if _is_address(kept.get(name))}
    return {**kept, **masked}


def _is_address(value):
    return isinstance(value, str) and "://" in value


class Migration(migrations.Migration):

    dependencies = [
        ('portal', '0013_command_address_is_url'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
