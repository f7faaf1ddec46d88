"""What is said of an indicator against the plan of its year, and how its forecast was made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from reports.indicators import DEFINITIONS
from reports.paper import Cell

Row = Mapping[str, Any]
Figures = Mapping[str, Any]

_METHODS: Final = {
    "mean": "к итогу с начала года прибавлены оставшиеся месяцы, каждый — как в среднем последние три",
    "joining": "к получателям с публикациями с начала года каждый месяц прибавляется столько новых, сколько в среднем"
    " за последние три",
    "to_date": "доля с начала года, потому что записей мало",
}
_LAST_MONTH: Final = "-12"


def is_final(figures: Figures) -> bool:
    """Whether the year of the plan is over: only then it is reached or not."""
    month: str = figures["month"]
    return month.endswith(_LAST_MONTH)


def outlook_words(figures: Figures) -> str:
    """By which method each indicator is carried on to December: «Прогноз. 1, 2: …. 3: ….»."""
    if is_final(figures):
        return "Год закончен: прогноз — это итог года."
    numbers: dict[str, list[str]] = defaultdict(list)
    for row in figures["rows"]:
        # Reports counted before the method was kept carried all but recipients on by the mean.
        usual = "joining" if DEFINITIONS[row["code"]].ahead == "joining" else "mean"
        numbers[row.get("ahead", usual)].append(str(row["number"]))
    told = (f"{', '.join(numbers[method])} — {words}." for method, words in _METHODS.items() if method in numbers)
    return f"Прогноз по показателям: {' '.join(told)}" if numbers else ""


def verdict(row: Row, figures: Figures) -> Cell:
    """In words, so that it reads without colour; final only when the year is over."""
    if row["plan"] is None:
        return Cell("План на год не задан")
    if row["reached"] is None:
        return Cell("Нет данных")
    if is_final(figures):
        return Cell("Достигнут", tone="good") if row["reached"] else Cell("Не достигнут", tone="bad")
    if not row["reached"]:
        return Cell(f"Пока ниже плана, по прогнозу {'будет выполнен' if row['forecast_reached'] else 'тоже'}")
    of = row["year"]
    is_equal = of["numerator"] * 100 == row["plan"] * of["denominator"]
    words = "На уровне плана" if is_equal else "Выше плана"
    return Cell(words if row["forecast_reached"] else f"{words}, но по прогнозу не удержится")
