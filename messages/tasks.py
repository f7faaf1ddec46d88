"""Background tasks of the case; each looks at the state of the database, so a missed run is caught up by the next."""

from __future__ import annotations

from celery import shared_task

from blocks import actors
from blocks.models import Center
from blocks.services import idempotent, usage
from mcu.clock import database_now, utc_now
from messages.services import (
    auto_apply,
    bulk,
    closing,
    digest,
    exports,
    forecasting,
    lessons,
    letter_mail,
    mail_reading,
    pace,
    rule_moves,
    webhook_delivery,
)
from messages.services import sweep as sweeping
from messages.services.imports import asking as bringing
from messages.services.imports import work as importing


@shared_task
def sweep() -> int:
    """Every minute: warnings, breaches, escalations; by the database's clock, as workers' own may differ."""
    return sweeping.sweep(now=database_now()).steps


# Ends by itself after some seconds; the limits are for a server that answers drop by drop.
@shared_task(soft_time_limit=60, time_limit=90)
def mail_letters() -> int:
    """Send the letters of answers that go by e-mail, every minute."""
    return letter_mail.mail_due(now=utc_now())


# Ends by itself before; the limit is shorter than the claim of a mailbox, so that two workers never read the same one.
@shared_task(time_limit=280)
def read_mailboxes() -> int:
    """Every minute: new letters of the mailboxes become messages. One query where no mailbox waits."""
    return mail_reading.read_all(now=utc_now())


@shared_task
def close_answered() -> int:
    """Every hour: close what was answered the charter's days ago."""
    now = utc_now()
    return sum(closing.close_answered(center=center, now=now) for center in Center.objects.filter(closed_at__isnull=True))


@shared_task
def make_digests() -> int:
    """Every ten minutes: the digests of people whose hour has come; a missed run is caught up the same day."""
    return digest.make_digests(now=utc_now())


@shared_task
def make_exports() -> int:
    """Every five seconds: make the file somebody asked for. One query when nobody did."""
    made = 0
    while export := exports.take(now=utc_now()):
        exports.make(export=export, clock=utc_now)
        made += 1
    return made


@shared_task
def import_messages() -> int:
    """Every three seconds: judge a file of messages somebody brought, or put it in. One query when nobody did."""
    worked = 0
    while row := importing.take(now=utc_now()):
        importing.work(row=row, clock=utc_now)
        worked += 1
    return worked


@shared_task
def remove_imports() -> int:
    """Every night: take away brought files that nobody let in for two days."""
    return bringing.remove_old(now=utc_now())


@shared_task
def move_open_cases() -> int:
    """Every ten seconds: bring open cases under rules that were changed. One query when nobody changed any."""
    return rule_moves.move_open_cases(clock=utc_now)


@shared_task
def apply_rules() -> int:
    """Every three seconds: ask the auto-rules about cases that have just come. One query when none have."""
    return auto_apply.apply_waiting(clock=utc_now)


# Each call ends by itself after some seconds.
@shared_task(soft_time_limit=90, time_limit=110)
def tell_webhooks() -> int:
    """Every five seconds: places in the changes feed, and programs told of what is new. Three queries when nothing is."""
    return webhook_delivery.tell_webhooks(clock=utc_now)


@shared_task
def gather_usage() -> int:
    """Every minute: how much programs called, from Redis into the database."""
    return usage.gather_usage()


@shared_task
def remove_exports() -> int:
    """Every night: take away files that have been kept for a week."""
    return exports.remove_old(now=utc_now())


@shared_task
def finish_bulk_runs() -> int:
    """Every half a minute: go on with steps for many cases whose page was left."""
    now = utc_now()
    return bulk.finish_left(actor_of=lambda run: actors.person(user=run.user, center=run.center, now=now), now=now)


@shared_task
def forecast() -> int:
    """Every ten minutes: how likely each running term is to be missed."""
    now = utc_now()
    return sum(forecasting.forecast(center=center, now=now) for center in Center.objects.filter(closed_at__isnull=True))


@shared_task
def learn_pace() -> int:
    """Every night: learn from the last months how long work takes, and check what the forecast would have said."""
    now = utc_now()
    checks = [pace.learn_pace(center=center, now=now) for center in Center.objects.filter(closed_at__isnull=True)]
    return sum(check.terms for check in checks if check is not None)


@shared_task
def remove_idempotent_calls() -> int:
    """Every hour: take away kept answers of calls made under an ``Idempotency-Key`` a day ago."""
    return idempotent.remove_old(now=utc_now())


@shared_task
def learn() -> int:
    """Every minute: learn what to suggest, at night or where somebody asked. Few queries when no lesson is due."""
    return lessons.learn_due(now=utc_now())
