"""Periodic jobs are work like any other: a row is due, and held under a lease."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("engine", "0012_read_token")]

    operations = [
        migrations.RenameField("job", "next_run", "due"),
        migrations.AlterField(
            "job", "due", models.DateTimeField(help_text="When it may be taken. Empty = nothing to do.", null=True)
        ),
        migrations.AddField("job", "lease_token", models.UUIDField(null=True)),
        migrations.AddField("job", "lease_until", models.DateTimeField(null=True)),
        migrations.AddField(
            "job",
            "tries",
            models.PositiveSmallIntegerField(default=0, help_text="Failed tries since the last success."),
        ),
        migrations.AlterField(
            "job",
            "holder",
            models.CharField(blank=True, help_text="The process that took it last. Empty = none.", max_length=100),
        ),
    ]
