"""Letters by e-mail: the PDF goes to the applicant once the answer is marked as sent; what is refused comes back.

Rows are claimed as the outbox claims its own: several workers never send the same letter, a killed one repeats at most one.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from blocks import actors
from blocks.selectors import roster_of
from mcu import uploads
from mcu.errors import NotFound
from mcu.outbox import PAUSES
from mcu.outbox.errors import Refused, Unreachable
from mcu.outbox.mail import Mail
from messages.models import Attachment, Letter
from messages.services import notices, satisfaction
from messages.services.history import record

logger = logging.getLogger(__name__)

TRIES: Final = 12  # over about a day and a half
RUN_SECONDS: Final = 20.0
_BATCH: Final = 10
_HEADER_ID: Final = re.compile(r"letter\.(\d{1,15})\.([0-9a-f]{20})@")
_CLAIMED_FOR: Final = timedelta(minutes=5)


def mail_due(*, now: datetime) -> int:
    """Send the letters that are due; returns how many went out. Nothing is done without a mail server."""
    if not Mail.enabled():
        return 0
    sent, until = 0, monotonic() + RUN_SECONDS
    with Mail() as mail:
        for letter in _claim(now):
            if monotonic() > until:
                break
            try:
                _send(letter, mail)
            except Unreachable as problem:
                _again(letter, str(problem), now=now)
                break
            except (Refused, NotFound) as problem:
                _refused(letter, problem, now=now)
            except Exception as problem:  # a row that cannot be made must not hold the others up
                logger.exception("letter %s", letter.pk)
                _again(letter, f"{type(problem).__name__}", now=now)
            else:
                _gone(letter, now=now)
                sent += 1
    return sent


@transaction.atomic
def _claim(now: datetime) -> list[Letter]:
    found = (
        Letter.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(next_try_at__lte=now, mailed_at__isnull=True)
        .order_by("next_try_at")[:_BATCH]
    )
    ids = [letter.pk for letter in found]
    Letter.objects.filter(pk__in=ids).update(next_try_at=now + _CLAIMED_FOR)
    return list(Letter.objects.filter(pk__in=ids).select_related("message__center", "message__source", "message__applicant"))


def _send(letter: Letter, mail: Mail) -> None:
    message = letter.message
    came = message.received_at.astimezone(message.center.tz)
    number = message.outside_number or message.number
    text = (
        f"Здравствуйте!\n\nОтвет на ваше обращение № {number} от {came:%d.%m.%Y} — в приложенном файле PDF: "
        f"письмо № {letter.number} от {letter.dated:%d.%m.%Y}.\n\n"
        f"Оцените, пожалуйста, ответ: {satisfaction.link_of(message)}\n\n{message.center.name}\n"
    )
    files = [(f"{file_name(letter)}.pdf", _content(str(letter.pdf)), "application/pdf")]
    for enclosed in Attachment.objects.filter(reply=letter.reply_id, removed_at__isnull=True).order_by("uploaded_at", "pk"):
        files.append((enclosed.name, _content(str(enclosed.file)), enclosed.content_type))
    subject, headers = f"Ответ на обращение № {number}", {"Message-ID": f"<{header_id(letter)}>"}
    mail.deliver(EmailMessage(subject, text, to=[message.applicant.email], attachments=files, headers=headers))


def _content(path: str) -> bytes:
    with uploads.opened(path) as file:
        return file.read()


def header_id(letter: Letter) -> str:
    """The letter's own id, by which an answer to it, or the letter coming back, is known: signed, so that none is made up."""
    return f"letter.{letter.pk}.{_mark(letter.pk)}@{urlsplit(settings.PUBLIC_URL).hostname or 'localhost'}"


def letter_of(ids: Iterable[str], *, center_id: int) -> Letter | None:
    """The Center's letter that the first of our ids names. One query, none where no id is ours."""
    for one in ids:
        found = _HEADER_ID.match(one)
        if found and constant_time_compare(found[2], _mark(int(found[1]))):
            rows = Letter.objects.select_related("message__center", "message__source")
            return rows.filter(pk=int(found[1]), message__center_id=center_id).first()
    return None


@transaction.atomic
def come_back(letter: Letter, *, words: str, now: datetime) -> None:
    """A letter that had left came back: it waits for its sender again. One that left otherwise since is left alone."""
    letter = (
        Letter.objects.select_for_update(of=("self",)).select_related("message__center", "message__source").get(pk=letter.pk)
    )
    if letter.method == Letter.Method.EMAIL and letter.mailed_at is not None:
        letter.mailed_at = None
        _given_up(letter, words, now=now)


def _mark(pk: int) -> str:
    return salted_hmac("messages.letter", str(pk)).hexdigest()[:20]


def file_name(letter: Letter) -> str:
    """The name of the letter's files, without an ending."""
    return f"Письмо {letter.number} от {letter.dated:%d.%m.%Y}".replace("/", "-")


@transaction.atomic
def _gone(letter: Letter, *, now: datetime) -> None:
    letter.mailed_at, letter.next_try_at, letter.mail_error = now, None, ""
    letter.attempts += 1
    letter.save(update_fields=["mailed_at", "next_try_at", "mail_error", "attempts"])
    program = actors.system(letter.message.center)
    record(message=letter.message, code="letter_mailed", actor=program, now=now, data={"number": letter.number})


def _again(letter: Letter, problem: str, *, now: datetime) -> None:
    letter.attempts += 1
    letter.mail_error = problem
    letter.next_try_at = now + timedelta(minutes=PAUSES[min(letter.attempts, len(PAUSES)) - 1])
    letter.save(update_fields=["next_try_at", "mail_error", "attempts"])


def _refused(letter: Letter, problem: Exception, *, now: datetime) -> None:
    """What is refused for good, or for too long, comes back to the sender's desk; what may pass is tried again."""
    # The server's words repeat the applicant's address: they are kept beside the letter, never in the log.
    logger.warning("letter %s was refused: %s", letter.pk, type(problem.__cause__ or problem).__name__)
    if not _for_good(problem) and letter.attempts + 1 < TRIES:
        _again(letter, str(problem), now=now)
        return
    with transaction.atomic():
        letter.attempts += 1
        _given_up(letter, str(problem), now=now)


def _given_up(letter: Letter, words: str, *, now: datetime) -> None:
    """Nothing more is tried; those who send the answers of the source are told."""
    letter.mail_error, letter.next_try_at = words, None
    letter.save(update_fields=["mailed_at", "next_try_at", "mail_error", "attempts"])
    message, program = letter.message, actors.system(letter.message.center)
    event = record(message=message, code="letter_failed", actor=program, now=now, data={"number": letter.number})
    notices.tell(
        message=message,
        users=roster_of(message.center, now).publishers(message),
        event=event,
        subject=f"письмо № {letter.number} не доставлено по электронной почте",
        actor=program,
        now=now,
    )


def _for_good(problem: Exception) -> bool:
    """Whether the server will not take it later either: an answer of the 500s (RFC 5321, 4.2.1), or no file to send."""
    cause = problem.__cause__
    codes = [code for code, _ in cause.recipients.values()] if isinstance(cause, SMTPRecipientsRefused) else []
    if isinstance(cause, SMTPResponseException):
        codes.append(cause.smtp_code)
    return not isinstance(problem, Refused) or any(500 <= code < 600 for code in codes)
