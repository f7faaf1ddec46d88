"""One letter out of a mailbox: a case, a word to its case, or noted as nothing of a citizen's. Once.

It is one transaction, with its mark and the place in the mailbox: a worker killed between two letters, or in one, leaves
nothing half done and nothing to be done twice.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack
from datetime import datetime

from django.core.files.base import ContentFile
from django.db import InterfaceError, OperationalError, transaction

from blocks import actors
from mcu import uploads
from mcu.errors import Conflict, Invalid
from messages.mail.automatic import WHY_RU, Sort
from messages.mail.letters import Letter
from messages.models import IncomingLetter, Mailbox, Message
from messages.services import attachments, letter_mail, mail_cases
from messages.services.attachments import StoredFile
from messages.services.mail_cases import Files, Place

logger = logging.getLogger(__name__)


class Stop(Exception):
    """Nothing more can be kept now, and it is not the letter's fault: it is read again at the next run."""


def take_in(mailbox: Mailbox, letter: Letter, uid: int, *, now: datetime) -> str:
    """Store what became of the letter; why it was refused, or nothing."""
    try:
        with ExitStack() as kept:
            # What a twin has made already is left before any file is written.
            files = Files() if _is_known(mailbox, letter) else _files(kept, letter)
            with transaction.atomic():
                _one(mailbox, letter, files, now=now)
                advance(mailbox, uid)
    except (OperationalError, InterfaceError, OSError) as error:
        if not _is_too_much(error):
            raise Stop from error
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
        kind = IncomingLetter.Kind.BOUNCE if letter.sort is Sort.BOUNCE else IncomingLetter.Kind.AUTOREPLY
        _note(place, kind, _came_back(place), why=WHY_RU[letter.sort])
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
            taken[accepted.sha256] = kept.enter_context(attachments.stored(accepted))
    return Files(tuple(taken.values()), tuple(refused))


def advance(mailbox: Mailbox, uid: int) -> None:
    """The letter is done with."""
    mailbox.last_uid, mailbox.tries = uid, 0
    Mailbox.objects.filter(pk=mailbox.pk).update(last_uid=uid, tries=0)
