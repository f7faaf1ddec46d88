"""Editions of the rules of terms: a rule by which cases ran is never edited, it is closed and the next one begins."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any, Final

from django.db import connection

from blocks.models import Center, CenterRow, DeadlineRule

IN_PLACE: Final = frozenset({"name", "clause", "basis", "order"})
"""What a rule is called and where it comes from; all else decides how terms are counted and makes a new edition."""

_OWN: Final = "own_"  # codes of rules that no file has
_TAKE_BACK: Final = "чтобы взять из файла, добавьте --rules-from-file"
ADDED_HERE: Final = f"добавлено на странице, в файле его нет; {_TAKE_BACK}"
LISTED_HERE: Final = f"изменено на странице «Списки»; {_TAKE_BACK}"


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


def begin(before: DeadlineRule, values: Mapping[str, Any], *, user_id: int | None, now: datetime) -> DeadlineRule:
    """End an edition in force and begin the next with other values, in one transaction of the caller. Two queries."""
    end(before, now=now)
    return _add({**_kept(before), **values}, user_id=user_id, now=now)


def add(*, center: Center, values: Mapping[str, Any], user_id: int | None, now: datetime) -> DeadlineRule:
    """The first edition of a rule that people of the Center add: its code is made here. Two queries."""
    codes = list(DeadlineRule.objects.filter(center=center).values_list("code", "order"))
    taken, order = {code for code, _ in codes}, max((order for _, order in codes), default=0) + 1
    number = next(number for number in range(1, len(taken) + 2) if f"{_OWN}{number}" not in taken)
    return _add({**values, "center": center, "code": f"{_OWN}{number}", "order": order}, user_id=user_id, now=now)


def put_right(row: DeadlineRule, values: Mapping[str, Any], *, user_id: int | None) -> None:
    """Change what a rule is called and where it comes from; the edition goes on. One query."""
    for field, value in values.items():
        setattr(row, field, value)
    row.made_by_id = user_id
    row.save()


def end(row: DeadlineRule, *, now: datetime, user_id: int | None = None) -> None:
    """End an edition; ``user_id`` where no other follows it: the file does not bring it back by itself. One query."""
    row.closed_at = now
    row.made_by_id = user_id or row.made_by_id
    row.save()


def _kept(row: DeadlineRule) -> dict[str, Any]:
    fields = (field.attname for field in DeadlineRule._meta.concrete_fields)
    return {field: getattr(row, field) for field in fields if field not in ("id", "since", "closed_at", "made_by_id")}


def _add(values: Mapping[str, Any], *, user_id: int | None, now: datetime) -> DeadlineRule:
    return DeadlineRule.objects.create(**values, since=now, made_by_id=user_id)
