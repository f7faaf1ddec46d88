from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("mcu_messages", "0004_terms_that_press"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(
                condition=models.Q(
                    ("attempts__gt", 0), ("mailed_at__isnull", True), ("method", "email"), ("next_try_at__isnull", True)
                ),
                fields=["message"],
                name="letter_refused",
            ),
        ),
    ]
