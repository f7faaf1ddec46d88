"""What a slice of the planning data may be made of: dimensions, measures, filters; read from an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal
from zoneinfo import ZoneInfo

from django.db.models import F, Func, Q, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import TruncMonth, TruncWeek

from blocks.models import Block, Center, CenterRow, Recipient, Settlement, Source, Topic
from mcu.errors import Invalid
from messages.models import Regime
from reports.cases import NARROWED_BY, UNKNOWN, is_id
from reports.paper import Form
from reports.periods import Period

LONGEST_WORDS: Final = 100
Kind = Literal["row", "regime", "time", "address"]
# From a flat, an office or a room on an address tells of a person, not of a place.
_FLAT: Final = r"[\s,;]*(кв|квартира|комн|комната|оф|офис|пом)\.?\s*№?\s*\d.*$"


def place(of: str = "") -> Func:
    """The case's address without its flat."""
    return Func(F(f"{of}address"), Value(_FLAT), Value(""), Value("i"), function="REGEXP_REPLACE", output_field=TextField())


@dataclass(frozen=True, slots=True)
class Dimension:
    """By what rows or columns stand; ``of_moment`` where it is a part of the time of the event."""

    code: str
    title: str
    kind: Kind
    model: type[CenterRow] | None = None
    unknown: str = ""

    def key(self, of: str, moment: str, tz: ZoneInfo) -> Combinable:
        """Its expression for rows that lead to the case by ``of`` and have their moment in the field."""
        match self.kind:
            case "time":
                return (TruncWeek if self.code == "week" else TruncMonth)(moment, tzinfo=tz)
            case "address":
                return place(of)
        return F(f"{of}{NARROWED_BY[self.code]}")


DIMENSIONS: Final = {
    one.code: one
    for one in (
        Dimension("settlement", "Населённый пункт", "row", Settlement, "место не указано"),
        Dimension("topic", "Тема", "row", Topic, "тема не указана"),
        Dimension("block", "Блок", "row", Block, "блок не назначен"),
        Dimension("recipient", "Ответственный получатель", "row", Recipient, "получатель не назначен"),
        Dimension("source", "Источник", "row", Source),
        Dimension("regime", "Правовой режим", "regime"),
        Dimension("month", "Месяц", "time"),
        Dimension("week", "Неделя", "time"),
        Dimension("address", "Адрес (объект)", "address", None, "адрес не указан"),
    )
}


@dataclass(frozen=True, slots=True)
class Measure:
    """What is counted: its form, and the figure of ``reports.cases`` whose cases it opens."""

    code: str
    title: str
    form: Form
    figure: str
    is_now: bool = False


MEASURES: Final = {
    one.code: one
    for one in (
        Measure("received", "Поступило", Form.COUNT, "received"),
        Measure("answered", "Отвечено", Form.COUNT, "answered"),
        Measure("in_time", "Доля ответов в срок", Form.SHARE, "in_time"),
        Measure("late", "Отвечено с опозданием", Form.COUNT, "late"),
        Measure("score", "Средняя оценка заявителей", Form.TENTHS, "scored"),
        Measure("overdue", "Просрочено сейчас", Form.COUNT, "overdue", is_now=True),
    )
}


@dataclass(frozen=True, slots=True)
class Slice:
    """What was asked for."""

    center: Center
    period: Period
    rows: Dimension
    columns: Dimension | None
    measure: Measure
    by: Mapping[str, str] = field(default_factory=dict)
    words: str = ""

    def scope(self, of: str = "") -> Q:
        """The filters, for rows that lead to the case by ``of``; words are looked for apart."""
        found = Q()
        for name, value in self.by.items():
            column = f"{of}{NARROWED_BY[name]}"
            found &= Q(**{f"{column}__isnull": True}) if value == UNKNOWN else Q(**{column: value})
        return found


FILTERS: Final = ("settlement", "topic", "block", "recipient", "source", "regime")


def read(address: Mapping[str, str], center: Center, period: Period) -> Slice:
    """The slice of an address; left out: what was received by settlement. Raises Invalid where parts do not go together."""
    rows = DIMENSIONS.get(address.get("rows", ""), DIMENSIONS["settlement"])
    columns = DIMENSIONS.get(address.get("columns", ""))
    measure = MEASURES.get(address.get("measure", ""), MEASURES["received"])
    if columns is not None and columns.kind == "address":
        raise Invalid("Адресов много: поставьте их в строки.", {"columns": "не адрес"})
    if measure.is_now and "time" in {rows.kind, columns.kind if columns else ""}:
        raise Invalid(
            "Просрочено сейчас не раскладывается по времени: выберите другой показатель или разрез.", {"measure": "сейчас"}
        )
    return Slice(
        center,
        period,
        rows,
        columns if columns is not rows else None,
        measure,
        {name: address[name] for name in FILTERS if _is_value(name, address.get(name, ""))},
        address.get("words", "").replace("\x00", "").strip()[:LONGEST_WORDS],
    )


def _is_value(name: str, value: str) -> bool:
    return value in Regime.values if name == "regime" else value == UNKNOWN or is_id(value)


class Names:
    """What the keys of dimensions are called, in the charter's order; each list is read once."""

    def __init__(self, center: Center) -> None:
        self._center = center
        self._read: dict[str, dict[str, str]] = {}

    def of(self, dimension: Dimension) -> dict[str, str]:
        """By key. One query, the first time."""
        if dimension.code not in self._read:
            self._read[dimension.code] = self._names(dimension)
        return self._read[dimension.code]

    def _names(self, dimension: Dimension) -> dict[str, str]:
        if dimension.kind == "regime":
            return {value: str(label) for value, label in Regime.choices}
        if dimension.model is None:
            return {}
        rows = dimension.model._default_manager.filter(center=self._center).order_by("order", "pk")
        return {str(row.pk): getattr(row, "short", "") or row.name for row in rows}
