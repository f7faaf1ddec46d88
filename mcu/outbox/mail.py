"""A notice as a letter, through the installation's own mail server; one connection a run."""

from __future__ import annotations

from smtplib import SMTPDataError, SMTPNotSupportedError, SMTPRecipientsRefused, SMTPSenderRefused
from types import TracebackType
from typing import Self

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.mail import EmailMessage, get_connection
from django.utils.encoding import iri_to_uri

from mcu.models import Outbox
from mcu.outbox.errors import Refused, Unreachable, words_of

# The server talks and refuses this letter; whatever else goes wrong is taken for the server itself.
_OF_THE_LETTER = (SMTPRecipientsRefused, SMTPSenderRefused, SMTPDataError, SMTPNotSupportedError)


class Mail:
    """The mail server for one run: connected with the first letter."""

    def __init__(self) -> None:
        self._connection = get_connection()

    @staticmethod
    def enabled() -> bool:
        """Whether the installation has a mail server."""
        return bool(settings.EMAIL_ENABLED)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._connection.close()

    def reaches(self, row: Outbox) -> bool:
        return bool(row.user.email)

    def send(self, row: Outbox) -> None:
        letter = EmailMessage(row.subject, _text(row), to=[row.user.email])
        if row.attached:
            letter.attach(row.attached_name, _content(row.attached))
        self.deliver(letter)

    def deliver(self, letter: EmailMessage) -> None:
        """Any letter through the run's connection; raises Refused or Unreachable."""
        letter.connection = self._connection
        try:
            self._connection.open()
            letter.send()
        except _OF_THE_LETTER as error:
            raise Refused(words_of(error)) from error
        except OSError as error:  # smtplib's errors are OSErrors
            raise Unreachable(words_of(error)) from error


def _content(path: str) -> bytes:
    try:
        with default_storage.open(path) as file:
            return bytes(file.read())
    except FileNotFoundError as error:
        raise Refused(f"нет файла вложения {path}") from error


def _text(row: Outbox) -> str:
    # Quoted: a mail program ends a link at the first letter that is not Latin.
    link = f"{settings.PUBLIC_URL}{iri_to_uri(row.path)}" if row.path else ""
    return "\n\n".join(part for part in (row.body or row.subject, link) if part)
