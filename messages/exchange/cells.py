"""From a cell to a value, whatever shape a program has given it: widgets of django-import-export, both ways.

``clean`` raises ``ValueError`` with what was expected, as the end of the sentence «Столбец «…»: …».
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from import_export import widgets

from mcu.text import clean_text

EMPTY: Final = frozenset({"", "-", "–", "—", "−", "н/д", "нет данных", "null", "none", "nan", "#н/д", "#n/a"})
CELL_LENGTH: Final = 50_000  # letters of one cell
SCORES: Final = range(1, 6)

_MENTION: Final = re.compile(r"\[(?:id|club|public|event)\d+(?::bp-?\d+_\d+)?\|([^\[\]|]*)\]")
_BREAK: Final = re.compile(r"<\s{0,9}br\s{0,9}/?\s{0,9}>", re.I)
_YES: Final = frozenset({"да", "1", "1.0", "true", "истина", "yes", "+", "✓"})
_NO: Final = frozenset({"нет", "0", "0.0", "false", "ложь", "no"})
_FORMS: Final = (
    "%d.%m.%Y",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%y",
    "%d.%m.%y %H:%M",
    "%d/%m/%Y",
    "%d/%m/%Y %H:%M:%S",
    "%d.%m.%Y, %H:%M",
    "%d.%m.%Y, %H:%M:%S",
)
_SERIAL_START: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet's own time has no zone
_SERIALS: Final = (20_000, 80_000)  # days from 1954 to 2119
_YEARS: Final = range(1990, 2100)
_LONGEST: Final = timedelta(days=3650)
_SHOWABLE: Final = re.compile(r"[\d\s.,:/\\-]{1,40}")  # digits name nobody
_LASTED: Final = re.compile(
    r"(?:(\d{1,5})\s{0,9}(?:д\.?|дн\.?|days?,?)\s{0,9})?(\d{1,6}):([0-5]?\d)(?::([0-5]?\d)(?:[.,](\d{1,20}))?)?"
)


def is_empty(value: Any) -> bool:
    """Whether the cell says nothing: blank, a dash, «н/д»."""
    return value is None or (isinstance(value, str) and value.strip().strip("'").casefold() in EMPTY)


def plain(value: Any) -> str:
    """The cell as words: an exporter's apostrophe and markup away, whole numbers without their «.0»."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Да" if value else "Нет"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if not isinstance(value, str):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else str(value)
    text = clean_text(value.removeprefix("'"))
    if "<" in text:
        text = _BREAK.sub("\n", text)
    if "|" in text:
        text = _MENTION.sub(r"\1", text)
    return text


def quoted(value: Any) -> str:
    """The cell as an explanation may show it: digits and dots; words could name somebody."""
    text = plain(value)
    return f"«{text}» — " if _SHOWABLE.fullmatch(text) else ""


class Cell(widgets.Widget):
    """What every reader of a cell shares: an empty cell is None."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        if is_empty(value):
            return None
        try:
            return self.read(value)
        except ArithmeticError:
            raise ValueError("число слишком велико") from None

    def read(self, value: Any) -> Any:
        """The value of a cell that says something."""
        raise NotImplementedError

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return "" if value is None else value


class Text(Cell):
    """Words; "" where the cell says nothing."""

    def __init__(self, length: int = CELL_LENGTH) -> None:
        super().__init__()
        self.length = length

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        return "" if is_empty(value) else self.read(value)

    def read(self, value: Any) -> str:
        text = plain(value)
        if len(text) > self.length:
            raise ValueError(f"слишком длинно: {len(text)} знаков, можно не больше {self.length}")
        return "" if text.casefold() in EMPTY else text


class Key(Text):
    """A number that names something: «2246», also where a table program made 2246.0 of it."""

    def read(self, value: Any) -> str:
        text = " ".join(super().read(value).split())
        return text.removesuffix(".0") if text.removesuffix(".0").isdigit() else text


class Moment(Cell):
    """A moment of a sheet: a cell of time, text in one of the known shapes, or a serial number of days."""

    expected = "нужна дата вида 31.12.2026 или 2026-12-31 14:30:00"

    def read(self, value: Any) -> datetime:
        found = _moment(value)
        if found is None or found.year not in _YEARS:
            raise ValueError(f"{quoted(value)}не дата: {self.expected}")
        return found

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else f"{value:%Y-%m-%d %H:%M:%S}"


class Day(Moment):
    """A moment of which only the day is told."""

    expected = "нужна дата вида 31.12.2026"

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else f"{value:%d.%m.%Y}"


class MomentIfAny(Moment):
    """A moment, in a column where other layouts keep a length of time: what is no moment says nothing."""

    def read(self, value: Any) -> datetime | None:  # type: ignore[override]
        found = _moment(value)
        return found if found is not None and found.year in _YEARS else None


class Lasted(Cell):
    """A length of time: a cell of time, «1:20:00», «2 дн. 01:20», days as a number."""

    def read(self, value: Any) -> timedelta:
        if isinstance(value, timedelta):
            found: timedelta | None = value
        elif isinstance(value, time):
            found = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)
        elif isinstance(value, datetime):  # a program that took a length of time for a moment counts from its first day
            found = value.replace(tzinfo=None) - _SERIAL_START
        else:
            found = _lasted(value)
        if found is None or not timedelta(0) <= found < _LONGEST:
            raise ValueError(f"{quoted(value)}не длительность: нужно время вида 1:20:00")
        return found


class YesNo(Cell):
    """Да or Нет."""

    def read(self, value: Any) -> bool:
        if isinstance(value, bool):
            return value
        word = plain(value).casefold()
        if word in _YES:
            return True
        if word in _NO:
            return False
        raise ValueError(f"{quoted(value)}непонятно: нужно «Да» или «Нет»")

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else "Да" if value else "Нет"


class Score(Cell):
    """The applicant's score, 1 to 5; «Не оценено» and 0 say nothing."""

    strict = True

    def read(self, value: Any) -> int | None:
        text = plain(value).replace(",", ".")
        number = int(float(text)) if re.fullmatch(r"\d(?:\.0+)?(?:\s*из\s*5)?", text) is None else int(text[0])
        return self._judged(number, value)

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> int | None:
        if is_empty(value) or plain(value).casefold() in ("не оценено", "нет оценки", "без оценки", "0"):
            return None
        try:
            return self.read(value)
        except (ValueError, OverflowError):  # «1e999» is a number without end
            if not self.strict:
                return None
            raise ValueError(f"{quoted(value)}не оценка: нужно число от 1 до 5") from None

    def _judged(self, number: int, value: Any) -> int:
        if number not in SCORES:
            raise ValueError("out of range")
        return number


class ScoreIfAny(Score):
    """A score, in a column that may also hold words."""

    strict = False


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a sheet's own time has no zone
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _of_serial(value)
    if not isinstance(value, str):
        return None
    return _of_text(" ".join(value.strip().removeprefix("'").split()))


def _of_text(text: str) -> datetime | None:
    if text[4:5] == "-":  # the commonest, and the quickest to read
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            return None
    for form in _FORMS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - a sheet's own time has no zone
        except ValueError:
            continue
    number = text.replace(",", ".")
    return _of_serial(float(number)) if re.fullmatch(r"\d{5}(?:\.\d+)?", number) else None


def _of_serial(days: float) -> datetime | None:
    low, high = _SERIALS
    if not low <= days < high:
        return None
    seconds = round(days * 86_400)  # a day's part is written with less than a second's precision
    return _SERIAL_START + timedelta(seconds=seconds)


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
