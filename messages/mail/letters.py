"""A letter out of its bytes: who, when, about what, which words and files, what it answers, what sort it is."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from typing import Final

from messages.mail.automatic import Envelope, Sort, sort_of
from messages.mail.bodies import Body, body_of
from messages.mail.bounds import Unreadable, parsed
from messages.mail.charsets import header_words
from messages.mail.senders import is_doubted

SUBJECT_MOST: Final = 500
NAME_MOST: Final = 300
ADDRESS_MOST: Final = 254
IDS_MOST: Final = 60
_LINE_MOST: Final = 4000  # signs of a header that are looked at
# A letter that was longer on its way than this has a wrong clock: it counts from its arrival.
ON_ITS_WAY: Final = timedelta(days=5)
_ID: Final = re.compile(r"<([^<>\s]{3,400})>")
_ADDRESS: Final = re.compile(r"[^@\s<>\"]{1,128}@[^@\s<>\"]{1,190}")
_PREFIX: Final = re.compile(r"(?i)^\s*(?:(?:re|fw|fwd|отв|на|ответ|пересл)(?:\[\d+\])?\s*:\s*)+")


__all__ = ["Letter", "Unreadable", "read"]


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as it came. ``key`` tells it from every other; ``own_ids``: ids of letters it speaks of, the nearest first.

    ``is_doubted``: the receiving server has found that the sender may be another than the letter says.
    """

    key: str
    sort: Sort
    subject: str
    name: str
    address: str
    sent_at: datetime
    body: Body
    own_ids: tuple[str, ...]
    is_doubted: bool = False

    @property
    def text(self) -> str:
        return self.body.text

    @property
    def bare_subject(self) -> str:
        """Without «Re:» and «Fwd:»."""
        return _PREFIX.sub("", self.subject).strip()


def read(raw: bytes, *, arrived: datetime, own: frozenset[str] = frozenset()) -> Letter:
    """The letter in the bytes; ``own``: addresses we write from, in small letters. Raises Unreadable."""
    try:
        message = parsed(raw)
        headers = _headers(message)
        body = body_of(message)
        name, address = _sender(headers)
        subject = header_words(headers.get("subject", ""))[:SUBJECT_MOST]
        sort = sort_of(
            Envelope(
                headers=headers,
                content_type=message.get_content_type(),
                report_type=str(message.get_param("report-type", "") or "").lower(),
                sender=address.lower(),
                subject=subject,
            ),
            own=own,
        )
        ids = _ids(message, headers, deep=sort is Sort.BOUNCE)
    except RecursionError as error:
        raise Unreadable("в письме слишком много вложенных друг в друга частей") from error
    return Letter(
        key=_key(headers, raw),
        sort=sort,
        subject=subject,
        name=name[:NAME_MOST],
        address=address[:ADDRESS_MOST],
        sent_at=_sent(headers.get("date", ""), arrived),
        body=body,
        own_ids=ids,
        is_doubted=is_doubted(headers.get("authentication-results", "")),
    )


def _headers(message: Message) -> dict[str, str]:
    """The first header of each name, raw: the library's own reading of bytes that are not ASCII loses them."""
    found: dict[str, str] = {}
    for name, value in message.raw_items():
        found.setdefault(str(name).lower(), str(value))
    return found


def _sender(headers: dict[str, str]) -> tuple[str, str]:
    """Name and address of «From»; where it holds none, of who sent it for another."""
    for header in ("from", "sender", "return-path"):
        # Addresses are found before the words are decoded: a decoded name may hold a comma.
        for name, address in _addresses(headers.get(header, "")):
            shown = header_words(address)
            if _ADDRESS.fullmatch(shown):
                return _name(header_words(name), shown), shown
    words = header_words(headers.get("from", ""))
    found = _ADDRESS.search(words)
    return (words.partition("<")[0].strip(" \"'"), found.group(0)) if found else (words[:NAME_MOST], "")


def _addresses(said: str) -> list[tuple[str, str]]:
    line = said[:_LINE_MOST].replace("\r", "").replace("\n", " ")
    try:
        return getaddresses([line])
    except RecursionError:  # comments within comments
        return []


def _name(name: str, address: str) -> str:
    """A name that is only the address again is no name."""
    name = name.strip(" \"'«»")
    return "" if name.lower() in (address.lower(), address.partition("@")[0].lower()) else name


def _sent(said: str, arrived: datetime) -> datetime:
    """The «Date» where it can be right, else the arrival: nobody writes after the letter came."""
    try:
        moment = parsedate_to_datetime(header_words(said))
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return arrived
    return moment if arrived - ON_ITS_WAY <= moment <= arrived else arrived


def _ids(message: Message, headers: dict[str, str], *, deep: bool) -> tuple[str, ...]:
    """Ids of the letters this one answers; of one that came back also those within it."""
    found = (
        _ID.findall(headers.get("in-reply-to", "")[:_LINE_MOST])
        + _ID.findall(headers.get("references", "")[-_LINE_MOST:])[::-1]
    )
    if deep:
        for part in list(message.walk())[:IDS_MOST]:
            found += _ID.findall(str(part.get("message-id", "") or ""))
            payload = part.get_payload(decode=True) if not part.is_multipart() else None
            if isinstance(payload, bytes):
                found += re.findall(r"(?im)^message-id:\s*<([^<>\s]{3,400})>", payload[:200_000].decode("ascii", "replace"))
    return tuple(dict.fromkeys(found))[:IDS_MOST]


def _key(headers: dict[str, str], raw: bytes) -> str:
    """Message-ID and a mark of the words: some programs give all their letters one id, some none."""
    given = _ID.search(headers.get("message-id", ""))
    marks = "\n".join(headers.get(name, "") for name in ("from", "date", "subject"))
    start = raw.partition(b"\r\n\r\n")[2] or raw.partition(b"\n\n")[2]
    digest = hashlib.sha256(marks.encode("utf-8", "surrogateescape") + b"\n\n" + start).hexdigest()
    return f"{given.group(1) if given else ''}#{digest[: 16 if given else 32]}"
