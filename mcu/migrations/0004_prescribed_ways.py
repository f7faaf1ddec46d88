from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mcu', '0003_calendars_and_gathering'),
    ]

    operations = [
        migrations.AddField(
            model_name='outbox',
            name='ways_fixed',
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
