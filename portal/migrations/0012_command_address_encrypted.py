"""Addresses of dynamic commands may hold secrets: encrypted, each is copied to the new column."""

from django.db import migrations


def fill(apps, schema_editor):
    """Each address, now encrypted."""
    rows = apps.get_model("portal", "DynamicCommand").objects
    for pk, url in rows.values_list("pk", "url"):
        rows.filter(pk=pk).update(address=url)


def empty(apps, schema_editor):
    """The way back."""
    rows = apps.get_model("portal", "DynamicCommand").objects
    for pk, address in rows.values_list("pk", "address"):
        rows.filter(pk=pk).update(url=address)


class Migration(migrations.Migration):

    dependencies = [
        ('portal', '0011_command_address'),
    ]

    operations = [
        migrations.RunPython(fill, empty),
    ]
