"""Counted numbers laid out as marks and rows, each with the address of its cases."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.safestring import SafeString

from mcu.templatetags.mcu_ui import num, signed
from messages.workflow import OPEN
from reports import charts
from reports.panels.links import Links
from reports.panels.measure import Measure
from reports.panels.names import Names
from reports.panels.numbers import NOBODY, Numbers
from reports.panels.parts import BlockLine, Mark, PersonLine, Stage
from reports.panels.words import percents, score, share_of, took
from reports.periods import Week, week_of

PEOPLE = 15


class Marks:
    """The numbers of one panel as it shows them."""

    def __init__(self, numbers: Numbers, measure: Measure, links: Links) -> None:
        self._numbers, self._measure, self._links = numbers, measure, links
        self._week = week_of(measure.now, measure.center.tz).code

    def stock(self, figure: str, name: str, *, bad: bool = False) -> Mark:
        """What stands now; ``bad`` shows it as bad where there is any."""
        n = self._numbers.total(figure)
        return Mark(name, num(n), self._links.now(figure), good=False if bad and n else None)

    def against(self, figure: str, name: str, monday: Mapping[str, int]) -> Mark:
        """A stock with its change since Monday, as the last problemator keeps it."""
        n, before = self._numbers.total(figure), monday.get(figure)
        words = "" if before is None else f"{signed(n - before)} с понедельника"
        return Mark(name, num(n), self._links.now(figure), words, None if before in (None, n) else n < (before or 0))

    def five(self, monday: Mapping[str, int]) -> list[Mark]:
        """The line of five: received, in time, under threat, overdue, satisfaction."""
        numbers = self._numbers
        received, before = numbers.total("received"), numbers.total("received_before")
        return [
            Mark("Поступило за неделю", num(received), self.of_week("received"), f"{signed(received - before)} к прошлой"),
            self._in_time("В срок за неделю", "in_time", self.of_week("answered"), before="in_time_before"),
            self.against("threat", "Под угрозой", monday),
            self.against("overdue", "Просрочено", monday),
            self.score("score", self.of_week("scored"), before="score_before"),
        ]

    def load(self) -> list[Mark]:
        """In work, under threat, overdue, received in the week."""
        received, before = self._numbers.total("received"), self._numbers.total("received_before")
        return [
            self.stock("open", "В работе"),
            self.stock("threat", "Под угрозой"),
            self.stock("overdue", "Просрочено", bad=True),
            Mark("Поступило за неделю", num(received), self.of_week("received"), f"{signed(received - before)} к прошлой"),
        ]

    def today(self) -> list[Mark]:
        day = self._measure.today.code
        return [
            Mark("Поступило", num(self._numbers.total("received_today")), self._links.period("received", day)),
            Mark("Отвечено", num(self._numbers.total("answered_today")), self._links.period("answered", day)),
            Mark("Срок сегодня", num(self._numbers.total("today")), self._links.now("today")),
        ]

    def quality(self) -> list[Mark]:
        """Of the last four weeks."""
        numbers, code = self._numbers, self._measure.quality.code
        full = share_of(numbers.value("quality_full"), numbers.total("quality_full"))
        return [
            self._in_time("В срок", "quality_in_time", self._links.period("answered", code)),
            Mark("Ответ в полном объёме", percents(full)[0], self._links.period("complete", code)),
            Mark("Вернули на доработку", num(numbers.total("quality_returns")), self._links.period("returned", code)),
            self.score("quality_score", self._links.period("scored", code)),
        ]

    def score(self, figure: str, url: str, *, before: str = "") -> Mark:
        """The mean score of satisfaction."""
        value, words, good = score(self._numbers.value(figure), self._numbers.value(before) if before else None)
        given = self._numbers.total(figure)
        return Mark("Оценка заявителей", value, url if given else "", f"{words} к прошлой" if words else "", good)

    def week(self, figure: str, name: str) -> Mark:
        """What happened this week, shown as bad where there is any."""
        n = self._numbers.total(figure)
        return Mark(name, num(n), self.of_week(figure), good=False if n else None)

    def of_week(self, figure: str) -> str:
        """The cases of a figure of this week."""
        return self._links.period(figure, self._week)

    def blocks(self, names: Names, *, breaches: bool = False) -> list[BlockLine]:
        """A row for every block, busiest first, then what nobody has been given yet."""
        counts = {figure: self._numbers.by_first(figure) for figure in ("open", "threat", "overdue", "breaches")}
        medians = self._numbers.values_by_first("median")
        most = max([1, *counts["open"].values()])
        rows = sorted(names.blocks.items(), key=lambda row: -counts["open"].get(row[0], 0))
        if counts["open"].get(NOBODY):
            rows.append((NOBODY, "Блок не назначен"))
        shown = ("open", "threat", "overdue", *(("breaches",) if breaches else ()))
        return [
            BlockLine(
                name=name,
                bar=_bar(counts["open"].get(pk, 0), counts["threat"].get(pk, 0), counts["overdue"].get(pk, 0), most),
                marks=[self._of(figure, counts[figure].get(pk, 0), block=pk or "none") for figure in shown],
                median=took(medians.get(pk)),
            )
            for pk, name in rows
        ]

    def people(self, names: Names) -> list[PersonLine]:
        """Who holds how many, those with the most overdue first; what nobody holds comes last."""
        held, late, threat = (self._numbers.by_second(figure) for figure in ("open", "overdue", "threat"))
        most = max([1, *(n for pk, n in held.items() if pk != NOBODY)])
        ids = sorted((pk for pk in held if pk != NOBODY), key=lambda pk: (-late.get(pk, 0), -held[pk], names.people[pk]))
        return [
            PersonLine(
                name=names.people[pk],
                bar=_bar(held[pk], threat.get(pk, 0), late.get(pk, 0), most),
                held=self._of("open", held[pk], responsible=pk),
                overdue=self._of("overdue", late.get(pk, 0), responsible=pk),
            )
            for pk in ids[:PEOPLE]
        ]

    def stages(self) -> list[Stage]:
        """Where the overdue cases stand, in the order of the work."""
        found = self._numbers.by_first("overdue_by_state")
        most = max([1, *found.values()])
        return [
            Stage(str(state.label), _bar(n, 0, n, most), self._of("overdue", n, state=state.value))
            for place, state in enumerate(OPEN, start=1)
            if (n := found.get(place, 0))
        ]

    def flow(self, series: list[tuple[Week, int, int]]) -> list[charts.FlowWeek]:
        """The weeks of the chart, oldest first."""
        return [
            charts.FlowWeek(
                f"{week.monday:%d.%m}",
                received,
                answered,
                self._links.period("received", week.code),
                self._links.period("answered", week.code),
            )
            for week, received, answered in series
        ]

    def _in_time(self, name: str, figure: str, url: str, *, before: str = "") -> Mark:
        numbers = self._numbers
        now = share_of(numbers.value(figure), numbers.total(figure))
        earlier = share_of(numbers.value(before), numbers.total(before)) if before else None
        value, words, good = percents(now, earlier)
        return Mark(name, value, url, f"{words} к прошлой" if words else "", good)

    def _of(self, figure: str, n: int, **by: object) -> Mark:
        url = self._links.period(figure, self._week, **by) if figure == "breaches" else self._links.now(figure, **by)
        return Mark("", num(n), url if n else "", good=False if figure == "overdue" and n else None)


def _bar(whole: int, threat: int, late: int, most: int) -> SafeString:
    return charts.parts_bar([(late, "red"), (threat, "amber"), (max(whole - late - threat, 0), "")], most)
