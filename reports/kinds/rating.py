"""The monthly rating of recipients, of the whole Center and of each source (КОР 3.2 2), 2.5 2), 2.6 2), 2.8 2))."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mcu.templatetags.mcu_ui import words as times
from reports import wording
from reports.kinds.base import HEAD, SOURCES, SUPPORT, Figures, Kind, Place, Subject, Words
from reports.paper import Cases, Cell, Chart, Column, Figure, Form, Prose, Section, Table
from reports.paper import Figures as Line
from reports.rating import count_rating

SUMMARY: Final = Place(
    "summary", "Главное за месяц", "Кто вырос, кто отстал и почему.", SUPPORT | SOURCES, asked_for="complete"
)
ANALYSIS: Final = Place("analysis", "Анализ и выводы руководителя", "Кого отметить, с кого спросить.", HEAD)

Row = Mapping[str, Any]
_PARTS: Final = {
    "in_time": "сроки",
    "completeness": "полнота",
    "satisfaction": "оценка заявителей",
    "no_repeats": "без возвратов",
}
_COUNTS: Final = {
    "received": "Поступило",
    "answered": "Отвечено",
    "in_time": "В срок",
    "late": "С опозданием",
    "complete": "В полном объёме",
    "part": "Частично",
    "formal": "Формально",
    "scored": "Оценили",
    "repeats": "Вернулось",
}
# Counted of the month's answers, whenever they came back; the figure ``repeats`` is what came back in the month.
_LISTS: Final = {"repeats": "came_back"}
_TIMES: Final = "раз,раза,раз"


def count(subject: Subject) -> dict[str, Any]:
    """The rating of the month."""
    return count_rating(subject.center, subject.period, subject.source)


def sections(figures: Figures, words: Words) -> tuple[Section, ...]:
    """Who stands where and why, who is not ranked, and the counts apart."""
    ranked = [row for row in figures["rows"] if row["place"] is not None]
    rest = [row for row in figures["rows"] if row["place"] is None]
    table = (rating(figures, ranked),) if ranked else ()
    return (
        Section("", (headline(figures, ranked), words.prose(SUMMARY)), code="totals"),
        Section("Анализ и выводы руководителя", (words.prose(ANALYSIS),), code="analysis"),
        Section("Рейтинг", table, code="rating", note=_how(figures)),
        Section("Вне рейтинга", (unranked(figures, rest),) if rest else (), code="unranked", note=_why(figures)),
        Section("Количество", (counts(figures),), code="counts", note=_nobody(figures)),
    )


def headline(figures: Figures, ranked: Sequence[Row]) -> Line | Prose:
    """How many are ranked, who is the best and who the last; in words where there is nobody to compare."""
    if not ranked:
        return Prose("", (_nobody_ranked(figures),))
    marked = [row["points"] for row in ranked]
    best, last = max(marked), min(marked)
    found = [Figure("В рейтинге", Cell(len(ranked), Form.COUNT), note=f"из {len(figures['rows'])} с сообщениями за месяц")]
    if best == last:
        found.append(Figure("Балл", Cell(best, Form.TENTHS), note=_names(ranked, best)))
        return Line(tuple(found), leading=True)
    found += [
        Figure("Средний балл", Cell(round(sum(marked) / len(marked), 2), Form.TENTHS)),
        Figure("Лучший", Cell(best, Form.TENTHS), note=_names(ranked, best)),
        Figure("Худший", Cell(last, Form.TENTHS), note=_names(ranked, last)),
    ]
    return Line(tuple(found), leading=True)


def _names(ranked: Sequence[Row], points: float) -> str:
    """Whose points these are: «Школа № 2 и ещё 3»."""
    names = [row["name"] for row in ranked if row["points"] == points]
    return names[0] if len(names) == 1 else f"{names[0]} и ещё {len(names) - 1}"


def _nobody_ranked(figures: Figures) -> str:
    if not figures["rows"]:
        return "За месяц сообщений получателям не было: составлять рейтинг не из чего."
    return f"В рейтинге никого нет: за месяц ни один получатель не ответил {times(figures['least'], _TIMES)} и больше."


def rating(figures: Figures, ranked: Sequence[Row]) -> Table:
    """Place, its change against the month before, points and what they are made of."""
    columns = (
        Column("Получатель", Form.TEXT, 44),
        Column("Место", Form.COUNT, 7),
        Column("Сдвиг", Form.CHANGE, 8),
        Column("Баллы из 100", Form.TENTHS, 10),
        Column("В срок", Form.SHARE, 9),
        Column("Полнота из 2", Form.TENTHS, 10),
        Column("Оценка из 5", Form.TENTHS, 10),
        Column("Без возвратов", Form.SHARE, 11),
    )
    rows = tuple(
        (
            Cell(row["name"]),
            Cell(row["place"], Form.COUNT),
            _moved(row),
            Cell(row["points"], Form.TENTHS),
            _part(figures, row, row["parts"]["in_time"], Form.SHARE, "in_time"),
            _part(figures, row, row["mark"], Form.TENTHS, "complete"),
            _part(figures, row, row["score"], Form.TENTHS, "scored"),
            _part(figures, row, row["parts"]["no_repeats"], Form.SHARE, "kept"),
        )
        for row in ranked
    )
    chart = Chart("bars", "Баллы из 100", (3,), rows=16) if len(rows) > 1 else None
    return Table("Рейтинг", columns, rows, chart=chart, bar=3)


def _moved(row: Row) -> Cell:
    """Upwards is good; who was not ranked the month before has nothing to compare with."""
    if row["before"] is None:
        return Cell(None, Form.CHANGE)
    up = row["before"] - row["place"]
    return Cell(up, Form.CHANGE, tone="good" if up > 0 else "bad" if up < 0 else "")


def _part(figures: Figures, row: Row, value: float | None, form: Form, code: str) -> Cell:
    return Cell(value, form, _opens(figures, row, code) if value is not None else None)


def _counted(figures: Figures, row: Row, code: str) -> Cell:
    number = row["work"][code]
    return Cell(number, Form.COUNT, _opens(figures, row, _LISTS.get(code, code)) if number else None)


def _opens(figures: Figures, row: Row, code: str) -> Cases:
    of_source = (("source", figures["source"]),) if figures["source"] else ()
    return Cases(code, (("recipient", row["key"]), *of_source))


def unranked(figures: Figures, rest: Sequence[Row]) -> Table:
    """Too few answers to be compared."""
    columns = (Column("Получатель", Form.TEXT, 44), Column("Поступило", Form.COUNT), Column("Отвечено", Form.COUNT))
    rows = tuple((Cell(row["name"]), *(_counted(figures, row, code) for code in ("received", "answered"))) for row in rest)
    return Table("Вне рейтинга", columns, rows, narrow=True)


def counts(figures: Figures) -> Table:
    """Quantity apart: it earns no points (КОР 3.2 2): количество, сроки, полнота)."""
    columns = (Column("Получатель", Form.TEXT, 44), *(Column(words, Form.COUNT, 12) for words in _COUNTS.values()))
    rows = tuple((Cell(row["name"]), *(_counted(figures, row, code) for code in _COUNTS)) for row in figures["rows"])
    return Table("Количество", columns, rows, empty="За месяц сообщений получателям не было.")


def _how(figures: Figures) -> str:
    parts = ", ".join(f"{words} {_percent(figures['weights'][name])}" for name, words in _PARTS.items())
    return f"Вес: {parts}. Часть без данных выпадает, остальные взвешиваются заново."


def _why(figures: Figures) -> str:
    return f"Отвечено меньше {figures['least']} раз: сравнивать не по чему."


def _nobody(figures: Figures) -> str:
    number = figures["unassigned"]
    return f"Ещё отвечено без получателя: {number}." if number else ""


def _percent(weight: float) -> str:
    return wording.share(weight)


def summary(figures: Figures) -> list[tuple[str, str]]:
    """Two numbers for the archive and the letter."""
    ranked = [row for row in figures["rows"] if row["place"] is not None]
    marked = [row["points"] for row in ranked]
    mean = wording.mean(sum(marked) / len(marked)) if marked else wording.NO_DATA
    return [("В рейтинге", str(len(ranked))), ("Средний балл", mean)]


RATING: Final = Kind(
    code="rating",
    title="Рейтинг получателей",
    clause="КОР 3.2 2), 2.5 2), 2.6 2), 2.8 2)",
    weekly=False,
    count=count,
    sections=sections,
    places=(SUMMARY, ANALYSIS),
    sources="also",
    how="По ответам, размещённым за месяц, и оценкам заявителей, данным за месяц.",
    summary=summary,
)
