"""Background tasks of the kernel."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.signals import task_failure, task_success
from django.core.management import call_command

from mcu import beats, outbox
from mcu.clock import utc_now
from mcu.outbox import Way


# Runs end by themselves after some seconds; the limits are for a server that answers a letter drop by drop.
@shared_task(soft_time_limit=60, time_limit=90)
def drain_outbox() -> int:
    """Send what the outbox holds by e-mail; a missed run is caught up by the next."""
    return outbox.drain(now=utc_now(), ways=[Way.EMAIL])


@shared_task(soft_time_limit=60, time_limit=90)
def push_outbox() -> int:
    """Send what the outbox holds to devices: apart, so that terms of hours never wait for the mail server."""
    return outbox.drain(now=utc_now(), ways=[Way.PUSH])


@shared_task
def clear_sessions() -> None:
    """Remove sessions that have run out, so that their table does not grow."""
    call_command("clearsessions")


@task_success.connect
def note_success(sender: Any = None, **_: Any) -> None:
    """The technical desk shows when each task of the schedule last went well."""
    if entry := beats.entry_of(sender.name):
        beats.beat(f"task:{entry}", utc_now())


@task_failure.connect
def note_failure(sender: Any = None, exception: BaseException | None = None, **_: Any) -> None:
    """And what it last failed of."""
    if entry := beats.entry_of(sender.name):
        beats.failed(f"task:{entry}", utc_now(), f"{type(exception).__name__}: {exception}")
