"""Files of a production calendar as people get them, told apart by content and checked before anything is believed.

Read are the XML and the JSON of xmlcalendar.ru, the CSV of data.gov.ru and our own JSON. Whatever is wrong with a file is
said in words for the person who loads it.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, NoReturn
from xml.parsers import expat

from mcu.calendar import FIXED_HOLIDAYS, SATURDAY, ProductionCalendar
from mcu.errors import Invalid
from mcu.text import system_words

Marks = dict[str, list[str]]
"""``{days_off, shortened, working_weekends}``: sorted lists of MM-DD."""

MOST_BYTES: Final = 1_000_000
FIRST_YEAR: Final = 1999
WORKING_DAYS: Final = range(200, 261)  # 219 in 2020, the year of «нерабочие дни»; 250 at most in any other
NAMES: Final = ("days_off", "shortened", "working_weekends")
_KEPT: Final = "Ничего не загружено, действует прежний календарь."
_OF_OLD: Final = frozenset({(1, 1), (1, 2), (1, 7)})  # holidays of every year before 2013, when the list grew to today's
_NEW_LIST_SINCE: Final = 2013
_MONTHS: Final = 12
_LONGEST_LINE: Final = 10_000
_DAY: Final = timedelta(days=1)
_MARKED_DAY: Final = re.compile(r"(\d{1,2})([*+]?)")
_OWN_DAY: Final = re.compile(r"(?:\d{4}-)?\d{2}-\d{2}(?:\.\.(?:\d{4}-)?\d{2}-\d{2})?")


class _Years:
    """Days collected from a file, year by year; a day said twice must be said alike."""

    def __init__(self, this_year: int) -> None:
        self.days: dict[int, dict[str, set[date]]] = {}
        self._last = this_year + 2

    def start(self, year: int) -> None:
        """Before any day of the year is walked: what lies far away cannot even be counted."""
        if not FIRST_YEAR <= year <= self._last:
            _refuse(f"{year} год не загрузить: можно с {FIRST_YEAR} по {self._last}. Проверьте год в файле")
        if year in self.days:
            _refuse(f"{year} год назван в файле дважды. Оставьте один")
        self.days[year] = {name: set() for name in NAMES}

    def add(self, name: str, day: date) -> None:
        self.days[day.year][name].add(day)


def read(path: Path) -> bytes:
    """The file's bytes. Raises ``Invalid`` where there is no such file or it cannot be a calendar by its size."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        _refuse(f"Файла «{path}» нет. Проверьте путь")
    except IsADirectoryError:
        _refuse(f"«{path}» — папка. Назовите файл календаря")
    except OSError as error:
        _refuse(f"Файл «{path}» не читается: {system_words(error)}. Проверьте права на него")
    if len(data) > MOST_BYTES:
        _refuse("Файл больше 1 МБ, а календарь года занимает несколько килобайт. Проверьте, тот ли это файл")
    return data


def parse(data: bytes, *, this_year: int) -> dict[int, Marks]:
    """The years of the file. Raises ``Invalid`` with what is wrong and what to do; a file is taken whole or not at all."""
    text = _text(data)
    found = _Years(this_year)
    if text.startswith("<"):
        _xml(text, found)
    elif text.startswith("{"):
        _json(text, found)
    elif "год" in text.partition("\n")[0].lower():
        _csv(text, found)
    else:
        _refuse("Это не календарь: файл не похож ни на XML, ни на JSON, ни на CSV. Возьмите calendar.xml с xmlcalendar.ru")
    if not found.days:
        _refuse("В файле нет ни одного года. Проверьте, тот ли это файл")
    years = {year: _stored(days) for year, days in sorted(found.days.items())}
    for year, days in found.days.items():
        _check(year, days, years[year])
    return years


def _refuse(problem: str) -> NoReturn:
    raise Invalid(f"{problem}. {_KEPT}")


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        _refuse("Файл не в кодировке UTF-8. Скачайте его заново или сохраните в UTF-8")
    if not text:
        _refuse("Файл пуст. Скачайте его заново")
    if "\0" in text:
        _refuse("Это не текстовый файл. Возьмите calendar.xml с xmlcalendar.ru")
    return text


def _year(value: object) -> int:
    if not re.fullmatch(r"\d{4}", said := _short(value)):
        _refuse(f"Год «{said}» записан неверно: нужны четыре цифры, например 2027. Исправьте файл")
    return int(said)


def _date(year: int, month: object, day: object, said: object) -> date:
    try:
        return date(year, int(str(month)), int(str(day)))
    except (ValueError, OverflowError):
        _refuse(f"Даты «{_short(said)}» в {year} году нет. Исправьте файл или скачайте его заново")


def _short(value: object) -> str:
    """The value as a refusal names it; lists in lists, however deep, are never written out."""
    return str(value)[:40] if isinstance(value, str | int | float) else "…"


# XML of xmlcalendar.ru: only what differs from an ordinary week is listed.
_OF_TYPE: Final = {"1": "days_off", "2": "shortened", "3": "working_weekends"}


def _xml(text: str, found: _Years) -> None:
    """Read with a parser that knows no entities and takes no DTD.

    The text has been decoded already, so whatever encoding the file names is of no account.
    """
    parser = expat.ParserCreate("UTF-8")
    years: list[int] = []

    def no_dtd(*_: object) -> NoReturn:
        _refuse("В файле есть DOCTYPE: это страница сайта или чужой документ. Скачайте сам файл calendar.xml")

    def start(name: str, attributes: dict[str, str]) -> None:
        if not years:
            if name != "calendar":
                _refuse(f"Это не календарь: файл начинается с <{_short(name)}>, а не с <calendar>. Скачайте calendar.xml")
            country = attributes.get("country") or attributes.get("lang", "ru")
            if country != "ru":
                _refuse(f"Это календарь другой страны («{_short(country)}»). Нужен российский")
            years.append(_year(attributes.get("year", "")))
            found.start(years[0])
        elif name == "day":
            _xml_day(attributes, years[0], found)

    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = no_dtd
    parser.StartElementHandler = start
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        _refuse(f"XML испорчен в строке {error.lineno}. Скачайте файл заново")


def _xml_day(attributes: dict[str, str], year: int, found: _Years) -> None:
    said, kind = attributes.get("d", ""), attributes.get("t", "")
    month, _, number = said.partition(".")
    day = _date(year, month, number, said)
    if kind not in _OF_TYPE:
        _refuse(
            f"У дня {said} непонятный вид «{_short(kind)}»: бывает 1 — выходной, 2 — сокращённый, 3 — рабочий. Исправьте файл"
        )
    found.add(_OF_TYPE[kind], day)


def _json(text: str, found: _Years) -> None:
    try:
        data: Any = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:  # a ValueError of its own: a number of thousands of digits
        where = f" в строке {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        _refuse(f"JSON испорчен{where}. Скачайте файл заново")
    if "months" in data or "year" in data:
        _json_of_months(data, found)
        return
    for year, marks in data.items():
        _own(_year(year), marks, found)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys stand once each: of two the reader would silently keep the last."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        _refuse(f"«{_short(next(name for name in names if names.count(name) > 1))}» стоит в файле дважды. Оставьте один раз")
    return found


def _json_of_months(data: Mapping[str, Any], found: _Years) -> None:
    """JSON of xmlcalendar.ru: every day off is listed, Saturdays and Sundays with the rest."""
    year = _year(data.get("year", ""))
    found.start(year)
    months = data.get("months")
    if not isinstance(months, list) or not all(isinstance(month, dict) for month in months):
        _refuse("В файле нет месяцев. Скачайте его заново")
    named = {_short(month.get("month")): month.get("days") for month in months}
    _months(year, [named.get(str(number)) for number in range(1, _MONTHS + 1)], found)


def _csv(text: str, found: _Years) -> None:
    """CSV of data.gov.ru: a line a year, a column a month, every day off listed."""
    lines = text.splitlines()
    # Measured here: the reader's own limit is one for the whole process, and other parts lift it.
    if too_long := next((number for number, line in enumerate(lines, start=1) if len(line) > _LONGEST_LINE), 0):
        _refuse(f"CSV испорчен в строке {too_long}. Скачайте файл заново")
    reader = csv.reader(lines)
    try:
        rows = list(reader)
    except csv.Error:
        _refuse(f"CSV испорчен в строке {reader.line_num}. Скачайте файл заново")
    for row in rows[1:]:
        if row:
            year = _year(row[0].strip())
            found.start(year)
            _months(year, row[1 : _MONTHS + 1], found)


def _months(year: int, months: Iterable[object], found: _Years) -> None:
    """Lists of days off such as `1,2,3+,30*`: `*` is a shortened day of work, `+` a day off moved here."""
    listed: set[date] = set()
    number = 0
    for number, days in enumerate(months, start=1):
        if not isinstance(days, str) or not days.strip():
            _refuse(f"В файле нет дней за {number}-й месяц {year} года. Скачайте его заново")
        for said in days.split(","):
            match = _MARKED_DAY.fullmatch(said.strip())
            if match is None:
                _refuse(f"День «{_short(said)}» за {number}-й месяц {year} года непонятен. Скачайте файл заново")
            day = _date(year, number, match[1], f"{match[1]}.{number:02}")
            if match[2] == "*":
                found.add("shortened", day)
            else:
                listed.add(day)
    if number < _MONTHS:
        _refuse(f"В файле {number} месяцев {year} года из 12. Скачайте его заново")
    for day in _days_of(year):
        weekend = day.weekday() >= SATURDAY
        if day in listed and not weekend:
            found.add("days_off", day)
        elif weekend and day not in listed:
            found.add("working_weekends", day)
        elif day in listed and (day.month, day.day) in FIXED_HOLIDAYS:
            found.add("days_off", day)


def _own(year: int, marks: object, found: _Years) -> None:
    """Our own form: lists of MM-DD, MM-DD..MM-DD or YYYY-MM-DD."""
    found.start(year)
    if not isinstance(marks, dict) or not all(isinstance(days, list) for days in marks.values()):
        _refuse(f"{year} год записан неверно: нужны списки days_off, shortened и working_weekends. Исправьте файл")
    if unknown := sorted(set(marks) - set(NAMES)):
        _refuse(f"Непонятное слово «{_short(unknown[0])}» в {year} году: бывают days_off, shortened, working_weekends")
    for name, days in marks.items():
        for item in days:
            if not isinstance(item, str) or not _OWN_DAY.fullmatch(item):
                _refuse(f"День «{_short(item)}» в {year} году записан неверно: нужно 01-31, 01-01..01-08 или {year}-01-31")
            first, _, last = item.partition("..")
            day, end = _own_day(year, first), _own_day(year, last or first)
            if end < day:
                _refuse(f"«{item}» в {year} году кончается раньше, чем начинается. Исправьте файл")
            while day <= end:
                found.add(name, day)
                day += _DAY


def _own_day(year: int, said: str) -> date:
    *years, month, number = said.split("-")
    if years and int(years[0]) != year:
        _refuse(f"День «{said}» записан в {year} году, а год у него другой. Исправьте файл")
    return _date(year, month, number, said)


def _stored(days: Mapping[str, set[date]]) -> Marks:
    # A shortened Saturday is a worked one: the published calendars mark it once only.
    moved = {day for day in days["shortened"] if day.weekday() >= SATURDAY}
    return {
        name: [f"{day:%m-%d}" for day in sorted(found | (moved if name == "working_weekends" else set()))]
        for name, found in days.items()
    }


def _check(year: int, days: Mapping[str, set[date]], stored: Marks) -> None:
    """Whether the year can be a production calendar of Russia at all."""
    both = sorted(days["days_off"] & (days["shortened"] | days["working_weekends"]))
    if both:
        _refuse(f"{both[0]:%d.%m.%Y} в файле и выходной, и рабочий. Исправьте файл или скачайте его заново")
    weekday = sorted(day for day in days["working_weekends"] if day.weekday() < SATURDAY)
    if weekday:
        _refuse(f"{weekday[0]:%d.%m.%Y} назван рабочим выходным, а это будний день. Проверьте, тот ли год в файле")
    calendar = ProductionCalendar.from_mapping({str(year): stored})
    holidays = FIXED_HOLIDAYS if year >= _NEW_LIST_SINCE else _OF_OLD
    worked = [day for day in _days_of(year) if calendar.is_working_day(day)]
    if missing := [day for day in worked if (day.month, day.day) in holidays]:
        what = "новогодних праздников" if missing[0].month == 1 else f"праздника {missing[0]:%d.%m}"
        _refuse(f"В календаре {year} года нет {what}: {missing[0]:%d.%m.%Y} рабочий день. Скачайте полный календарь")
    if len(worked) not in WORKING_DAYS:
        _refuse(
            f"В {year} году вышло рабочих дней: {len(worked)}; бывает от {WORKING_DAYS[0]} до {WORKING_DAYS[-1]}. "
            "Файл неполный или испорчен: скачайте его заново"
        )


def _days_of(year: int) -> Iterator[date]:
    return (date(year, 1, 1) + timedelta(days=n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days))
