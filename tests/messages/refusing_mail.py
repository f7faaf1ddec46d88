"""A mail server for tests that answers as the test says."""

from __future__ import annotations

from collections.abc import Sequence
from smtplib import SMTPRecipientsRefused
from typing import ClassVar

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class Refusing(BaseEmailBackend):
    """Raises ``error`` if there is one, else takes the letter."""

    error: ClassVar[Exception | None] = None

    @classmethod
    def refuse(cls, code: int) -> None:
        """Answer with this code to every recipient."""
        cls.error = SMTPRecipientsRefused({"nobody@example.org": (code, b"no such mailbox")})

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        if self.error is not None:
            raise self.error
        return len(email_messages)
