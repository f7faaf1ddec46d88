"""Editions of the rules of terms: a rule by which cases ran is never edited, it is closed and the next one begins."""

from __future__ import annotations

from datetime import tzinfo
from typing import Final

from django.db import connection

from blocks.models import CenterRow, DeadlineRule

IN_PLACE: Final = frozenset({"name", "clause", "basis", "order"})
"""What a rule is called and where it comes from; all else decides how terms are counted and makes a new edition."""

_TAKE_BACK: Final = "чтобы взять из файла, добавьте --rules-from-file"
ADDED_HERE: Final = f"добавлено на странице правил, в файле его нет; {_TAKE_BACK}"


def lock(slug: str) -> None:
    """Two changes of one Center's charter wait for each other, also when the Center is not there yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"charter:{slug}"])


def changed_words(row: DeadlineRule, tz: tzinfo) -> str:
    """Why the file's values are not taken: «изменено на странице 18.11.2026, оставлено»."""
    since = f" {row.since.astimezone(tz):%d.%m.%Y}" if row.since else ""
    return f"изменено на странице{since}; {_TAKE_BACK}"


def closed_words(row: CenterRow, tz: tzinfo) -> str:
    """The same of a rule that was closed on the page."""
    at = f" {row.closed_at.astimezone(tz):%d.%m.%Y}" if row.closed_at else ""
    return f"закрыто на странице{at}; {_TAKE_BACK}"
