"""Letters that no citizen wrote: answering machines, lists, receipts, what comes back undelivered, our own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

# Only what machines write: «Нахожусь в отпуске, а зарплаты нет» is a citizen's.
_MACHINE_SUBJECT: Final = re.compile(
    r"(?i)^\s*(?:(?:re|ответ)\s*:\s*)*(?:(?:авто(?:матический)?[\s-]*ответ|auto(?:matic)?[\s-]*(?:reply|response)|"
    r"out of (?:the )?office(?: reply)?|вне офиса|vacation (?:reply|response))\s*(?:[:.\-\u2013\u2014]|$)|"
    r"(?:я )?в отпуске (?:до|с|по) \d)"
)
_BOUNCE_SUBJECT: Final = re.compile(
    r"(?i)^\s*(?:undeliver(?:ed|able)|mail delivery (?:failed|failure|system|subsystem)|delivery status notification|"
    r"returned mail|failure notice|недоставленное|(?:сообщение |письмо )?не ?доставлено)"
)
_DAEMON: Final = re.compile(r"(?i)^(?:mailer-daemon|postmaster|mail-daemon|mdaemon)@")
_MACHINE_PRECEDENCE: Final = frozenset({"junk", "auto_reply", "auto-reply"})
_MACHINE_HEADERS: Final = frozenset({"x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply"})
_LIST_HEADERS: Final = frozenset({"list-id", "list-unsubscribe"})


class Sort(StrEnum):
    """What sort of letter it is."""

    PERSON = "person"
    AUTOREPLY = "autoreply"
    BOUNCE = "bounce"
    LIST = "list"
    RECEIPT = "receipt"
    OWN = "own"


WHY_RU: Final = {
    Sort.AUTOREPLY: "автоответ",
    Sort.BOUNCE: "сообщение о недоставке",
    Sort.LIST: "рассылка",
    Sort.RECEIPT: "уведомление о прочтении",
    Sort.OWN: "письмо этой же программы",
}


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the sort is told by: headers by small names, the content type with its parameters, sender and subject."""

    headers: Mapping[str, str]
    content_type: str
    report_type: str
    sender: str
    subject: str


def sort_of(letter: Envelope, *, own: frozenset[str]) -> Sort:
    """The first sort whose signs the letter bears. ``own``: addresses this installation writes from, in small letters."""
    return next((sort for sort, is_it in _SIGNS if is_it(letter, own)), Sort.PERSON)


def _is_receipt(letter: Envelope, own: frozenset[str]) -> bool:
    return letter.content_type == "multipart/report" and "disposition" in letter.report_type


def _is_bounce(letter: Envelope, own: frozenset[str]) -> bool:
    if letter.content_type == "multipart/report" or "x-failed-recipients" in letter.headers or _DAEMON.match(letter.sender):
        return True
    return _is_from_nobody(letter, own) and bool(_BOUNCE_SUBJECT.match(letter.subject))


def _is_own(letter: Envelope, own: frozenset[str]) -> bool:
    return letter.sender in own


def _is_autoreply(letter: Envelope, own: frozenset[str]) -> bool:
    submitted = letter.headers.get("auto-submitted", "no").lower().partition(";")[0].strip()
    by_header = submitted != "no" or not _MACHINE_HEADERS.isdisjoint(letter.headers)
    return by_header or bool(_MACHINE_SUBJECT.match(letter.subject)) or _precedence(letter) in _MACHINE_PRECEDENCE


def _is_list(letter: Envelope, own: frozenset[str]) -> bool:
    return not _LIST_HEADERS.isdisjoint(letter.headers) or _precedence(letter) in ("list", "bulk")


def _is_from_nobody(letter: Envelope, own: frozenset[str]) -> bool:
    """RFC 5321: an empty return path is a machine's, never to be answered."""
    return letter.headers.get("return-path", "").strip() == "<>"


def _precedence(letter: Envelope) -> str:
    return letter.headers.get("precedence", "").strip().lower()


_SIGNS: Final[tuple[tuple[Sort, Callable[[Envelope, frozenset[str]], bool]], ...]] = (
    (Sort.RECEIPT, _is_receipt),
    (Sort.BOUNCE, _is_bounce),
    (Sort.OWN, _is_own),
    (Sort.AUTOREPLY, _is_autoreply),
    (Sort.LIST, _is_list),
    (Sort.AUTOREPLY, _is_from_nobody),
)
