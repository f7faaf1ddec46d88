"""Cells of other systems' files beside those of all tables (``mcu.cells``): moments, lengths of time, scores."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from mcu import cells
from mcu.cells import SERIAL_START, Cell, moment, quoted

_MENTION: Final = re.compile(r"\[(?:id|club|public|event)\d+(?::bp-?\d+_\d+)?\|([^\[\]|]*)\]")
_BREAK: Final = re.compile(r"<\s{0,9}br\s{0,9}/?\s{0,9}>", re.I)
_LONGEST: Final = timedelta(days=3650)
_LASTED: Final = re.compile(
    r"(?:(\d{1,5})\s{0,9}(?:д\.?|дн\.?|days?,?)\s{0,9})?(\d{1,6}):([0-5]?\d)(?::([0-5]?\d)(?:[.,](\d{1,20}))?)?"
)
_SCORE: Final = re.compile(r"([1-5])(?:[.,]0{1,9})?(?:\s{0,9}из\s{0,9}5)?")
_NO_SCORE: Final = frozenset({"не оценено", "нет оценки", "без оценки", "0"})


def plain(value: Any) -> str:
    """The cell as words, also without an exporter's apostrophe and markup."""
    if not isinstance(value, str):
        return cells.plain(value)
    text = cells.plain(value.removeprefix("'"))
    if "<" in text:
        text = _BREAK.sub("\n", text)
    if "|" in text:
        text = _MENTION.sub(r"\1", text)
    return text


class Text(cells.Text):
    """Words without markup."""

    def words(self, value: Any) -> str:
        return plain(value)


class Key(Text):
    """A number that names something: «2246», also where a table program made 2246.0 of it."""

    def words(self, value: Any) -> str:
        text = " ".join(plain(value).split())
        return text.removesuffix(".0") if text.removesuffix(".0").isdigit() else text


class Moment(Cell):
    """A moment of a sheet, without a zone."""

    expected = "нужна дата вида 31.12.2026 или 2026-12-31 14:30:00"
    strict = True

    def read(self, value: Any) -> datetime | None:
        found = moment(value)
        if found is None and self.strict:
            raise ValueError(f"{quoted(value)}не дата: {self.expected}")
        return found


class Day(Moment):
    """A moment of which only the day is told."""

    expected = "нужна дата вида 31.12.2026"


class MomentIfAny(Moment):
    """A moment, in a column where other layouts keep a length of time: what is no moment says nothing."""

    strict = False


class Lasted(Cell):
    """A length of time: a cell of time, «1:20:00», «2 дн. 01:20», days as a number."""

    def read(self, value: Any) -> timedelta:
        if isinstance(value, timedelta):
            found: timedelta | None = value
        elif isinstance(value, time):
            found = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)
        elif isinstance(value, datetime):  # a program that took a length of time for a moment counts from its first day
            found = value.replace(tzinfo=None) - SERIAL_START
        else:
            found = _lasted(value)
        if found is None or not timedelta(0) <= found < _LONGEST:
            raise ValueError(f"{quoted(value)}не длительность: нужно время вида 1:20:00")
        return found


class Score(Cell):
    """The applicant's score, 1 to 5; «Не оценено» and 0 say nothing."""

    strict = True

    def read(self, value: Any) -> int | None:
        text = plain(value).casefold()
        if found := _SCORE.fullmatch(text):
            return int(found[1])
        if self.strict and text not in _NO_SCORE:
            raise ValueError(f"{quoted(value)}не оценка: нужно число от 1 до 5")
        return None


class ScoreIfAny(Score):
    """A score, in a column that may also hold words."""

    strict = False


def _lasted(value: Any) -> timedelta | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return timedelta(days=float(value)) if 0 <= value < _LONGEST.days else None  # also «nan», which is nowhere
    found = _LASTED.fullmatch(plain(value).casefold())
    if found is None:
        return None
    days, hours, minutes, seconds, part = found.groups()
    whole = timedelta(days=int(days or 0), hours=int(hours), minutes=int(minutes), seconds=int(seconds or 0))
    return whole + timedelta(seconds=float(f"0.{part or 0}"))


def aware(moment: datetime | None, tz: Any) -> datetime | None:
    """The sheet's local moment as one of the world, in UTC."""
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=tz)).astimezone(UTC)
