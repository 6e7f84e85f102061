from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("engine", "0011_integration_deleted_messages_stay")]

    operations = [
        migrations.AddIndex(
            model_name="lane",
            index=models.Index(
                name="lane_held", fields=["lease_until"], condition=models.Q(("lease_until__isnull", False))
            ),
        ),
    ]
