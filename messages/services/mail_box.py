"""A mailbox on its server (IMAP): read and never changed; TLS that is checked; the inner network only where it was allowed."""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from django.conf import settings
from imap_tools import AND, BaseMailBox, ImapToolsError

from mcu import outside
from mcu.text import system_words

SECONDS: Final = 20  # for each step of talking to a server
TLS_PORT: Final = 993
_SIZE: Final = re.compile(rb"RFC822\.SIZE (\d+)")


class Unreachable(Exception):
    """The mailbox cannot be read now; the words are for the technical role and hold no password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How a mailbox is reached."""

    host: str
    port: int
    user_name: str
    password: str
    folder: str = "INBOX"


@dataclass(frozen=True, slots=True)
class Found:
    """A letter as the server lists it."""

    uid: int
    size: int
    arrived: datetime


class Opened:
    """A mailbox that is open for reading."""

    def __init__(self, box: BaseMailBox, folder: str) -> None:
        self._box = box
        status = box.folder.status(folder, ("UIDVALIDITY", "UIDNEXT"))
        self.uid_validity, self.uid_next = int(status.get("UIDVALIDITY", 0)), int(status.get("UIDNEXT", 1))

    def after(self, uid: int, *, most: int) -> list[Found]:
        """The next letters above the uid, oldest first."""
        # «5:*» names the last letter even where its uid is below 5.
        return self._listed([one for one in self._uids(f"UID {uid + 1}:*") if one > uid][:most])

    def since(self, day: date, *, after: int, most: int) -> list[Found]:
        """The next letters above the uid that arrived on the day or later, oldest first."""
        return self._listed([one for one in self._uids(AND(date_gte=day)) if one > after][:most])

    def raw(self, uid: int) -> bytes | None:
        """The bytes of a letter, which stays unread; None where it has gone meanwhile."""
        for part in self._fetch(str(uid), "(BODY.PEEK[])"):
            if isinstance(part, tuple):
                return bytes(part[1])
        return None

    def _uids(self, said: str | AND) -> list[int]:
        return sorted(int(uid) for uid in self._box.uids(said) if uid.isdigit())

    def _listed(self, uids: list[int]) -> list[Found]:
        """One call for all: a mailbox after a week of silence has hundreds."""
        if not uids:
            return []
        found: dict[int, Found] = {}
        for line in self._fetch(",".join(map(str, uids)), "(UID RFC822.SIZE INTERNALDATE)"):
            said = line[0] + line[1] if isinstance(line, tuple) else line
            uid, size = re.search(rb"UID (\d+)", said or b""), _SIZE.search(said or b"")
            if uid and size:
                found[int(uid.group(1))] = Found(int(uid.group(1)), int(size.group(1)), _arrived(said))
        return [found[uid] for uid in uids if uid in found]

    def _fetch(self, uids: str, what: str) -> list[Any]:
        status, answered = self._box.client.uid("FETCH", uids, what)
        if status != "OK":
            raise Unreachable("сервер не отдаёт письма этой папки")
        return [line for line in answered if line]


@contextmanager
def opened(access: Access) -> Iterator[Opened]:
    """The mailbox, for as long as it is read. Raises Unreachable, also where the connection breaks within."""
    try:
        box = _Box(access)
        try:
            yield _signed_in(box, access)
        finally:
            with suppress(Exception):  # the letters are read; how the server says goodbye changes nothing
                box.logout()
    except outside.Forbidden as error:
        raise Unreachable(
            f"{error} Если это сервер вашей сети, администратор установки называет его в MAIL_PRIVATE_HOSTS"
        ) from error
    except ssl.SSLCertVerificationError as error:
        raise Unreachable(f"сертификат сервера не подтверждён: {error.verify_message}") from error
    except TimeoutError as error:
        raise Unreachable(f"сервер не ответил за {SECONDS} секунд") from error
    except socket.gaierror as error:
        raise Unreachable("сервер с таким именем не найден") from error
    except ssl.SSLError as error:
        raise Unreachable("защищённое соединение не установлено: проверьте порт, обычно это 993") from error
    except OSError as error:
        raise Unreachable(f"связи с сервером нет: {system_words(error)}") from error
    except (imaplib.IMAP4.error, ImapToolsError, ValueError) as error:
        raise Unreachable("сервер ответил не по правилам IMAP, связь прервана") from error


def _signed_in(box: _Box, access: Access) -> Opened:
    try:
        if access.user_name.isascii() and access.password.isascii():
            box.login(access.user_name, access.password, initial_folder=None)
        else:
            box.login_utf8(access.user_name, access.password, initial_folder=None)
    except (imaplib.IMAP4.error, ImapToolsError) as error:
        if isinstance(error, imaplib.IMAP4.abort):
            raise
        raise Unreachable(
            "сервер не принял имя и пароль. Для Яндекса, Mail.ru и Gmail нужен пароль приложения, а доступ по IMAP — включён"
        ) from error
    try:
        box.folder.set(access.folder, readonly=True)
        return Opened(box, access.folder)
    except (imaplib.IMAP4.error, ImapToolsError) as error:
        if isinstance(error, imaplib.IMAP4.abort):
            raise
        raise Unreachable(f"в ящике нет папки «{access.folder}»") from error


class _Box(BaseMailBox):
    """imap-tools over a connection to the very address that was checked."""

    def __init__(self, access: Access) -> None:
        self._access = access
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        client: imaplib.IMAP4
        if self._access.port == TLS_PORT or not _is_plain_port(self._access.port):
            return _Tls(self._access.host, self._access.port, ssl_context=_tls(), timeout=SECONDS)
        client = _Plain(self._access.host, self._access.port, timeout=SECONDS)
        client.starttls(_tls())  # a password never goes in the open
        return client


def _is_plain_port(port: int) -> bool:
    return port in (143, 1143)


class _Tls(imaplib.IMAP4_SSL):
    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = _connected(self.host, self.port, timeout)
        secured: socket.socket = self.ssl_context.wrap_socket(plain, server_hostname=self.host)
        return secured


class _Plain(imaplib.IMAP4):
    def _create_socket(self, timeout: float | None) -> socket.socket:
        return _connected(self.host, self.port, timeout)


def _connected(host: str, port: int, timeout: float | None) -> socket.socket:
    """A connection to an address that may be called. Raises Forbidden, OSError."""
    named = {f"{host}:{port}".lower(), host.lower()}
    inside = not named.isdisjoint(one.lower() for one in settings.MAIL_PRIVATE_HOSTS)
    return outside.connected(host, port, timeout or SECONDS, inside=inside)


def _tls() -> ssl.SSLContext:
    """Certificates are always checked; those of the own network by the authority the installation names."""
    context = ssl.create_default_context()
    if settings.MAIL_CA_FILE:
        context.load_verify_locations(cafile=settings.MAIL_CA_FILE)
    return context


def _arrived(said: bytes) -> datetime:
    """INTERNALDATE; where a server does not tell it, after all times: whoever reads takes no later one than now."""
    moment = re.search(rb'INTERNALDATE " ?(\d+-\w+-\d+ \d\d:\d\d:\d\d [+-]\d{4})"', said)
    return parsedate_to_datetime(moment[1].decode()).astimezone(UTC) if moment else datetime.max.replace(tzinfo=UTC)
