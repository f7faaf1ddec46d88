"""Letters out of the mailboxes: each becomes a case, a word to its case, or is noted as nothing of a citizen's. Once.

One letter is one transaction, with its mark and the place in the mailbox: a worker killed between two letters, or in one,
leaves nothing half done and nothing to be done twice. The mailbox itself is only read.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q

from blocks import actors
from blocks.models import Center
from blocks.roles import Role
from blocks.selectors import roster_of
from mcu import outbox, uploads
from mcu.errors import Conflict, Invalid
from mcu.outbox import Notice
from messages.mail import letters as mail
from messages.mail.automatic import WHY_RU, Sort
from messages.mail.letters import Letter
from messages.models import IncomingLetter, Mailbox, Message
from messages.services import letter_mail, mail_box, mail_cases, mailboxes
from messages.services.attachments import StoredFile
from messages.services.mail_box import Found, Opened, Unreachable
from messages.services.mail_cases import Files, Place

logger = logging.getLogger(__name__)

RUN_SECONDS: Final = 45.0  # of one mailbox
ALL_SECONDS: Final = 180.0  # of all: the others wait longest next time
CLAIMED_FOR: Final = timedelta(minutes=5)
BATCH: Final = 100  # letters of one run
CLOCKS: Final = timedelta(days=1)  # by which the server's day and clock may differ from ours
LETTER_MOST: Final = 40 * 1024 * 1024  # bytes
TRIES_MOST: Final = 2  # a letter at which the worker ended so often is not read again
_KIND: Final = {Sort.BOUNCE: IncomingLetter.Kind.BOUNCE}


class _Stop(Exception):
    """Nothing more can be kept now, and it is not the letter's fault: it is read again at the next run."""


@dataclass(frozen=True, slots=True)
class Read:
    """How many letters of a run became what."""

    letters: int = 0
    refused: int = 0


def read_all(*, now: datetime) -> int:
    """Read every mailbox that nobody reads now; one that fails holds no other up. Returns the number of letters."""
    done, until = 0, monotonic() + ALL_SECONDS
    while monotonic() < until and (mailbox := _claim(now)):
        done += read_one(mailbox, now=now).letters
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


def read_one(mailbox: Mailbox, *, now: datetime) -> Read:
    """Read the new letters of a mailbox that this worker has claimed."""
    problem, read = "", Read()
    try:
        if mailbox.source.closed_at is not None:
            raise Unreachable(f"источник «{mailbox.source.short}» закрыт: выберите ящику другой")
        with mail_box.opened(mailboxes.access_of(mailbox)) as box:
            read = _letters(mailbox, box, now=now)
    except Unreachable as error:
        problem = str(error)
    except _Stop as error:
        problem = "письма пока не приняты: нет места на диске или недоступна база"
        logger.exception("mailbox %s", mailbox.pk, exc_info=error.__cause__)
    mailboxes.note(mailbox, problem, now=now)
    # Whoever came as far as this was not ended by a letter.
    Mailbox.objects.filter(pk=mailbox.pk).update(claimed_until=None, tries=0)
    return read


def _letters(mailbox: Mailbox, box: Opened, *, now: datetime) -> Read:
    until, done, refused = monotonic() + RUN_SECONDS, 0, 0
    for found in _new(mailbox, box):
        if monotonic() > until:
            break
        if found.arrived < mailbox.created_at - CLOCKS:
            _advance(mailbox, found.uid)
            continue
        taken = _take(mailbox, box, found, now=now)
        done += 1
        refused += not taken
    return Read(done, refused)


def _new(mailbox: Mailbox, box: Opened) -> list[Found]:
    """Letters above the last one; where the server numbers anew, all since the connection, known ones by their ids."""
    if box.uid_validity != mailbox.uid_validity:
        mailbox.uid_validity, mailbox.last_uid = box.uid_validity, 0
        mailbox.save(update_fields=["uid_validity", "last_uid"])
    if mailbox.last_uid:
        return box.after(mailbox.last_uid, most=BATCH)
    return box.since((mailbox.created_at - CLOCKS).date(), after=0, most=BATCH)


def _take(mailbox: Mailbox, box: Opened, found: Found, *, now: datetime) -> bool:
    """One letter, whatever it is. False: it was refused, and people were told."""
    found = replace(found, arrived=min(found.arrived, now))
    why, known = "", None
    if found.size > LETTER_MOST:
        why = f"письмо больше {LETTER_MOST // 1024 // 1024} МБ"
    elif _begun(mailbox, found.uid) > TRIES_MOST:
        why = "на этом письме программа обрывалась"
        logger.error("a letter of mailbox %s has ended its worker %s times, uid %s", mailbox.pk, TRIES_MOST, found.uid)
        _refuse(mailbox, found, why, key="", now=now, is_ours=True)
        return False
    else:
        raw = box.raw(found.uid)
        if raw is None:  # deleted in the mailbox meanwhile
            _advance(mailbox, found.uid)
            return True
        try:
            known = mail.read(raw, arrived=found.arrived, own=_own(mailbox))
        except mail.Unreadable as error:
            why = str(error)
        except Exception as error:  # whatever a letter may be, it holds no other up
            logger.exception("a letter of mailbox %s cannot be read", mailbox.pk)
            why = f"письмо не разобрано ({type(error).__name__})"
    if known is not None:
        why = _kept(mailbox, known, found.uid, now=now)
    if why:
        _refuse(mailbox, found, why, key=known.key if known else "", now=now)
    return not why


def _begun(mailbox: Mailbox, uid: int) -> int:
    """Note the letter before anything of it is read; how often it has been begun, with this time."""
    mailbox.tries = mailbox.tries + 1 if mailbox.trying_uid == uid else 1
    mailbox.trying_uid = uid
    mailbox.save(update_fields=["trying_uid", "tries"])
    return mailbox.tries


def _kept(mailbox: Mailbox, letter: Letter, uid: int, *, now: datetime) -> str:
    """Store what became of the letter; why it was refused, or nothing."""
    try:
        with ExitStack() as kept:
            # What a twin has made already is left before any file is written.
            files = Files() if _is_known(mailbox, letter) else _files(kept, letter)
            with transaction.atomic():
                _one(mailbox, letter, files, now=now)
                _advance(mailbox, uid)
    except (OperationalError, InterfaceError, OSError) as error:
        if not _is_too_much(error):
            raise _Stop from error
        logger.exception("a letter of mailbox %s is more than the database takes", mailbox.pk)
        return "письмо больше, чем вмещает база"
    except (Invalid, Conflict) as error:
        return "; ".join([*getattr(error, "fields", {}).values()]) or error.message
    except Exception as error:
        logger.exception("a letter of mailbox %s cannot be taken in", mailbox.pk)
        return f"письмо не принято ({type(error).__name__})"
    return ""


def _is_too_much(error: Exception) -> bool:
    """Whether the database refuses this very letter (class 54 of SQLSTATE), and will again."""
    return str(getattr(error.__cause__, "sqlstate", "") or "").startswith("54")


def _one(mailbox: Mailbox, letter: Letter, files: Files, *, now: datetime) -> None:
    if _is_known(mailbox, letter):
        return
    place = Place(mailbox, letter, files, actors.system(mailbox.center, f"Почта {mailbox.address}"), now)
    if letter.sort is not Sort.PERSON:
        _note(place, _KIND.get(letter.sort, IncomingLetter.Kind.AUTOREPLY), _came_back(place), why=WHY_RU[letter.sort])
        return
    if not (letter.text or letter.subject or letter.body.files):
        _note(place, IncomingLetter.Kind.REFUSED, None, why="пустое письмо: ни темы, ни текста, ни вложений")
        return
    about = mail_cases.case_of(place)
    if about is not None and not letter.is_doubted and mail_cases.is_applicant(about, letter):
        heard = mail_cases.add_to(place, about)
        _note(place, IncomingLetter.Kind.THREAD, about, text="" if heard else mail_cases.words_of_thread(place))
        return
    _note(place, IncomingLetter.Kind.CASE, mail_cases.open_case(place, mentioned=about))


def _came_back(place: Place) -> Message | None:
    """The case whose letter a bounce speaks of; that letter waits for its sender again."""
    if place.letter.sort is not Sort.BOUNCE:
        return None
    sent = letter_mail.letter_of(place.letter.own_ids, center_id=place.mailbox.center_id)
    if sent is None:
        return None
    letter_mail.come_back(sent, words=place.letter.text[:500] or place.letter.subject, now=place.now)
    return sent.message


def _note(place: Place, kind: str, message: Message | None, *, text: str = "", why: str = "") -> None:
    IncomingLetter.objects.create(
        mailbox=place.mailbox,
        header_id=place.letter.key[:500],
        kind=kind,
        message=message,
        sent_at=place.letter.sent_at,
        taken_at=place.now,
        text=text,
        why=why[:300],
    )


def _is_known(mailbox: Mailbox, letter: Letter) -> bool:
    """Whether the letter was taken in, be it from another mailbox of the Center that it was sent to as well."""
    return IncomingLetter.objects.filter(mailbox__center_id=mailbox.center_id, header_id=letter.key[:500]).exists()


def _files(kept: ExitStack, letter: Letter) -> Files:
    """Files in their places for as long as the work inside succeeds; what is refused stays by its name."""
    taken: dict[str, StoredFile] = {}
    refused = [f"{name}: вложений больше, чем принимается" for name in letter.body.dropped]
    for one in letter.body.files:
        if len(taken) >= mail_cases.FILES_MOST:
            refused.append(f"{one.name}: вложений больше, чем принимается")
            continue
        try:
            accepted = uploads.accept(ContentFile(one.content, name=one.name))
        except Invalid as error:
            refused.append(error.message)
            continue
        if accepted.sha256 not in taken:
            path = kept.enter_context(uploads.stored(accepted))
            taken[accepted.sha256] = StoredFile(path, accepted.name, accepted.content_type, accepted.size, accepted.sha256)
    return Files(tuple(taken.values()), tuple(refused))


def _refuse(mailbox: Mailbox, found: Found, why: str, *, key: str, now: datetime, is_ours: bool = False) -> None:
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
        _advance(mailbox, found.uid)
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


def _advance(mailbox: Mailbox, uid: int) -> None:
    mailbox.last_uid, mailbox.tries = uid, 0
    Mailbox.objects.filter(pk=mailbox.pk).update(last_uid=uid, tries=0)


def _own(mailbox: Mailbox) -> frozenset[str]:
    """Addresses this installation writes from: a letter of theirs is a loop."""
    return frozenset({mailbox.address.lower(), settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].strip("> ").lower()})
