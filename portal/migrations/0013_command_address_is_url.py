from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('portal', '0012_command_address_encrypted'),
    ]

    operations = [
        # On the way back the column comes empty, and is filled by the step before.
        migrations.AlterField(
            model_name='dynamiccommand',
            name='url',
            field=models.CharField(max_length=2048, default=''),
        ),
        migrations.RemoveField(
            model_name='dynamiccommand',
            name='url',
        ),
        migrations.RenameField(
            model_name='dynamiccommand',
            old_name='address',
            new_name='url',
        ),
    ]
