"""Counts the room that the files of before take; of those without a message nobody knows the hub any more."""

from django.db import migrations
from django.db.models import Count, OuterRef, Subquery, Sum


def count(apps, schema_editor):
    files = apps.get_model("engine", "File").objects
    activities = apps.get_model("engine", "Activity").objects
    uses = apps.get_model("portal", "FileUse").objects
    hub = activities.filter(pk=OuterRef("activity")).values("conversation__hub")
    files.filter(hub__isnull=True, activity__isnull=False).update(hub=Subquery(hub))
    for kind in ("tenant", "hub"):
        rows = files.order_by().exclude(**{kind: None}).values(kind)
        for row in rows.annotate(bytes=Sum("size"), files=Count("pk")):
            values = {"bytes": row["bytes"], "files": row["files"]}
            uses.update_or_create(kind=kind, owner=row[kind], defaults=values)


def forget(apps, schema_editor):
    apps.get_model("portal", "FileUse").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("engine", "0016_file_owners"), ("portal", "0015_file_use")]
    operations = [migrations.RunPython(count, forget)]
