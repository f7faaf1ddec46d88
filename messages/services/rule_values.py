"""What people may write into a rule of terms: checked field by field before it becomes an edition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from pydantic import ValidationError

from blocks.charters.base import Step
from blocks.models import Center, DeadlineRule, Source, Topic
from mcu.errors import Invalid
from mcu.text import clean_text
from messages.terms import Kind, StartsOn, Unit
from messages.terms.rules import IN_HOURS, PERCENT, DayCount, OnDayOff

MOST_RUNGS: Final = 10
MOST_WARNINGS: Final = 5
MOST_NAME: Final = 400
MOST_CLAUSE: Final = 200
_MOST: Final = {Unit.HOURS: 24 * 366, Unit.WORKING_HOURS: 8 * 250, Unit.CALENDAR_DAYS: 366, Unit.WORKING_DAYS: 250}
_BASES: Final = ("decree", "law", "default")
_REFUSED: Final = "Правило не изменено: проверьте отмеченное. Написанное осталось в полях."

STARTS: Final = {
    Kind.REGISTER: (StartsOn.RECEIVED,),
    Kind.REDIRECT: (StartsOn.RECEIVED, StartsOn.REGISTERED),
    Kind.INTERIM: (StartsOn.RECEIVED, StartsOn.REGISTERED, StartsOn.HANDED_OVER),
    Kind.AGREE: (StartsOn.RECEIVED, StartsOn.REGISTERED, StartsOn.HANDED_OVER),
    Kind.APPROVE: (StartsOn.RECEIVED, StartsOn.REGISTERED, StartsOn.HANDED_OVER, StartsOn.AGREED),
    Kind.PUBLISH: tuple(StartsOn),
    Kind.ANSWER: tuple(StartsOn),
}
"""What a term of the kind may be counted from: only what comes before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleValues:
    """A rule as people wrote it. The conditions (kind to topic) are given to a new rule and then stay."""

    name: str
    clause: str
    basis: str
    amount: int
    unit: str
    starts_on: str
    day_count: str = DayCount.FROM_NEXT_DAY
    on_day_off: str = OnDayOff.AS_IS
    warn_shares: tuple[float, ...] = ()
    warn_before: tuple[int, ...] = ()
    ladder: tuple[dict[str, Any], ...] = ()
    pauses: bool = False
    kind: str = ""
    internal: bool = False
    regime: str = ""
    source_id: int | None = None
    fast_track: bool | None = None
    topic_id: int | None = None

    def row(self) -> dict[str, Any]:
        """The values by the columns of the rule, as the charter's loader would write them."""
        in_hours = self.unit in IN_HOURS
        return {
            **asdict(self),
            "name": clean_text(self.name),
            "clause": clean_text(self.clause),
            # Days off and the first day are nothing to a term of hours.
            "day_count": DayCount.FROM_NEXT_DAY.value if in_hours else self.day_count,
            "on_day_off": OnDayOff.AS_IS.value if in_hours else self.on_day_off,
            "warn_shares": sorted(self.warn_shares),
            "warn_before": sorted(self.warn_before, reverse=True),
            "ladder": [Step.model_validate(rung).model_dump(mode="json", exclude_defaults=True) for rung in self.ladder],
        }


CONDITIONS: Final = ("kind", "internal", "regime", "source_id", "fast_track", "topic_id")


def checked(values: RuleValues, *, center: Center, of: DeadlineRule | None) -> dict[str, Any]:
    """The columns of the rule; of an existing one its conditions stay. Raises ``Invalid`` naming each wrong field.

    Up to four queries.
    """
    kind = Kind(of.kind) if of else Kind(values.kind) if values.kind in {*Kind} else None
    problems = dict(_problems(values, kind))
    if values.pauses and (of.regime if of else values.regime) == "appeal":
        problems["pauses"] = (
            "Срок ответа на обращение по 59-ФЗ закон не останавливает: снимите отметку. Его продлевает руководитель."
        )
    if of is None and not problems:
        problems = dict(_problems_of_conditions(values, center))
    if problems:
        raise Invalid(_REFUSED, problems)
    row = values.row()
    return row if of is None else {field: value for field, value in row.items() if field not in CONDITIONS}


def _problems(values: RuleValues, kind: Kind | None) -> Iterator[tuple[str, str]]:
    if not clean_text(values.name):
        yield "name", "Назовите правило: под этим названием его увидят у срока."
    elif len(values.name) > MOST_NAME:
        yield "name", f"Название длиннее {MOST_NAME} знаков."
    if len(values.clause) > MOST_CLAUSE:
        yield "clause", f"Ссылка на пункт длиннее {MOST_CLAUSE} знаков."
    if values.basis not in _BASES:
        yield "basis", "Выберите, откуда взялся срок."
    if values.basis in ("decree", "law") and not clean_text(values.clause):
        yield "clause", "Укажите пункт акта: без него непонятно, откуда срок."
    if kind is None:
        yield "kind", "Выберите, чего ждёт срок."
    elif values.starts_on not in STARTS[kind]:
        yield "starts_on", "От этого события такой срок не считают: оно наступает позже или не наступает вовсе."
    yield from _problems_of_length(values)
    yield from _problems_of_ladder(values)


def _problems_of_length(values: RuleValues) -> Iterator[tuple[str, str]]:
    if values.unit not in {*Unit}:
        yield "unit", "Выберите, в чём считать срок."
        return
    unit = Unit(values.unit)
    if not 1 <= values.amount <= _MOST[unit]:
        yield "amount", f"Укажите целое число от 1 до {_MOST[unit]}."
    if values.day_count not in {*DayCount}:
        yield "day_count", "Выберите, какой день первый."
    if values.on_day_off not in {*OnDayOff}:
        yield "on_day_off", "Выберите, что делать, если срок кончается в выходной."
    percents = [round(share * PERCENT) for share in values.warn_shares]
    if any(not 0 < percent < PERCENT for percent in percents):
        yield "warn_shares", "Доли — целые числа от 1 до 99."
    elif len(set(percents)) < len(percents):
        yield "warn_shares", "Одна и та же доля указана дважды."
    elif len(percents) > MOST_WARNINGS:
        yield "warn_shares", f"Не больше {MOST_WARNINGS} предупреждений: чаще их перестают читать."
    whole = values.amount * (60 if unit in IN_HOURS else 24 * 60)
    if any(left < 1 for left in values.warn_before):
        yield "warn_before", "Укажите хотя бы минуту."
    elif any(left >= whole for left in values.warn_before):
        yield "warn_before", "Столько не остаётся никогда: сам срок короче."
    elif len(set(values.warn_before)) < len(values.warn_before):
        yield "warn_before", "Одно и то же время указано дважды."
    elif len(values.warn_before) > MOST_WARNINGS:
        yield "warn_before", f"Не больше {MOST_WARNINGS} предупреждений: чаще их перестают читать."


def _problems_of_ladder(values: RuleValues) -> Iterator[tuple[str, str]]:
    if len(values.ladder) > MOST_RUNGS:
        yield "ladder", f"Не больше {MOST_RUNGS} ступеней."
        return
    try:
        steps = [Step.model_validate(rung) for rung in values.ladder]
    except ValidationError:
        yield "ladder", "В лестнице есть ступень без адресата или времени: заполните её или уберите."
        return
    if any((step.after_hours is None) == (step.after_days is None) for step in steps):
        yield "ladder", "У каждой ступени — одно время: в часах или в днях."
    if any(step.working and step.after_days is not None for step in steps):
        yield "ladder", "По рабочему времени считают только часы."


def _problems_of_conditions(values: RuleValues, center: Center) -> Iterator[tuple[str, str]]:
    """Three queries at most."""
    open_rows = {"center": center, "closed_at__isnull": True}
    if values.source_id is not None and not Source.objects.filter(pk=values.source_id, **open_rows).exists():
        yield "source", "Такого источника в Центре нет."
    if values.topic_id is not None and not Topic.objects.filter(pk=values.topic_id, **open_rows).exists():
        yield "topic", "Такой темы в Центре нет."
    if values.regime not in ("", "appeal", "message"):
        yield "regime", "Выберите, чьи это сроки."
    conditions = {field: getattr(values, field) for field in CONDITIONS if field != "internal"}
    same = DeadlineRule.objects.filter(**open_rows, **conditions).first()
    if same is not None:
        yield "kind", f"Для таких сообщений уже есть правило «{same.name}»: измените его. Из двух одинаковых не выбрать."
