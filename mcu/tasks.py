"""Background tasks of the kernel."""

from __future__ import annotations

from celery import shared_task
from django.core.management import call_command

from mcu import outbox
from mcu.clock import utc_now


@shared_task
def drain_outbox() -> int:
    """Send what the outbox holds; a missed run is caught up by the next."""
    return outbox.drain(now=utc_now())


@shared_task
def clear_sessions() -> None:
    """Remove sessions that have run out, so that their table does not grow."""
    call_command("clearsessions")
