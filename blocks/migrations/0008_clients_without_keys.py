from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('blocks', '0007_keys_apart'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='apiclient',
            name='key_hash',
        ),
        migrations.RemoveField(
            model_name='apiclient',
            name='key_prefix',
        ),
        migrations.RemoveField(
            model_name='apiclient',
            name='last_used_at',
        ),
    ]
