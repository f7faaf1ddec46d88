from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mcu_messages", "0015_channels")]

    operations = [
        migrations.AddField(model_name="mailbox", name="trying_uid", field=models.BigIntegerField(default=0)),
        migrations.AddField(model_name="mailbox", name="tries", field=models.PositiveSmallIntegerField(default=0)),
    ]
