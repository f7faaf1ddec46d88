"""Mailboxes read one after another: which letters are new, which are not taken in, who is told of those.

A letter is noted before anything of it is read, so that one at which a worker ends again and again holds no other up.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from blocks.models import Center
from blocks.roles import Role
from blocks.selectors import roster_of
from mcu import outbox
from mcu.outbox import Notice
from messages.mail import letters as mail
from messages.models import IncomingLetter, Mailbox, Message
from messages.services import mail_box, mail_cases, mailboxes
from messages.services.mail_box import Found, Opened, Unreachable
from messages.services.mail_intake import Stop, advance, take_in

logger = logging.getLogger(__name__)

RUN_SECONDS: Final = 45.0  # of one mailbox
ALL_SECONDS: Final = 180.0  # of all: the others wait longest next time
CLAIMED_FOR: Final = timedelta(minutes=5)
BATCH: Final = 100  # letters of one run
CLOCKS: Final = timedelta(days=1)  # by which the server's day and clock may differ from ours
LETTER_MOST: Final = 40 * 1024 * 1024  # bytes
TRIES_MOST: Final = 2  # a letter at which the worker ended so often is not read again


def read_all(*, now: datetime) -> int:
    """Read every mailbox that nobody reads now; one that fails holds no other up. Returns the number of letters."""
    done, until = 0, monotonic() + ALL_SECONDS
    while monotonic() < until and (mailbox := _claim(now)):
        done += read_one(mailbox, now=now)
    return done


def _claim(now: datetime) -> Mailbox | None:
    """The mailbox that waits longest, for this worker alone."""
    with transaction.atomic():
        mailbox = (
            Mailbox.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("center", "source")
            .filter(closed_at__isnull=True, center__closed_at__isnull=True)
            .filter(
                Q(claimed_until__isnull=True) | Q(claimed_until__lte=now), Q(checked_at__isnull=True) | Q(checked_at__lt=now)
            )
            .order_by("checked_at")
            .first()
        )
        if mailbox is not None:
            mailbox.claimed_until = now + CLAIMED_FOR
            mailbox.save(update_fields=["claimed_until"])
    return mailbox


def read_one(mailbox: Mailbox, *, now: datetime) -> int:
    """Read the new letters of a mailbox that this worker has claimed; how many there were."""
    problem, read = "", 0
    try:
        if mailbox.source.closed_at is not None:
            raise Unreachable(f"источник «{mailbox.source.short}» закрыт: выберите ящику другой")
        with mail_box.opened(mailboxes.access_of(mailbox)) as box:
            read = _letters(mailbox, box, now=now)
    except Unreachable as error:
        problem = str(error)
    except Stop as error:
        problem = "письма пока не приняты: нет места на диске или недоступна база"
        logger.exception("mailbox %s", mailbox.pk, exc_info=error.__cause__)
    mailboxes.note(mailbox, problem, now=now)
    # Whoever came as far as this was not ended by a letter.
    Mailbox.objects.filter(pk=mailbox.pk).update(claimed_until=None, tries=0)
    return read


def _letters(mailbox: Mailbox, box: Opened, *, now: datetime) -> int:
    until, done = monotonic() + RUN_SECONDS, 0
    for found in _new(mailbox, box):
        if monotonic() > until:
            break
        if found.arrived < mailbox.created_at - CLOCKS:
            advance(mailbox, found.uid)
            continue
        _take(mailbox, box, found, now=now)
        done += 1
    return done


def _new(mailbox: Mailbox, box: Opened) -> list[Found]:
    """Letters above the last one; where the server numbers anew, all since the connection, known ones by their ids."""
    if box.uid_validity != mailbox.uid_validity:
        mailbox.uid_validity, mailbox.last_uid = box.uid_validity, 0
        mailbox.save(update_fields=["uid_validity", "last_uid"])
    if mailbox.last_uid:
        return box.after(mailbox.last_uid, most=BATCH)
    return box.since((mailbox.created_at - CLOCKS).date(), after=0, most=BATCH)


def _take(mailbox: Mailbox, box: Opened, found: Found, *, now: datetime) -> None:
    """One letter, whatever it is; where it is refused, people are told."""
    found = replace(found, arrived=min(found.arrived, now))
    if found.size > LETTER_MOST:
        _refuse(mailbox, found, f"письмо больше {LETTER_MOST // 1024 // 1024} МБ", now=now)
        return
    if _begun(mailbox, found.uid) > TRIES_MOST:
        logger.error("a letter of mailbox %s has ended its worker %s times, uid %s", mailbox.pk, TRIES_MOST, found.uid)
        _refuse(mailbox, found, "на этом письме программа обрывалась", now=now, is_ours=True)
        return
    raw = box.raw(found.uid)
    if raw is None:  # deleted in the mailbox meanwhile
        advance(mailbox, found.uid)
        return
    try:
        letter = mail.read(raw, arrived=found.arrived, own=_own(mailbox))
    except mail.Unreadable as error:
        _refuse(mailbox, found, str(error), now=now)
    except Exception as error:  # whatever a letter may be, it holds no other up
        logger.exception("a letter of mailbox %s cannot be read", mailbox.pk)
        _refuse(mailbox, found, f"письмо не разобрано ({type(error).__name__})", now=now)
    else:
        if why := take_in(mailbox, letter, found.uid, now=now):
            _refuse(mailbox, found, why, key=letter.key, now=now)


def _begun(mailbox: Mailbox, uid: int) -> int:
    """Note the letter before anything of it is read; how often it has been begun, with this time."""
    mailbox.tries = mailbox.tries + 1 if mailbox.trying_uid == uid else 1
    mailbox.trying_uid = uid
    mailbox.save(update_fields=["trying_uid", "tries"])
    return mailbox.tries


def _refuse(mailbox: Mailbox, found: Found, why: str, *, now: datetime, key: str = "", is_ours: bool = False) -> None:
    """Write down that the letter was not taken, and tell those who can read it in the mailbox themselves.

    ``is_ours``: it is the program that failed, so the technical people are told, too.
    """
    with transaction.atomic():
        key = key[:500] or f"#{mailbox.uid_validity}.{found.uid}"
        row, is_new = IncomingLetter.objects.get_or_create(
            mailbox=mailbox,
            header_id=key,
            defaults={"kind": "refused", "sent_at": found.arrived, "taken_at": now, "why": why[:300]},
        )
        advance(mailbox, found.uid)
        if is_new:
            _tell(mailbox, row, now=now, is_ours=is_ours)


def _tell(mailbox: Mailbox, row: IncomingLetter, *, now: datetime, is_ours: bool) -> None:
    center: Center = mailbox.center
    source = Message(center=center, source=mailbox.source)
    came = row.sent_at.astimezone(center.tz)
    roster = roster_of(center, now)
    users = dict.fromkeys((*roster.source_curators(source), *(roster.in_roles(Role.TECH) if is_ours else ())))
    outbox.put(
        (
            Notice(
                key=f"mail:{row.pk}:{user}",
                kind="created",
                user_id=user,
                subject=f"Письмо в ящик {mailbox.address} не принято, пришло {came:%d.%m.%Y %H:%M}",
                body=f"Причина: {row.why}. Письмо осталось в ящике: откройте его почтовой программой и внесите сообщение сами.",
                path=mail_cases.form_path(center),
                center_slug=center.slug,
            )
            for user in users
        ),
        now=now,
    )


def _own(mailbox: Mailbox) -> frozenset[str]:
    """Addresses this installation writes from: a letter of theirs is a loop."""
    return frozenset({mailbox.address.lower(), settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].strip("> ").lower()})
