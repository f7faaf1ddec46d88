"""A register as a file: XLSX for people, CSV for machines, and the empty template. Words are written as words, never run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

import xlsxwriter
from django.db import models
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from blocks.models import Center
from mcu.cells import guarded
from mcu.workbooks import AS_WORDS, BASE, GREY, HEADER, TITLE, fitting, on_paper
from reports.registers.choices import Choices
from reports.registers.resource import RegisterResource
from reports.registers.rights import Reach
from reports.registers.table import NUMBER, Register

MOST: Final = 50_000  # rows of a file
_FILLED: Final = 1_000  # lines of the template that offer lists
_LISTED: Final = "Списки"


@dataclass(frozen=True)
class Heading:
    """Whose register it is and when the file was made."""

    center: Center
    made_at: datetime
    conditions: str = ""

    @property
    def made(self) -> str:
        return f"Выгружено {self.made_at.astimezone(self.center.tz):%d.%m.%Y в %H:%M}"


def lines(register: Register, center: Center, rows: Iterable[Any]) -> Iterator[list[Any]]:
    """The rows as the resource writes them: days as days, numbers as numbers, all else words."""
    resource = RegisterResource(register, Choices(center), own=Reach(register), today=date.min)
    columns = [resource.fields[name] for name in register.fields]
    for row in rows:
        yield [row.number, *(column.export(row) for column in columns)]


def as_csv(register: Register, center: Center, rows: Iterable[Any]) -> bytes:
    """UTF-8 with semicolons. What would run as a formula gets an apostrophe, which the import takes off again."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=";")
    writer.writerow(register.headers())
    for line in lines(register, center, rows):
        writer.writerow([_plain(value) for value in line])
    return stream.getvalue().encode("utf-8-sig")


def as_xlsx(register: Register, heading: Heading, rows: Iterable[Any]) -> bytes:
    """A sheet with frozen header, filter and print area; beside it when and by which conditions it was made."""
    stream = io.BytesIO()
    with _workbook(stream, register, heading) as workbook:
        book = _Book(workbook)
        sheet = workbook.add_worksheet(_sheet_name(register))
        last = book.table(sheet, register, lines(register, heading.center, rows))
        _print(sheet, heading.center, last, len(register.fields))
        book.about(register, heading)
    return stream.getvalue()


def template(register: Register, heading: Heading) -> bytes:
    """An empty table with the register's headers, lists to choose from, and how to fill it in."""
    stream = io.BytesIO()
    choices = Choices(heading.center)
    with _workbook(stream, register, heading) as workbook:
        book = _Book(workbook)
        sheet = workbook.add_worksheet(_sheet_name(register))
        book.table(sheet, register, ())
        listed = {
            name: [label for _, label in choices.of(register, name)] for name in register.fields if _is_choice(register, name)
        }
        _print(sheet, heading.center, 1, len(register.fields))
        book.guide(register)
        book.lists(sheet, register, listed)
    return stream.getvalue()


class _Book:
    """The formats and the sheets of a register's workbook."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._text: Format = workbook.add_format({**BASE, "text_wrap": True, "num_format": "@"})
        self._day: Format = workbook.add_format({**BASE, "num_format": "dd.mm.yyyy", "align": "left"})
        self._number: Format = workbook.add_format({**BASE, "num_format": "#,##0"})
        self._decimal: Format = workbook.add_format({**BASE, "num_format": "0.##"})
        self._grey: Format = workbook.add_format({**BASE, "font_color": GREY, "text_wrap": True})
        self._title: Format = workbook.add_format(TITLE)
        self._header: Format = workbook.add_format(HEADER)

    def table(self, sheet: Worksheet, register: Register, rows: Iterable[list[Any]]) -> int:
        """Header and rows; the number of the last line."""
        for place, title in enumerate(register.headers()):
            form, width = self._column(register, register.fields[place - 1]) if place else (self._number, 9)
            sheet.set_column(place, place, width, form)
            sheet.write_string(0, place, title, self._header)
        line = 0
        for line, row in enumerate(rows, start=1):
            for place, value in enumerate(row):
                self._cell(sheet, line, place, value)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, max(line, 1), len(register.fields))
        return max(line, 1)

    def about(self, register: Register, heading: Heading) -> None:
        """The sheet «Сведения»."""
        sheet = self._workbook.add_worksheet("Сведения")
        sheet.set_column(0, 0, 90)
        sheet.write_string(0, 0, register.name, self._title)
        told = (heading.center.name, heading.made, heading.conditions, register.about, register.clause)
        for line, words in enumerate((one for one in told if one), start=1):
            sheet.write_string(line, 0, words, self._grey)

    def guide(self, register: Register) -> None:
        """The sheet «Как заполнять»."""
        sheet = self._workbook.add_worksheet("Как заполнять")
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 1, 90)
        sheet.write_string(0, 0, register.name, self._title)
        sheet.write_string(1, 0, NUMBER)
        sheet.write_string(1, 1, "Пусто у новой записи. У выгруженной — её номер: по нему запись находят и меняют.", self._grey)
        for line, name in enumerate(register.fields, start=2):
            sheet.write_string(line, 0, register.title(name))
            sheet.write_string(line, 1, _how(register, name), self._grey)

    def lists(self, sheet: Worksheet, register: Register, listed: dict[str, list[str]]) -> None:
        """Values to choose from, on a sheet of their own, offered in the cells of the table."""
        if not listed:
            return
        store = self._workbook.add_worksheet(_LISTED)
        for column, (name, values) in enumerate(listed.items()):
            store.set_column(column, column, 40)
            store.write_string(0, column, register.title(name), self._header)
            for line, value in enumerate(values, start=1):
                store.write_string(line, column, fitting(value))
            if values:
                source = f"='{_LISTED}'!${_letter(column)}$2:${_letter(column)}${len(values) + 1}"
                place = register.fields.index(name) + 1
                sheet.data_validation(1, place, _FILLED, place, {"validate": "list", "source": source, "error_type": "warning"})

    def _column(self, register: Register, name: str) -> tuple[Format, int]:
        field = register.of(name)
        if isinstance(field, models.DateField):
            return self._day, 13
        if isinstance(field, models.DecimalField):
            return self._decimal, 12
        if isinstance(field, models.IntegerField):
            return self._number, 13
        if _is_choice(register, name):
            return self._text, 26
        return self._text, 50 if isinstance(field, models.TextField) or (field.max_length or 0) >= 300 else 28

    def _cell(self, sheet: Worksheet, line: int, place: int, value: Any) -> None:
        if value is None or value == "":
            return
        if isinstance(value, date):
            sheet.write_datetime(line, place, value, self._day)
        elif isinstance(value, Decimal | int):
            sheet.write_number(line, place, value, self._decimal if isinstance(value, Decimal) else self._number)
        else:
            sheet.write_string(line, place, fitting(str(value)), self._text)


def _workbook(stream: io.BytesIO, register: Register, heading: Heading) -> Workbook:
    workbook = xlsxwriter.Workbook(stream, {**AS_WORDS, "in_memory": True})
    created = heading.made_at.astimezone(UTC).replace(tzinfo=None)
    workbook.set_properties({"title": register.name, "author": heading.center.name, "created": created})
    return workbook


def _print(sheet: Worksheet, center: Center, last: int, columns: int) -> None:
    sheet.print_area(0, 0, last, columns)
    sheet.repeat_rows(0)
    on_paper(sheet, center.name)


def _how(register: Register, name: str) -> str:
    field = register.of(name)
    needed = "Нужно всегда." if not (field.blank or isinstance(field, models.BooleanField)) else ""
    form = ""
    if isinstance(field, models.DateField):
        form = "День, например 31.12.2026."
    elif isinstance(field, models.BooleanField):
        form = "«да» или «нет»."
    elif _is_choice(register, name):
        form = "Значение из списка в ячейке (лист «Списки»)."
    elif isinstance(field, models.IntegerField | models.DecimalField):
        form = "Число."
    return " ".join(part for part in (needed, form, register.helps.get(name, "")) if part)


def _is_choice(register: Register, name: str) -> bool:
    field = register.of(name)
    return isinstance(field, models.ForeignKey | models.BooleanField) or bool(field.choices) or name == "network"


def _sheet_name(register: Register) -> str:
    return register.name[:31]


def _letter(column: int) -> str:
    return chr(ord("A") + column)


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else guarded(str(value))
