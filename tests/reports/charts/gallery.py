"""Every kind of chart once, with numbers as they come: a template for tests and for looking at them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from reports import charts
from reports.charts import Cell, Mark, Place, Series

MONTHS: Final = ("янв", "фев", "мар", "апр", "май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
HOSTILE: Final = '<script>alert("1")</script>&\'"'
FACTS: Final = (0.91, 0.93, None, 0.88, 0.95, 0.97, 0.9, 0.92, 0.94, 0.96, None, None)
TOPICS: Final = ("Дороги", "ЖКХ: отопление и горячая вода в многоквартирных домах", "Отлов животных", "Благоустройство")
TOWNS: Final = (
    ("Белоярский", 120, 0.35, 62.0, 66.7),
    ("Октябрьское", 84, 0.05, 62.46, 66.05),
    ("Приобье", 70, 0.12, 62.5, 65.5),
    ("Приобье-2", 3, None, 62.51, 65.52),
    ("Андра", 22, 0.0, 62.51, 65.9),
    ("Безымянный", 4, 0.5, None, None),
)


def bars(**kw: Any) -> str:
    marks = [Mark(name, 40 - 9 * n, f"/cases/{n}", before=30 + n) for n, name in enumerate(TOPICS)]
    return charts.bars(marks, title="Поступило по темам", **kw)


def columns(**kw: Any) -> str:
    marks = [Mark(month, 1200 + 37 * n, f"/m/{n}", before=1300) for n, month in enumerate(MONTHS)]
    return charts.column_chart(marks, title="Поступило по месяцам", **kw)


def plan(**kw: Any) -> str:
    marks = [
        Mark(month, value, f"/m/{n}", words="" if value is None else f"{round(100 * value)} %")
        for n, (month, value) in enumerate(zip(MONTHS, FACTS, strict=True))
    ]
    return charts.lines([Series("В срок", marks, plan=[0.95] * 12)], title="Отвечено в срок", share=True, **kw)


def lines(**kw: Any) -> str:
    rows = [
        Series(name, [Mark(month, 10 + (n * 7 * k) % 23, f"/b/{k}") for n, month in enumerate(MONTHS)])
        for k, name in enumerate(TOPICS, start=1)
    ]
    return charts.lines(rows, title="Темы по месяцам", **kw)


def stacked(**kw: Any) -> str:
    rows = [
        Series(name, [Mark(f"{n + 1} нед", 5 + (n * k) % 9, f"/w/{n}/{k}") for n in range(10)])
        for k, name in enumerate((*TOPICS, "Прочее"), start=1)
    ]
    return charts.stacked(rows, title="Недели по темам", **kw)


def matrix(**kw: Any) -> str:
    towns = [town[0] for town in TOWNS]
    numbers = [[(3 * row + 7 * column) % 40 if row != column else None for column in range(6)] for row in range(4)]
    shades = charts.levels([number for row in numbers for number in row])
    cells = [
        [Cell(number, shades[row * 6 + place], f"/c/{row}/{place}") for place, number in enumerate(numbers[row])]
        for row in range(4)
    ]
    return charts.matrix(TOPICS, towns, cells, title="Темы по населённым пунктам", **kw)


def places(**kw: Any) -> str:
    towns = [Place(name, count, late, lat, lon, f"/s/{name}") for name, count, late, lat, lon in TOWNS]
    return charts.settlements(towns, title="Карта населённых пунктов", **kw).svg


def multiples(**kw: Any) -> str:
    rows = [
        Series(f"Блок «{name}»", [Mark(month, (n * k * 5) % 31, f"/x/{k}/{n}") for n, month in enumerate(MONTHS)])
        for k, name in enumerate(TOPICS, start=1)
    ]
    return charts.multiples(rows, title="Блоки по месяцам", **kw)


GALLERY: Final[dict[str, Callable[..., str]]] = {
    "bars": bars,
    "columns": columns,
    "plan": plan,
    "lines": lines,
    "stacked": stacked,
    "matrix": matrix,
    "places": places,
    "multiples": multiples,
}
