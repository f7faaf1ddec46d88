"""Figures in Russian words and figures, the same on the page and in the documents."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from django.utils.dateformat import format as format_date

from mcu.templatetags.mcu_ui import NBSP, percent, signed
from messages.terms import duration
from reports.cases import CASE_FIGURES
from reports.periods import Kind, Period
from reports.shape import Pair

NO_DATA: Final = "—"
# For which figures more is better, for which worse; of the others growth says nothing by itself.
BETTER_MORE: Final = frozenset({"in_time"})
BETTER_LESS: Final = frozenset({"late", "overdue", "breaches"})


def period(days: Period) -> str:
    """«16–22 ноября 2026 года», «30 ноября — 6 декабря 2026 года», «ноябрь 2026 года», «IV квартал 2026 года», «2026 год»."""
    first, last = days.first, days.last
    match days.kind:
        case Kind.MONTH:
            return f"{format_date(first, 'F').lower()} {first.year} года"
        case Kind.QUARTER:
            return f"{_ROMAN[first.month // 3]} квартал {first.year} года"
        case Kind.YEAR:
            return f"{first.year} год"
    end = format_date(last, "j E Y") + " года"
    if first == last:
        return end
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{end}"
    begin = format_date(first, "j E Y") + " года" if first.year != last.year else format_date(first, "j E")
    return f"{begin} — {end}"


_ROMAN: Final = ("I", "II", "III", "IV")


def moment(at: datetime, tz: ZoneInfo) -> str:
    """«23.11.2026 в 07:00», local time of the Center."""
    return f"{at.astimezone(tz):%d.%m.%Y в %H:%M}"


def day(value: str) -> str:
    """«пн 16» of an ISO date."""
    return format_date(date.fromisoformat(value), "D j").lower()


def share(value: float | None) -> str:
    return percent(value)


def took(seconds: float | None) -> str:
    """A mean time: «2 д 4 ч»."""
    return NO_DATA if seconds is None else duration(timedelta(seconds=seconds)).replace(" ", NBSP)


def growth(value: float | None) -> str:
    """The growth of a spike: «+150 %»; from nothing there is no percentage."""
    return "раньше не было" if value is None else f"{signed(round(100 * value))}{NBSP}%"


def mean(value: float) -> str:
    """«1,5» with a decimal comma."""
    return f"{value:.2f}".rstrip("0").rstrip(".").replace(".", ",")


def tone(figure: str, pair: Pair) -> Literal["", "good", "bad"]:
    """good, bad or nothing: what the change means, where it means anything."""
    difference = pair["now"] - pair["before"]
    if not difference or figure not in BETTER_MORE | BETTER_LESS:
        return ""
    return "good" if (difference > 0) == (figure in BETTER_MORE) else "bad"


def title(figure: str) -> str:
    return CASE_FIGURES[figure].title


def event(code: str) -> str:
    """What was done with a report."""
    return _EVENTS.get(code, code)


_EVENTS: Final = {
    "made": "Показатели посчитаны",
    "text": "Записан текст",
    "completed": "Передан руководителю",
    "returned": "Возвращён на доработку",
    "approved": "Утверждён",
    "presented": "Представлен",
    "corrected": "Начата исправленная версия",
    "read": "Прочитан",
}
