"""Notices by e-mail: sent once, tried again after growing pauses, never without a mail server of the installation's own."""

from __future__ import annotations

import socketserver
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from socket import create_server
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from mcu.models import Outbox, User
from mcu.outbox import GIVE_UP_AFTER, PAUSES, Notice, drain, put
from tests.cast import NOW

MINUTE = timedelta(minutes=1)


class _Conversation(socketserver.StreamRequestHandler):
    """As much of SMTP (RFC 5321) as a client asks for to leave a letter."""

    server: _MailServer

    def handle(self) -> None:
        self._say("220 mail.test")
        while line := self.rfile.readline().decode().strip():
            command = line.split()[0].upper()
            if command == "DATA":
                self._say("354 go on")
                self._take()
            elif command == "RCPT" and self.server.refuses:
                self._say("450 4.2.1 mailbox busy, try later")
            elif command == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        self.server.letters.append(message_from_bytes(b"".join(lines), policy=policy.default))
        self._say("250 kept")

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class _MailServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.letters: list[EmailMessage] = []
        self.refuses = False


@dataclass
class Mail:
    """The installation's mail server and how the program is pointed at it."""

    settings: Settings
    server: _MailServer = field(default_factory=_MailServer)

    def serve(self, port: int = 0) -> None:
        self.settings.EMAIL_ENABLED = True
        self.settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        self.settings.EMAIL_HOST = "127.0.0.1"
        self.settings.EMAIL_PORT = port or self.server.server_address[1]
        self.settings.DEFAULT_FROM_EMAIL = "mcu@example.com"
        self.settings.PUBLIC_URL = "https://mcu.example.com"

    @property
    def subjects(self) -> list[str]:
        return [str(letter["Subject"]) for letter in self.server.letters]


@pytest.fixture
def mail(settings: Settings) -> Iterator[Mail]:
    mail = Mail(settings)
    thread = Thread(target=mail.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    mail.serve()
    yield mail
    mail.server.shutdown()
    mail.server.server_close()
    thread.join()


@pytest.fixture
def person(db: None) -> User:
    return User.objects.create_user("ivanova", email="ivanova@example.com", full_name="Иванова Анна Петровна")


def _notice(person: User, key: str = "one", **more: str) -> Notice:
    words: dict[str, Any] = {"subject": "ОКТ-2026-000001: срок прошёл", "path": "/oktyabrsky/messages/ОКТ-2026-000001/", **more}
    return Notice(key=key, kind="deadline_breach", user_id=person.pk, center_slug="oktyabrsky", **words)


def test_a_notice_is_sent_once_with_its_link(mail: Mail, person: User) -> None:
    put([_notice(person, body="Ответ не согласован.")], now=NOW)
    assert drain(now=NOW) == 1
    assert drain(now=NOW + MINUTE) == 0
    [letter] = mail.server.letters
    assert (letter["To"], letter["From"]) == ("ivanova@example.com", "mcu@example.com")
    assert letter["Subject"] == "ОКТ-2026-000001: срок прошёл"
    assert letter.get_content().split() == [
        "Ответ",
        "не",
        "согласован.",
        "https://mcu.example.com/oktyabrsky/messages/%D0%9E%D0%9A%D0%A2-2026-000001/",
    ]
    row = Outbox.objects.get()
    assert (row.sent_at, row.next_try_at, row.attempts, row.error) == (NOW, None, 1, "")


def test_without_a_mail_server_nothing_leaves_and_the_notice_stays_in_the_program(
    mail: Mail, person: User, settings: Settings
) -> None:
    settings.EMAIL_ENABLED = False
    put([_notice(person)], now=NOW)
    assert drain(now=NOW) == 0
    assert mail.server.letters == []
    assert Outbox.objects.get().attempts == 0


def test_the_same_key_is_written_once(mail: Mail, person: User) -> None:
    put([_notice(person), _notice(person), _notice(person, key="two", subject="другое")], now=NOW)
    put([_notice(person)], now=NOW + MINUTE)
    assert drain(now=NOW + MINUTE) == 2
    assert sorted(mail.subjects) == sorted(["ОКТ-2026-000001: срок прошёл", "другое"])


def test_a_server_that_is_down_is_asked_again_after_growing_pauses(mail: Mail, person: User) -> None:
    put([_notice(person)], now=NOW)
    with closing(create_server(("127.0.0.1", 0))) as nobody:
        port = nobody.getsockname()[1]
    mail.serve(port)  # closed again: the connection is refused
    moment = NOW
    for tries, pause in enumerate((*PAUSES, PAUSES[-1]), start=1):
        assert drain(now=moment) == 0
        row = Outbox.objects.get()
        assert (row.attempts, row.next_try_at) == (tries, moment + pause * MINUTE)
        assert "ConnectionRefusedError" in row.error
        assert drain(now=moment + pause * MINUTE - MINUTE / 2) == 0
        assert Outbox.objects.get().attempts == tries
        moment += pause * MINUTE
    mail.serve()
    assert drain(now=moment) == 1
    row = Outbox.objects.get()
    assert (row.sent_at, row.error, len(mail.server.letters)) == (moment, "", 1)


def test_a_refused_letter_does_not_stop_the_others(mail: Mail, person: User) -> None:
    other = User.objects.create_user("petrov", email="petrov@example.com", full_name="Петров Пётр")
    put([_notice(person)], now=NOW)
    mail.server.refuses = True
    assert drain(now=NOW) == 0
    assert "mailbox busy" in Outbox.objects.get().error
    mail.server.refuses = False
    put([_notice(other, key="two")], now=NOW)
    assert drain(now=NOW) == 1
    assert [letter["To"] for letter in mail.server.letters] == ["petrov@example.com"]


def test_in_the_end_it_is_given_up_but_stays_in_the_list_with_its_error(mail: Mail, person: User) -> None:
    mail.server.refuses = True
    put([_notice(person)], now=NOW)
    Outbox.objects.update(attempts=GIVE_UP_AFTER - 1)
    assert drain(now=NOW) == 0
    row = Outbox.objects.get()
    assert (row.next_try_at, row.sent_at, row.read_at) == (None, None, None)
    assert row.error
    assert drain(now=NOW + timedelta(days=30)) == 0
    assert Outbox.objects.get().attempts == GIVE_UP_AFTER


@pytest.mark.parametrize("change", [{"is_active": False}, {"email": ""}])
def test_who_is_blocked_or_has_no_address_is_not_mailed(mail: Mail, person: User, change: dict[str, object]) -> None:
    put([_notice(person)], now=NOW)
    User.objects.filter(pk=person.pk).update(**change)
    assert drain(now=NOW) == 0
    assert mail.server.letters == []
    assert Outbox.objects.get().by_email is False


def test_a_drain_takes_no_more_than_its_limit(mail: Mail, person: User) -> None:
    put([_notice(person, key=f"n{number}") for number in range(5)], now=NOW)
    assert [drain(now=NOW, limit=3), drain(now=NOW, limit=3), drain(now=NOW, limit=3)] == [3, 2, 0]


@pytest.mark.django_db(transaction=True)
def test_two_drains_at_once_send_every_letter_once(mail: Mail) -> None:
    person = User.objects.create_user("ivanova", email="ivanova@example.com", full_name="Иванова Анна Петровна")
    put([_notice(person, key=f"n{number}", subject=f"Письмо {number}") for number in range(40)], now=NOW)
    sent: list[int] = []
    start = Barrier(2)

    def work() -> None:
        start.wait()
        try:
            sent.append(drain(now=NOW))
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(sent) == 40
    assert all(sent), "one of the drains found nothing to do: nothing was tried"
    assert sorted(mail.subjects) == sorted(f"Письмо {number}" for number in range(40))
    assert not Outbox.objects.filter(sent_at=None).exists()
