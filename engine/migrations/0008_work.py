"""Lanes and calls of commands become kinds of work: held in one way, shared between tenants."""

import django.db.models.deletion
from django.db import migrations, models

TENANT = dict(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="portal.tenant")
OF_LANES = "SELECT h.tenant_id FROM engine_conversation c JOIN portal_hub h ON h.id = c.hub_id WHERE c.id = engine_lane.conversation_id"
OF_CALLS = "SELECT h.tenant_id FROM portal_dynamiccommand c JOIN portal_hub h ON h.id = c.hub_id WHERE c.id = engine_commandcall.command_id"
TRIES = models.PositiveSmallIntegerField(default=0, help_text="Failed tries since the last success.")
DUE = models.DateTimeField(help_text="When it may be taken. Empty = nothing to do.", null=True)


class Migration(migrations.Migration):
    # PostgreSQL refuses to change a table while foreign keys of it are still to be checked.
    atomic = False

    dependencies = [("engine", "0007_message_hours"), ("portal", "0002_audit_append_only")]

    operations = [
        migrations.RemoveIndex(model_name="lane", name="lane_due"),
        migrations.RemoveIndex(model_name="lane", name="lane_leased"),
        migrations.RemoveIndex(model_name="lane", name="lane_held"),
        migrations.AddField(model_name="lane", name="tries", field=TRIES),
        migrations.AlterField(model_name="lane", name="due", field=DUE),
        migrations.AddField(model_name="lane", name="tenant", field=models.ForeignKey(null=True, **TENANT)),
        migrations.RunSQL(f"UPDATE engine_lane SET tenant_id = ({OF_LANES})", migrations.RunSQL.noop),
        migrations.AlterField(model_name="lane", name="tenant", field=models.ForeignKey(**TENANT)),
        migrations.AddIndex(
            model_name="lane",
            index=models.Index(
                condition=models.Q(("due__isnull", False)), fields=["destination", "due"], name="lane_due"
            ),
        ),
        migrations.RenameField(model_name="commandcall", old_name="token", new_name="lease_token"),
        migrations.AddField(model_name="commandcall", name="lease_until", field=models.DateTimeField(null=True)),
        migrations.AddField(model_name="commandcall", name="tries", field=TRIES),
        migrations.AlterField(model_name="commandcall", name="due", field=DUE),
        migrations.AddField(model_name="commandcall", name="tenant", field=models.ForeignKey(null=True, **TENANT)),
        migrations.RunSQL(f"UPDATE engine_commandcall SET tenant_id = ({OF_CALLS})", migrations.RunSQL.noop),
        migrations.AlterField(model_name="commandcall", name="tenant", field=models.ForeignKey(**TENANT)),
        migrations.AlterField(
            model_name="commandcall",
            name="command",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="portal.dynamiccommand",
            ),
        ),
        migrations.AddIndex(
            model_name="commandcall",
            index=models.Index(
                condition=models.Q(("due__isnull", False)), fields=["command", "due"], name="call_due"
            ),
        ),
    ]
