"""How the columns of a register's files are read and written: by the kind of the field, its choices and its rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.db import models

from mcu import cells
from mcu.cells import Cell, fold, plain, quoted
from reports.models import ResidentDecision
from reports.registers.choices import Choices, name_of
from reports.registers.table import Register


class Text(cells.Text):
    """A text as it stands in the register: there a dash may say something."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        return plain(value)


class Day(cells.Day):
    """A day, written as one."""

    def render(self, value: date | None, obj: Any = None, **kwargs: Any) -> date | None:
        return value


class YesNo(cells.YesNo):
    """Да or нет; nothing is no."""

    nothing = False


class Whole(Cell):
    """A whole number, with spaces between thousands or without."""

    def read(self, value: Any) -> int:
        whole = "".join(plain(value).split()).removesuffix(".0").removesuffix(",0")
        if not (whole.isascii() and whole.isdigit() and len(whole) < 12):
            raise ValueError(f"{quoted(value)}не целое число")
        return int(whole)


class Fraction(Cell):
    """A number with hundredths."""

    def read(self, value: Any) -> Decimal:
        try:
            number = Decimal("".join(plain(value).split()).replace(",", "."))
        except InvalidOperation:
            raise ValueError(f"{quoted(value)}не число") from None
        if not number.is_finite() or abs(number) >= 10**12:
            raise ValueError(f"{quoted(value)}не число")
        return number.quantize(Decimal("0.01"))


class OneOf(Cell):
    """One of the choices, by its words or its code; ``several``: words that stand for more than one."""

    nothing: Any = ""

    def __init__(self, known: Mapping[str, Any], several: Iterable[str] = (), labels: Mapping[Any, str] | None = None) -> None:
        super().__init__()
        self.known, self.several, self.labels = known, frozenset(several), labels or {}

    def read(self, value: Any) -> Any:
        text = plain(value)
        if fold(text) in self.several:
            raise ValueError(f"«{text[:60]}» есть несколько: укажите как в шаблоне файла")
        if fold(text) not in self.known:
            raise ValueError(f"«{text[:60]}» нет в списке: возьмите значение из шаблона файла")
        return self.known[fold(text)]

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return self.labels.get(value, "" if value is None else str(value))


class OneRow(OneOf):
    """A row of another table by its name, short name or code."""

    nothing = None

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return "" if value is None else self.labels.get(value.pk, name_of(value))


def widget_of(register: Register, name: str, choices: Choices) -> Cell:
    """How a column is read and written."""
    field = register.of(name)
    if isinstance(field, models.ForeignKey):
        return _of_rows(choices, field.related_model)
    if name == "network":
        return OneOf({fold(one): one for one in choices.networks})
    if field.choices:
        labels = {value: str(label) for value, label in field.flatchoices}
        return OneOf({fold(words): value for value, label in labels.items() for words in (label, str(value))}, labels=labels)
    for kind, widget in _WIDGETS:
        if isinstance(field, kind):
            return widget()
    return Text()


_WIDGETS: Final[tuple[tuple[type[models.Field[Any, Any]], type[Cell]], ...]] = (
    (models.DateField, Day),
    (models.DecimalField, Fraction),
    (models.IntegerField, Whole),
    (models.BooleanField, YesNo),
)


def _of_rows(choices: Choices, model: Any) -> OneRow:
    rows = choices.rows(model)
    labels = dict(zip(rows, choices.labels(rows.values()), strict=True))
    known: dict[str, Any] = {}
    several: set[str] = set()
    for row in rows.values():
        for words in {fold(word) for word in _names(row)}:
            if words in known:
                several.add(words)
            known[words] = row
    for pk, label in labels.items():  # what the product itself writes is always understood
        known[fold(label)] = rows[pk]
        several.discard(fold(label))
    return OneRow(known, several, labels)


def _names(row: Any) -> list[str]:
    if isinstance(row, ResidentDecision):
        return [str(row.number), f"№ {row.number}", row.title, name_of(row)]
    return [one for one in (row.name, getattr(row, "short", ""), row.code, name_of(row)) if one]
