"""What a charter's tables owe each other: codes that exist, codes that are unique, years that are covered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import available_timezones

from blocks.charters.base import Step
from blocks.charters.errors import Problem
from blocks.charters.schema import Charter, Deadline

_HOLDER = {
    "responsible": "block_responsible",
    "block_curator": "block_curator",
    "head": "head",
    "source_curator": "source_curator",
}


@dataclass(frozen=True)
class _Checked:
    """The charter under check and the sets of its codes."""

    charter: Charter
    file: str

    @property
    def roles(self) -> set[str]:
        return {role.code for role in self.charter.roles}

    @property
    def blocks(self) -> set[str]:
        return {block.code for block in self.charter.blocks}

    @property
    def sources(self) -> set[str]:
        return {source.code for source in self.charter.sources}

    @property
    def settlements(self) -> set[str]:
        return {place.code for place in self.charter.geography.settlements}

    def problem(self, table: str, key: str, got: object, expected: str) -> Problem:
        return Problem(self.file, table, key, f"«{got}»", expected)

    def known(self, table: str, key: str, code: str | None, among: set[str]) -> Iterator[Problem]:
        """A problem where `code` is set and is not one of the known ones."""
        if code is not None and code not in among:
            yield self.problem(table, key, code, f"одно из: {', '.join(sorted(among))}")


def problems_of(charter: Charter, *, file: str) -> list[Problem]:
    """Every disagreement between the tables of a charter; empty when it may be loaded."""
    checked = _Checked(charter, file)
    return [problem for check in _CHECKS for problem in check(checked)]


def _center(c: _Checked) -> Iterator[Problem]:
    name = c.charter.center.timezone
    if name not in available_timezones():
        yield c.problem("[center]", "timezone", name, "часовой пояс базы IANA, например Europe/Moscow")


def _unique(c: _Checked) -> Iterator[Problem]:
    charter = c.charter
    tables: list[tuple[str, Iterable[Hashable]]] = [
        ("[[blocks]]", [row.code for row in charter.blocks]),
        ("[[blocks.topics]]", [topic.code for _, topic in charter.topics()]),
        ("[[geography.settlements]]", [row.code for row in charter.geography.settlements]),
        ("[[recipients]]", [row.code for row in charter.recipients]),
        ("[[sources]]", [row.code for row in charter.sources]),
        ("[[deadlines]]", [row.code for row in charter.deadlines]),
        ("[[reports]]", [row.code for row in charter.reports]),
        ("[[grounds]]", [row.code for row in charter.grounds]),
        ("[[outcomes]]", [row.code for row in charter.outcomes]),
        ("[[roles]]", [role.row_code for role in charter.roles]),
    ]
    if charter.indicators:
        tables.append(("[[indicators.rows]]", [row.code for row in charter.indicators.rows]))
        tables.append(("[[indicators.rows]]", [f"№ {row.number}" for row in charter.indicators.rows]))
    for table, codes in tables:
        for code in _repeated(codes):
            yield c.problem(table, "code", code, "код, которого в этой таблице ещё нет: он повторён")


def _repeated(values: Iterable[Hashable]) -> list[Hashable]:
    return [value for value, times in Counter(values).items() if times > 1]


def _blocks(c: _Checked) -> Iterator[Problem]:
    for block in c.charter.blocks:
        table = f"[[blocks]] («{block.code}»)"
        yield from c.known(table, "settlement", block.settlement, c.settlements)
        if block.territorial != (block.settlement is not None):
            expected = "settlement у территориального блока (territorial = true) и только у него"
            yield c.problem(table, "settlement", block.settlement or "пусто", expected)


def _recipients(c: _Checked) -> Iterator[Problem]:
    for row in c.charter.recipients:
        table = f"[[recipients]] («{row.code}»)"
        yield from c.known(table, "settlement", row.settlement, c.settlements)
        for block in row.blocks:
            yield from c.known(table, "blocks", block, c.blocks)


def _roles(c: _Checked) -> Iterator[Problem]:
    for row in c.charter.roles:
        yield from c.known(f"[[roles]] («{row.code}»)", "source", row.source, c.sources)
        yield from c.known(f"[[roles]] («{row.code}»)", "block", row.block, c.blocks)


def _sources(c: _Checked) -> Iterator[Problem]:
    for row in c.charter.sources:
        table = f"[[sources]] («{row.code}»)"
        yield from c.known(table, "publisher", row.publisher, c.roles)
        for role in row.approval:
            yield from c.known(table, "approval", role, c.roles)
        if row.approval[0] != "block_curator" or _repeated(row.approval):
            yield c.problem(table, "approval", ", ".join(row.approval), "block_curator первым, каждый по разу")


def _deadlines(c: _Checked) -> Iterator[Problem]:
    topics = {topic.code for _, topic in c.charter.topics()}
    matches: dict[Hashable, str] = {}
    for rule in c.charter.deadlines:
        table = f"[[deadlines]] («{rule.code}»)"
        yield from c.known(table, "source", rule.source, c.sources)
        yield from c.known(table, "topic", rule.topic, topics)
        yield from _steps(c, table, rule.ladder)
        yield from _warnings(c, table, rule)
        if rule.pauses and rule.regime == "appeal":
            yield c.problem(table, "pauses", "true", "false: срок по 59-ФЗ вопрос заявителю не останавливает")
        match = (rule.kind, rule.regime, rule.source, rule.fast_track, rule.topic)
        if match in matches:
            expected = f"иные условия, чем у правила «{matches[match]}»: из двух одинаковых не выбрать"
            yield c.problem(table, "kind, regime, source, fast_track, topic", rule.code, expected)
        matches.setdefault(match, rule.code)


def _steps(c: _Checked, table: str, steps: Sequence[Step]) -> Iterator[Problem]:
    for step in steps:
        if step.to in _HOLDER:
            yield from c.known(table, "ladder.to", _HOLDER[step.to], c.roles)
        if (step.after_hours is None) == (step.after_days is None):
            got = f"{step.to}: after_hours и after_days"
            yield c.problem(table, "ladder", got, "ровно один из двух: after_hours или after_days")
        elif step.working and step.after_days is not None:
            yield c.problem(table, "ladder", f"{step.to}: working и after_days", "по рабочему времени — только after_hours")


def _warnings(c: _Checked, table: str, rule: Deadline) -> Iterator[Problem]:
    """Two warnings of one moment would be one step of a term with two meanings."""
    for share in _repeated(round(share * 100) for share in rule.warn_shares):
        yield c.problem(table, "warn_shares", f"{share} %", "доли, разные хотя бы на один процент")
    for minutes in _repeated(rule.warn_before):
        yield c.problem(table, "warn_before", minutes, "число минут, которого в списке ещё нет")
    if any(not 1 <= round(share * 100) <= 99 for share in rule.warn_shares):
        yield c.problem(table, "warn_shares", rule.warn_shares, "доли от 0.01 до 0.99")


def _indicators(c: _Checked) -> Iterator[Problem]:
    plan = c.charter.indicators
    if plan is None:
        return
    years = [str(year) for year in range(plan.first_year, plan.last_year + 1)]
    for row in plan.rows:
        if sorted(row.targets) != years:
            expected = f"план на каждый год с {plan.first_year} по {plan.last_year} и ни на какой другой"
            yield c.problem(f"[[indicators.rows]] («{row.code}»)", "targets", ", ".join(sorted(row.targets)), expected)


def _reports(c: _Checked) -> Iterator[Problem]:
    for row in c.charter.reports:
        table = f"[[reports]] («{row.code}»)"
        for key, role in [("author", row.author), *(("to", role) for role in row.to)]:
            yield from c.known(table, key, role, c.roles)


def _settings(c: _Checked) -> Iterator[Problem]:
    settings = c.charter.settings
    outcomes = {row.code for row in c.charter.outcomes}
    yield from c.known("[settings]", "close_outcome", settings.close_outcome, outcomes)
    yield from c.known("[settings.fz59]", "signed_by", settings.fz59.signed_by, c.roles)
    yield from c.known("[settings.fz59]", "extension.by", settings.fz59.extension.by, c.roles)
    for role in settings.problemator.to:
        yield from c.known("[settings.problemator]", "to", role, c.roles)
    for plan in settings.reports if "reports" in settings.model_fields_set else ():
        for role in plan.to:
            yield from c.known(f"[[settings.reports]] {plan.kind}", "to", role, c.roles)
    yield from _steps(c, "[settings.ladder]", [*settings.ladder.hours, *settings.ladder.days])
    rating = settings.rating
    total = rating.in_time + rating.completeness + rating.satisfaction + rating.no_repeats
    if abs(total - 1) > 1e-6:
        yield c.problem("[settings.rating]", "веса", round(total, 6), "веса, дающие в сумме 1")
    marks = {mark.value for mark in settings.completeness.scale}
    if settings.completeness.after_reopening not in marks:
        value = settings.completeness.after_reopening
        yield c.problem("[settings.completeness]", "after_reopening", value, "одно из значений scale")
    yield from _working_time(c)
    yield from _number_formats(c)


def _working_time(c: _Checked) -> Iterator[Problem]:
    hours = c.charter.settings.working_time
    if not hours.start < hours.lunch_start <= hours.lunch_end < hours.end:
        got = f"{hours.start} – {hours.lunch_start} – {hours.lunch_end} – {hours.end}"
        yield c.problem("[settings.working_time]", "start, lunch_start, lunch_end, end", got, "время по возрастанию")
    for day in hours.short_days:
        if not hours.lunch_end < day.end <= hours.end:
            yield c.problem("[settings.working_time]", "short_days", day.end, "время после обеда и не позже end")


def _number_formats(c: _Checked) -> Iterator[Problem]:
    yield from _number_format(c, "[settings]", c.charter.settings.number_format)
    yield from _number_format(c, "[settings.letters]", c.charter.settings.letters.number_format)


def _number_format(c: _Checked, table: str, shape: str) -> Iterator[Problem]:
    expected = "образец с {prefix}, {year} и {number}, например {prefix}-{year}-{number:06d}"
    try:
        first, second = (shape.format(prefix="А", year=year, number=7) for year in (2025, 2026))
        other = shape.format(prefix="Б", year=2025, number=8)
    except (KeyError, IndexError, ValueError):
        yield c.problem(table, "number_format", shape, expected)
        return
    if first == second or not other.startswith("Б") or first[1:] == other[1:]:
        yield c.problem(table, "number_format", shape, expected)


_CHECKS: list[Callable[[_Checked], Iterator[Problem]]] = [
    _center,
    _unique,
    _blocks,
    _recipients,
    _roles,
    _sources,
    _deadlines,
    _indicators,
    _reports,
    _settings,
]
