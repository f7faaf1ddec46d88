"""Background tasks of the kernel."""

from __future__ import annotations

from celery import shared_task

from mcu import outbox
from mcu.clock import utc_now


@shared_task
def drain_outbox() -> int:
    """Send what the outbox holds; a missed run is caught up by the next."""
    return outbox.drain(now=utc_now())
