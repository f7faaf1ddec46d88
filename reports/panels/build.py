"""The panel of each role (ОКТ Пол. 3.3-3.8, КОР Пол. 2.3-2.4): which figures, in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import md5
from typing import Final

from blocks.actors import Actor
from blocks.models import Center
from blocks.roles import Role
from messages.selectors.forecast import Quality
from messages.selectors.work import reached
from reports import charts, flow
from reports.panels.links import Links
from reports.panels.marks import Marks
from reports.panels.measure import Measure
from reports.panels.names import Names, names_of
from reports.panels.numbers import NOBODY, Branch, Numbers, count, kept
from reports.panels.parts import Panel
from reports.panels.report import last_report, reported
from reports.panels.system import health_of
from reports.periods import week_of

# Whose figures lead where a person has several roles.
LEADING: Final = (
    Role.HEAD, Role.CURATOR, Role.DISTRICT_HEAD, Role.SUPPORT, Role.BLOCK_CURATOR, Role.SOURCE_CURATOR, Role.ACCOUNTS,
    Role.BLOCK_RESPONSIBLE, Role.TECH,
)  # fmt: skip
_ONE: Final = (None, None)


@dataclass(frozen=True, slots=True)
class Desk:
    """For whom a panel is counted."""

    role: Role
    key: str  # of what this role answers for
    measure: Measure
    links: Links

    def panel(self, numbers: Numbers) -> tuple[Panel, Marks]:
        """An empty panel of the role, which knows what is under threat, and what to fill it with."""
        panel = Panel(self.role, threat=numbers.total("threat"), threat_url=self.links.now("threat"))
        panel.forecast = next(
            (Quality(cell.first, cell.second, cell.n, round(cell.value or 0)) for cell in numbers.cells("forecast")), Quality()
        )
        return panel, Marks(numbers, self.measure, self.links)

    def stock(self, *more: str) -> list[Branch]:
        return self.measure.stock("open", "threat", "overdue", *more)

    def kept(self, branches: Callable[[], Sequence[Branch]]) -> Numbers:
        """What moves slowly; this week's and today's own counts are never kept."""
        return kept(f"desk:{self.role}:{self.key}:{self.measure.week.start:%Y%m%d}", branches)


def panel_of(role: Role, *, actor: Actor, center: Center, now: datetime) -> Panel:
    """The figures of one of the actor's roles. At most three queries, and one more every few minutes."""
    acting = actor.narrowed(role)
    bounds = sorted({str(sorted(grant.bounds().items())) for grant in acting.grants})
    key = f"{center.pk}:{md5(str(bounds).encode(), usedforsecurity=False).hexdigest()}"
    return _PANELS[role](Desk(role, key, Measure(center, now, reached(acting)), Links(center.slug, role)))


def _head(desk: Desk) -> Panel:
    """The whole Center at a glance (R33, R117)."""
    measure = desk.measure
    weeks = flow.weeks_to(week_of(measure.now, measure.center.tz))
    slow = desk.kept(
        lambda: [
            *measure.received_before(),
            *measure.in_time(),
            measure.medians(),
            *measure.satisfaction(),
            *flow.branches(measure.center, weeks),
            measure.forecast(),
        ]
    )
    numbers = count([*desk.stock("today"), *measure.received(), measure.answered_today()]).with_(slow)
    names = names_of(measure.center, numbers.by_second("open"))
    report = last_report(measure.center, measure.now)
    panel, marks = desk.panel(numbers)
    panel.figures = marks.five(report.monday if report else {})
    panel.today, panel.blocks, panel.people = marks.today(), marks.blocks(names), marks.people(names)
    panel.weeks = marks.flow(flow.series(numbers, weeks))
    panel.flow = charts.flow(panel.weeks, title="Поступило и отвечено по неделям")
    return panel


def _overseer(desk: Desk) -> Panel:
    """State of the blocks, breaches, what is presented (R58, R119)."""
    measure = desk.measure
    slow = desk.kept(
        lambda: [
            measure.breaches(),
            *measure.received_before(),
            *measure.in_time(),
            *measure.satisfaction(),
            measure.medians(),
            measure.forecast(),
        ]
    )
    numbers = count([*desk.stock(), *measure.received(), *measure.stock("low", by=_ONE)]).with_(slow)
    names = names_of(measure.center)
    report = last_report(measure.center, measure.now)
    panel, marks = desk.panel(numbers)
    panel.figures = marks.five(report.monday if report else {})
    panel.breaches = [
        marks.week("breaches", "Новых за неделю"),
        marks.stock("overdue", "Открытых сейчас", bad=True),
        marks.stock("low", "Низких оценок без решения", bad=True),
    ]
    panel.blocks, panel.with_breaches = marks.blocks(names, breaches=True), True
    panel.reported = reported(report, desk.links)
    return panel


def _block(desk: Desk) -> Panel:
    """Load, terms, people and quality of the blocks this person answers for (R50, R51, R57, R126)."""
    measure = desk.measure
    slow = desk.kept(lambda: [*measure.received_before(), measure.medians(), *measure.of_quality(), measure.forecast()])
    numbers = count([*desk.stock("today"), *measure.received(), measure.answered_today()]).with_(slow)
    names = names_of(measure.center, numbers.by_second("open"))
    panel, marks = desk.panel(numbers)
    panel.figures, panel.today, panel.people, panel.quality = marks.load(), marks.today(), marks.people(names), marks.quality()
    mine = {pk: name for pk, name in names.blocks.items() if pk in numbers.by_first("open") and pk != NOBODY}
    if len(mine) > 1:
        panel.blocks = marks.blocks(Names(mine, {}))
    return panel


def _source(desk: Desk) -> Panel:
    """What the source has, where it is overdue, what applicants say (R69, R70, R127)."""
    measure = desk.measure
    slow = desk.kept(lambda: [*measure.received_before(), *measure.satisfaction(), measure.forecast()])
    numbers = count(
        [
            *measure.stock("open", "threat", "overdue", "today", "unscored", by=_ONE),
            measure.by_state("overdue"),
            *measure.received(),
            measure.answered_today(),
        ]
    ).with_(slow)
    panel, marks = desk.panel(numbers)
    panel.figures = [*marks.load(), marks.score("score", marks.of_week("scored"), before="score_before")]
    panel.stages = marks.stages()
    panel.today = [*marks.today(), marks.stock("unscored", "Ждут оценки заявителя")]
    return panel


def _responsible(desk: Desk) -> Panel:
    """All that waits stands among the work."""
    return Panel(desk.role)


def _tech(desk: Desk) -> Panel:
    """Whether everything goes on by itself (R68)."""
    return Panel(desk.role, health=health_of(desk.measure.center, desk.measure.now))


_PANELS: Final[dict[Role, Callable[[Desk], Panel]]] = {
    Role.HEAD: _head,
    Role.CURATOR: _overseer,
    Role.DISTRICT_HEAD: _overseer,
    Role.SUPPORT: _overseer,
    Role.BLOCK_CURATOR: _block,
    Role.SOURCE_CURATOR: _source,
    Role.ACCOUNTS: _source,
    Role.BLOCK_RESPONSIBLE: _responsible,
    Role.TECH: _tech,
}
