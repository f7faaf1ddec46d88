from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("reports", "0004_problemators_become_reports")]
    operations = [
        migrations.RemoveField(model_name="reportfile", name="problemator"),
        migrations.DeleteModel(name="Problemator"),
        migrations.DeleteModel(name="ReportFile"),
    ]
