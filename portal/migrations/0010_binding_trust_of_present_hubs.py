"""Hubs and widgets from before binding tokens go on as they were, and can be changed over when their pages are."""

import secrets

from django.db import migrations


def fill(apps, schema_editor):
    """Bindings of present hubs keep opening conversations as before; present widgets get the keys of new ones."""
    apps.get_model("portal", "Hub").objects.update(trust_random_bindings=True)
    widgets = apps.get_model("portal", "Integration").objects.filter(channel="WebChat", signing_keys__isnull=True)
    keys = apps.get_model("portal", "SigningKey").objects
    for widget_id in widgets.values_list("pk", flat=True):
        public, private = (secrets.token_hex(16).upper() for _ in range(2))
        keys.create(integration_id=widget_id, public_key=public, private_key=private)


class Migration(migrations.Migration):

    dependencies = [
        ('portal', '0009_binding_trust'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
