"""The problemator as its page shows it: kept figures in words, each number with the address of its cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import SafeString

from blocks.actors import Actor
from mcu.templatetags.mcu_ui import num, words
from reports import charts, policies, wording
from reports.models import Problemator
from reports.shape import Figures, OverdueRow, Pair, Row, SpikeRow

TOPICS: Final = 10
PLACES: Final = 12
OVERDUE: Final = 30
WORK: Final = ("answered", "in_time", "late", "open", "overdue")


@dataclass(frozen=True, slots=True)
class Number:
    """A figure on the page: its words, its change, what the change means (good, bad or nothing), its cases' address."""

    name: str
    value: str
    change: str
    good: bool | None
    url: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table: the name, a word beside it, the week's number, the week before, a bar, further numbers."""

    name: str
    note: str
    number: Number
    before: str
    bar: SafeString
    cells: list[Number]


class Page:
    """What the template reads; built without a query."""

    def __init__(self, problemator: Problemator, actor: Actor) -> None:
        self._row = problemator
        self._slug = problemator.center.slug
        self._figures: Figures = problemator.figures
        self._linked = policies.may_open_cases(actor)
        self._names = policies.may_see_names(actor)
        self._whole_table = bool(policies.may_download(actor))
        self._whole = policies.sees_whole_center(actor)

    def headline(self) -> list[Number]:
        totals = self._figures["totals"]
        return [
            Number(name, value, f"{change} за неделю", self._good(figure, totals[figure]), self.cases_url(figure))
            for figure, name, value, change in wording.headline(self._figures)
        ]

    def second(self) -> list[Number]:
        totals = self._figures["totals"]
        return [self._number(figure, totals[figure], name=wording.title(figure)) for figure in wording.SECOND]

    def took(self) -> tuple[str, str]:
        """Mean time to the answer: of the week, of the week before."""
        seconds = self._figures["answer_seconds"]
        return wording.took(seconds["now"]), wording.took(seconds["before"])

    def days(self) -> SafeString:
        rows = [(wording.day(day["day"]), day["now"], day["before"]) for day in self._figures["days"]]
        return charts.columns(rows, title="Поступило по дням недели; черта — тот же день неделей раньше")

    def spikes(self) -> list[dict[str, str]]:
        return [self._spike(row) for row in self._figures["spikes"]]

    def _spike(self, row: SpikeRow) -> dict[str, str]:
        by = {"topic": row["topic_key"], **({"settlement": row["settlement_key"]} if row["settlement"] else {})}
        return {
            "topic": row["topic"],
            "settlement": row["settlement"],
            "count": num(row["count"]),
            "mean": wording.mean(row["mean"]),
            "growth": wording.growth(row["growth"]),
            "url": self.cases_url("received", **by),
        }

    def topics(self) -> list[Line]:
        return self._lines(self._figures["topics"][:TOPICS], "topic", "received")

    def topics_more(self) -> str:
        return self._more(len(self._figures["topics"]) - TOPICS, "тема,темы,тем")

    def settlements(self) -> list[Line]:
        return self._lines(self._figures["settlements"][:PLACES], "settlement", "received")

    def settlements_more(self) -> str:
        return self._more(len(self._figures["settlements"]) - PLACES, "населённый пункт,населённых пункта,населённых пунктов")

    def sources(self) -> list[Line]:
        return self._lines(self._figures["sources"], "source", "received", WORK)

    def blocks(self) -> list[Line]:
        return self._lines(self._figures["blocks"], "block", "received", WORK)

    def regimes(self) -> list[Line]:
        return self._lines(self._figures["regimes"], "regime", "received")

    def states(self) -> list[Line]:
        return self._lines(self._figures["states"], "state", "open")

    def overdue(self) -> list[dict[str, str]]:
        return [self._overdue(row) for row in self._figures["overdue"][:OVERDUE]]

    def overdue_more(self) -> int:
        return max(0, self._figures["totals"]["overdue"]["now"] - OVERDUE)

    def overdue_url(self) -> str:
        return self.cases_url("overdue")

    def shows_numbers(self) -> bool:
        """A case's number is for whoever may see cases."""
        return self._linked

    def shows_names(self) -> bool:
        return self._names

    def _overdue(self, row: OverdueRow) -> dict[str, str]:
        url = reverse("messages:case", args=[self._slug, row["number"]]) if self._whole else ""
        return {
            "number": row["number"] if self._linked else "",
            "url": url,
            "topic": row["topic"] or "Тема не указана",
            "source": row["source"],
            "block": row["block"] or "Блок не назначен",
            "responsible": row["responsible"] if self._names else "",
            "term": row["term"],
            "clause": row["clause"],
            "late": wording.late(row["late_seconds"]),
        }

    def _lines(self, rows: list[Row], dimension: str, figure: str, cells: Sequence[str] = ()) -> list[Line]:
        pairs = [row["counts"][figure] for row in rows]
        most = max([1, *(max(pair["now"], pair["before"]) for pair in pairs)])
        return [
            Line(
                name=row["name"],
                note=row["note"],
                number=self._number(figure, pair, **{dimension: row["key"]}),
                before=num(pair["before"]),
                bar=charts.pair_bar(pair["now"], pair["before"], most),
                cells=[self._number(cell, row["counts"][cell], **{dimension: row["key"]}) for cell in cells],
            )
            for row, pair in zip(rows, pairs, strict=True)
        ]

    def _number(self, figure: str, pair: Pair, *, name: str = "", **by: str) -> Number:
        url = self.cases_url(figure, **by) if pair["now"] else ""
        return Number(name, num(pair["now"]), wording.change(pair), self._good(figure, pair), url)

    def _good(self, figure: str, pair: Pair) -> bool | None:
        if figure == "in_time":
            return None  # shown as a share beside its number: more answers in time is not yet better
        return {"good": True, "bad": False}.get(wording.tone(figure, pair))

    def cases_url(self, figure: str, **by: str) -> str:
        """Where the cases of a figure's slice are listed; nothing for whoever sees no cases."""
        if not self._linked:
            return ""
        address = reverse("reports:cases", args=[self._slug, self._row.week, figure])
        return f"{address}?{urlencode(by)}" if by else address

    def _more(self, number: int, forms: str) -> str:
        """«Ещё 12 тем; все — в документе XLSX», the document named to whom it is given; nothing if the table has them all."""
        if number <= 0:
            return ""
        return f"Ещё {words(number, forms)}{'; все — в документе XLSX' if self._whole_table else ''}."
