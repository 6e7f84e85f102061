from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('engine', '0005_jobs_notices'),
    ]

    operations = [
        migrations.AddField(
            model_name='endpoint',
            name='in_order',
            field=models.BooleanField(default=True, help_text='A message that waits for its next attempt holds up the later ones of its conversation.'),
        ),
    ]
