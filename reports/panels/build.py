"""The panel of each role (ОКТ Пол. 3.3-3.8, КОР Пол. 2.3-2.4): which figures, in which order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from blocks.actors import Actor
from blocks.models import Center
from blocks.roles import Role
from messages.selectors.desk import reached
from reports import charts, flow
from reports.panels import lists
from reports.panels.links import Links
from reports.panels.marks import Marks
from reports.panels.measure import Measure
from reports.panels.names import Names, names_of
from reports.panels.numbers import NOBODY, Branch, Numbers, count
from reports.panels.parts import Panel
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
    actor: Actor
    measure: Measure
    links: Links

    def panel(self, numbers: Numbers) -> tuple[Panel, Marks]:
        """An empty panel of the role, which knows what is under threat, and what to fill it with."""
        panel = Panel(self.role, threat=numbers.total("threat"), threat_url=self.links.now("threat"))
        return panel, Marks(numbers, self.measure, self.links)

    def stock(self, *more: str) -> list[Branch]:
        return self.measure.stock("open", "threat", "overdue", *more)


def panel_of(role: Role, *, actor: Actor, center: Center, now: datetime) -> Panel:
    """The figures of one of the actor's roles. At most four queries."""
    acting = actor.narrowed(role)
    return _PANELS[role](Desk(role, acting, Measure(center, now, reached(acting)), Links(center.slug, role)))


def _head(desk: Desk) -> Panel:
    """The whole Center at a glance (R33, R117)."""
    measure = desk.measure
    weeks = flow.weeks_to(week_of(measure.now, measure.center.tz))
    numbers = count(
        [
            *desk.stock("today"),
            *measure.received(),
            *measure.in_time(),
            measure.answered_today(),
            measure.medians(),
            *measure.satisfaction(),
            *flow.branches(measure.center, weeks),
        ]
    )
    names = names_of(measure.center, numbers.by_second("open"))
    report = lists.last_report(measure.center, measure.now)
    panel, marks = desk.panel(numbers)
    panel.figures = marks.five(report.monday if report else {})
    panel.today, panel.blocks, panel.people = marks.today(), marks.blocks(names), marks.people(names)
    panel.weeks = marks.flow(flow.series(numbers, weeks))
    panel.flow = charts.flow(panel.weeks, title="Поступило и отвечено по неделям")
    return panel


def _overseer(desk: Desk) -> Panel:
    """State of the blocks, breaches, what is presented (R58, R119)."""
    measure = desk.measure
    numbers = count(
        [
            *desk.stock(),
            measure.breaches(),
            *measure.received(),
            *measure.in_time(),
            *measure.satisfaction(),
            measure.medians(),
            *measure.stock("low", by=_ONE),
        ]
    )
    names = names_of(measure.center)
    report = lists.last_report(measure.center, measure.now)
    panel, marks = desk.panel(numbers)
    panel.figures = marks.five(report.monday if report else {})
    panel.breaches = [
        marks.week("breaches", "Новых за неделю"),
        marks.stock("overdue", "Открытых сейчас", bad=True),
        marks.stock("low", "Низких оценок без решения", bad=True),
    ]
    panel.blocks, panel.with_breaches = marks.blocks(names, breaches=True), True
    panel.reported = lists.reported(report, desk.links)
    return panel


def _block(desk: Desk) -> Panel:
    """Load, terms, people and quality of the blocks this person answers for (R50, R51, R57, R126)."""
    measure = desk.measure
    numbers = count(
        [*desk.stock("today"), *measure.received(), measure.answered_today(), measure.medians(), *measure.of_quality()]
    )
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
    numbers = count(
        [
            *measure.stock("open", "threat", "overdue", "unscored", by=_ONE),
            measure.states_of_overdue(),
            *measure.received(),
            *measure.satisfaction(),
        ]
    )
    panel, marks = desk.panel(numbers)
    panel.figures = [*marks.load(), marks.score("score", marks.of_week("scored"), before="score_before")]
    panel.stages = marks.stages()
    panel.unscored = marks.stock("unscored", "Ждут оценки заявителя")
    panel.scores, panel.scores_url = lists.scores_that_wait(measure, desk.actor, desk.links), desk.links.now("low")
    return panel


def _responsible(desk: Desk) -> Panel:
    """What other blocks ask of this one."""
    return Panel(desk.role, parts=lists.parts_asked(desk.actor, desk.links, desk.measure.now))


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
