"""Problemators so far were drafts only: each becomes a report and is counted anew by the worker, as the new reports are."""

from datetime import timedelta
from typing import Any

from django.db import migrations
from django.utils import timezone


def move(apps: Any, editor: Any) -> None:
    Problemator, Report = apps.get_model("reports", "Problemator"), apps.get_model("reports", "Report")
    for row in Problemator.objects.order_by("pk").iterator():
        Report.objects.get_or_create(
            center_id=row.center_id,
            kind="problemator",
            period_start=row.week_start,
            defaults={"period_end": row.week_start + timedelta(days=7), "asked_at": timezone.now()},
        )


class Migration(migrations.Migration):
    dependencies = [("reports", "0003_reports_that_are_signed")]
    operations = [migrations.RunPython(move, migrations.RunPython.noop)]
