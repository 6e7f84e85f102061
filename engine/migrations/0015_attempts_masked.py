"""Attempts from before lose the paths and queries of webhooks, which may be secrets, also where answers repeat them."""

from django.db import migrations

from hubster.lib.secrecy import deeply_without_secrets, masked_url

CHUNK = 500  # rows written at once


def fill(apps, schema_editor):
    """Mask what is kept of requests and answers."""
    rows = apps.get_model("engine", "Attempt").objects
    chunk = []
    for row in rows.only("request", "response").order_by("pk").iterator(chunk_size=CHUNK):
        url = (row.request or {}).get("url") or ""
        if masked_url(url) == url:
            continue
        row.request = {**row.request, "url": masked_url(url)}
        row.response = deeply_without_secrets(row.response, url)
        chunk.append(row)
        if len(chunk) == CHUNK:
            rows.bulk_update(chunk, ["request", "response"])
            chunk = []
    rows.bulk_update(chunk, ["request", "response"])


class Migration(migrations.Migration):

    dependencies = [
        ('engine', '0014_alerts_and_last_failures'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
