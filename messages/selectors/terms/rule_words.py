"""A rule of terms in words: what it asks for, from when, who is warned and told, and what a change makes different."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Protocol

from blocks.models import DeadlineRule
from mcu.templatetags.mcu_ui import words
from messages.terms import duration
from messages.terms.rules import IN_HOURS, KIND_RU, PERCENT, DayCount, Kind, OnDayOff, StartsOn, Unit

AMOUNTS: Final = {
    Unit.HOURS: "час,часа,часов",
    Unit.WORKING_HOURS: "рабочий час,рабочих часа,рабочих часов",
    Unit.CALENDAR_DAYS: "календарный день,календарных дня,календарных дней",
    Unit.WORKING_DAYS: "рабочий день,рабочих дня,рабочих дней",
}
UNITS: Final = {
    Unit.HOURS: "часы подряд",
    Unit.WORKING_HOURS: "рабочие часы",
    Unit.CALENDAR_DAYS: "календарные дни",
    Unit.WORKING_DAYS: "рабочие дни",
}
STARTS: Final = {
    StartsOn.RECEIVED: "с поступления",
    StartsOn.REGISTERED: "с регистрации",
    StartsOn.HANDED_OVER: "с передачи в блок",
    StartsOn.AGREED: "с согласования",
    StartsOn.APPROVED: "с утверждения",
}
DAY_COUNTS: Final = {
    DayCount.FROM_NEXT_DAY: "первый день — следующий за событием",
    DayCount.INCLUSIVE: "первый день — день самого события",
}
DAYS_OFF: Final = {
    OnDayOff.AS_IS: "кончается и в выходной",
    OnDayOff.PREVIOUS_WORKING_DAY: "с выходного переносится на рабочий день раньше",
    OnDayOff.NEXT_WORKING_DAY: "с выходного переносится на следующий рабочий день",
}
BASES: Final = {"decree": "из постановления", "law": "из закона", "default": "не из постановления и не из закона"}
PEOPLE: Final = {
    "responsible": "ответственный",
    "block_curator": "куратор блока",
    "head": "руководитель",
    "source_curator": "куратор источника",
    "publisher": "кто отправляет ответ",
    "duty": "дежурный",
}
WHENS: Final = {"always": "в любое время", "working": "только в рабочее время", "off": "только вне рабочего времени"}
WAYS: Final = {"email": "почтой", "push": "на устройство"}


class Shift(Protocol):
    """A term that ends at another moment than it did."""

    @property
    def old_due_at(self) -> datetime | None: ...

    @property
    def new_due_at(self) -> datetime | None: ...


def basis_words(rule: DeadlineRule) -> str:
    """Where the rule comes from: «из постановления, Пол. 2.7»."""
    return ", ".join(part for part in (BASES.get(rule.basis, ""), rule.clause if rule.basis != "default" else "") if part)


def conditions_words(rule: DeadlineRule) -> str:
    """Which cases the rule is for."""
    regime = {"appeal": "обращения по 59-ФЗ", "message": "сообщения"}.get(rule.regime, "")
    fast = {True: "фаст-трек", False: "кроме фаст-трека"}.get(rule.fast_track) if rule.fast_track is not None else ""
    topic = f"тема «{rule.topic.name}»" if rule.topic else ""
    parts = [part for part in (regime, rule.source.short if rule.source else "", fast, topic) if part]
    return ", ".join(parts) or "все сообщения и обращения"


def amount_words(rule: DeadlineRule) -> str:
    """«25 календарных дней»."""
    return words(rule.amount, AMOUNTS[Unit(rule.unit)])


def counted_words(rule: DeadlineRule) -> str:
    """From when the term runs and, of days, which is the first and what a day off does."""
    parts = [STARTS[StartsOn(rule.starts_on)]]
    if rule.unit not in IN_HOURS:
        parts += [DAY_COUNTS[DayCount(rule.day_count)], DAYS_OFF[OnDayOff(rule.on_day_off)]]
    return "; ".join(parts)


def warnings_words(rule: DeadlineRule) -> str:
    """«когда пройдёт 50 %, 80 %; когда останется 2 ч»."""
    shares = ", ".join(f"{round(share * PERCENT)} %" for share in rule.warn_shares)
    left = ", ".join(left_words(minutes, rule.unit) for minutes in rule.warn_before)
    parts = [f"когда пройдёт {shares}" if shares else "", f"когда останется {left}" if left else ""]
    return "; ".join(part for part in parts if part) or "нет"


def left_words(minutes: int, unit: str) -> str:
    """An amount left, to the minute: «1 д 2 ч»; of working time without days, which are not 24 hours there."""
    hours, rest = divmod(minutes, 60)
    days, hours = (0, hours) if unit == Unit.WORKING_HOURS else divmod(hours, 24)
    return " ".join(f"{count} {what}" for count, what in ((days, "д"), (hours, "ч"), (rest, "мин")) if count)


def rung_words(rung: Mapping[str, Any]) -> str:
    """A step of the ladder: «через 3 ч — руководитель, только в рабочее время, почтой»."""
    days, hours = rung.get("after_days"), rung.get("after_hours")
    in_days = words(days, "день,дня,дней") if days else ""
    in_hours = words(hours, AMOUNTS[_unit(rung)]) if hours else ""
    when = f"через {in_days or in_hours}" if in_days or in_hours else "сразу"
    parts = [f"{when} — {PEOPLE[rung['to']]}"]
    if rung.get("when", "always") != "always":
        parts.append(WHENS[rung["when"]])
    if ways := rung.get("ways"):
        parts.append(f"обязательно {' и '.join(WAYS[way] for way in ways)}")
    return ", ".join(parts)


def _unit(rung: Mapping[str, Any]) -> Unit:
    return Unit.WORKING_HOURS if rung.get("working") else Unit.HOURS


def ladder_words(rule: DeadlineRule) -> list[str]:
    """Whom a breach is told to; without a ladder the one who holds the case."""
    return [rung_words(rung) for rung in rule.ladder] or ["сразу — тот, у кого дело"]


def pauses_words(rule: DeadlineRule) -> str:
    return "вопрос заявителю останавливает срок" if rule.pauses else "вопрос заявителю срок не останавливает"


_SAID: Final = (
    ("название", lambda rule: rule.name),
    ("основание", basis_words),
    ("срок", amount_words),
    ("как считается", counted_words),
    ("предупреждения", warnings_words),
    ("кому сообщать о нарушении", lambda rule: "; ".join(ladder_words(rule))),
    ("паузы", pauses_words),
)


def differences(before: DeadlineRule, after: DeadlineRule) -> list[tuple[str, str, str]]:
    """What a change makes different: of what, how it was, how it becomes."""
    found = [(what, say(before), say(after)) for what, say in _SAID]
    return [(what, old, new) for what, old, new in found if old != new]


def change_lines(pairs: Iterable[tuple[DeadlineRule | None, DeadlineRule | None]]) -> Iterator[str]:
    """The lines of the log of changes: a rule before and after; without the one it is new, without the other closed."""
    for before, after in pairs:
        if before is None and after is not None:
            yield f"Новое правило «{after.name}»: {amount_words(after)} {counted_words(after)}"
        elif before is not None and after is None:
            yield f"Правило «{before.name}» больше не действует"
        elif before is not None and after is not None:
            changed = differences(before, after) or [("условия", conditions_words(before), conditions_words(after))]
            yield from (f"«{before.name}», {what}: {old} → {new}" for what, old, new in changed)


def kind_words(kind: str) -> str:
    """The name of what is awaited, as a heading."""
    name = KIND_RU[Kind(kind)]
    return name[0].upper() + name[1:]


def shift_words(move: Shift) -> str:
    """By how much a term moves: «на 15 д раньше»."""
    if move.old_due_at is None:
        return "новый срок"
    if move.new_due_at is None:
        return "срока больше нет"
    length = duration(abs(move.new_due_at - move.old_due_at))
    return f"на {length} {'раньше' if move.new_due_at < move.old_due_at else 'позже'}"
