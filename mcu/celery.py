"""The Celery application; tasks live in each app's ``tasks.py``."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mcu.settings")

app = Celery("mcu")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["mcu", "messages", "reports"])


@worker_ready.connect
def sweep_at_once(**_: Any) -> None:
    """After a stop the terms are looked at now, not when beat's first minute is over."""
    app.send_task("messages.tasks.sweep", expires=55)
