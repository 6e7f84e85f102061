import hubster.lib.fields
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('portal', '0010_binding_trust_of_present_hubs'),
    ]

    operations = [
        migrations.AddField(
            model_name='dynamiccommand',
            name='address',
            field=hubster.lib.fields.EncryptedTextField(default=''),
            preserve_default=False,
        ),
    ]
