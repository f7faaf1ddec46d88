"""The filters in words, for the line above the list, for saved filters and for the sheet «Условия» of an export."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import BigIntegerField, Case, CharField, F, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Concat

from blocks.models import Block, Center, Membership, Recipient, Settlement, Source, Topic
from messages.models import AutoRule, Completeness, Regime
from messages.selectors.register.filters import (
    ALL,
    ANY,
    CONTROLS,
    DATES,
    DONE_GROUP,
    FLAGS,
    ME,
    NOBODY,
    OPEN_GROUP,
    SCORES,
    TERMS,
    Filters,
    day_of,
)  # fmt: skip
from messages.workflow import State

LABELS: Final = {
    "state": "Состояние",
    "block": "Блок",
    "source": "Источник",
    "term": "Срок",
    "q": "Поиск",
    "topic": "Тема",
    "settlement": "Населённый пункт",
    "recipient": "Получатель",
    "responsible": "Ответственный",
    "sorted_by": "Передал в блок",
    "regime": "Правовой режим",
    "tag": "Метка",
    "received_from": "Поступило с",
    "received_to": "Поступило по",
    "answered_from": "Отвечено с",
    "answered_to": "Отвечено по",
    "completeness": "Полнота ответа",
    "control": "Контроль решения",
    "score": "Оценка заявителя",
    "rule": "Автоправило",
    **dict.fromkeys(FLAGS, "Признак"),
}
LISTS: Final[Mapping[str, Any]] = {
    "block": Block, "source": Source, "topic": Topic, "settlement": Settlement, "recipient": Recipient,
}  # fmt: skip
_GROUPS: Final = {ALL: "все состояния", OPEN_GROUP: "в работе", DONE_GROUP: "все завершённые"}


@dataclass(slots=True)
class Names:
    """Rows of lists by kind: (code, name, id) in the order of the charter; people by id; whose block a topic is."""

    listed: dict[str, list[tuple[str, str, int]]] = field(default_factory=lambda: defaultdict(list))
    people: dict[int, str] = field(default_factory=dict)
    block_of: dict[int, int] = field(default_factory=dict)

    @classmethod
    def read(cls, rows: Iterable[tuple[Any, ...]]) -> Names:
        names = cls()
        for kind, _, pk, code, name, block_id in sorted(rows, key=lambda row: row[:3]):
            if kind == "person":
                names.people[pk] = name
            else:
                names.listed[kind].append((code, name, pk))
                names.block_of[pk] = block_id
        return names


def named(rows: QuerySet[Any], kind: str, name: str = "name", block: str = "") -> QuerySet[Any, Any]:
    """One part of a union that ``Names.read`` reads."""
    found: QuerySet[Any, Any] = (
        rows.order_by()
        .annotate(row_kind=Value(kind), row_name=F(name), row_block=F(block) if block else Value(0, BigIntegerField()))
        .values_list("row_kind", "order", "pk", "code", "row_name", "row_block")
    )
    return found


def word_of(name: str, value: str, names: Names) -> str:
    """One filter that is set, as a word that can be read alone."""
    if name in LISTS:
        return next((title for code, title, _ in names.listed[name] if code == value), value)
    if name in ("responsible", "sorted_by"):
        return _person(name, value, names)
    if name == "rule":
        known = next((words for code, words, _ in names.listed["rule"] if code == value), "не из этого Центра")
        return "передано автоправилом" if value == ANY else f"автоправило «{known}»"
    if name in DATES:
        day = day_of(value)
        return f"{LABELS[name].lower()} {day:%d.%m.%Y}" if day else value
    said: dict[str, dict[str, str]] = {
        "state": {**dict(State.choices), **_GROUPS},
        "term": TERMS,
        "regime": dict(Regime.choices),
        "completeness": {str(mark.value): f"ответ {mark.label}" for mark in Completeness},
        "control": {code: f"контроль решения: {words}" for code, words in CONTROLS.items()},
        "score": {code: f"оценка {words}" for code, words in SCORES.items()},
        "tag": {value: f"метка «{value}»"},
        **{flag: {value: words} for flag, words in FLAGS.items()},
    }
    return str(said[name][value])


def _person(name: str, value: str, names: Names) -> str:
    if value == NOBODY:
        return "без ответственного"
    who = "я" if value == ME else names.people.get(int(value), "человек не из этого Центра")
    return f"отвечает {who}" if name == "responsible" else f"передал {who}"


def words_of(filters: Filters, center: Center) -> list[tuple[str, str]]:
    """Every filter that is set, as (label, word). At most one query."""
    names = names_of(center, filters)
    return [(LABELS[name], value if name == "q" else word_of(name, value, names)) for name, value in filters.set().items()]


def names_of(center: Center, filters: Filters, *, whole: tuple[str, ...] = ()) -> Names:
    """What the filters that are set name, with the whole of some lists. At most one query."""
    parts = []
    for kind, model in LISTS.items():
        code, rows = getattr(filters, kind), model.objects.filter(center=center)
        name = "short" if kind in ("block", "source") else "name"
        if kind in whole:
            parts.append(named(rows.filter(Q(closed_at__isnull=True) | Q(code=code)), kind, name))
        elif code:
            parts.append(named(rows.filter(code=code), kind, name))
    if filters.rule.isdecimal():
        parts.append(auto_rules(center).filter(pk=int(filters.rule)))
    ids = {int(value) for name in ("responsible", "sorted_by") if (value := getattr(filters, name)).isdecimal()}
    if ids:
        parts.append(_people(center, ids))
    return Names.read(parts[0].union(*parts[1:], all=True)) if parts else Names()


def auto_rules(center: Center) -> QuerySet[Any, Any]:
    """Every auto-rule of the Center by its id, those taken out of the list, too: their cases still name them."""
    gone = Case(When(closed_at__isnull=True, then=Value("")), default=Value(" (убрано)"))
    found: QuerySet[Any, Any] = (
        AutoRule.objects.filter(center=center)
        .order_by()
        .annotate(
            row_kind=Value("rule"),
            code=Cast("pk", CharField()),
            row_name=Concat("name", gone),
            row_block=Value(0, BigIntegerField()),
        )
        .values_list("row_kind", "order", "pk", "code", "row_name", "row_block")
    )
    return found


def _people(center: Center, ids: set[int]) -> QuerySet[Any, Any]:
    """People of the Center, who were there once: a stranger's name is not told."""
    found: QuerySet[Any, Any] = (
        Membership.objects.filter(center=center, user__in=ids)
        .order_by()
        .annotate(
            row_kind=Value("person"),
            order=Value(0),
            code=Value(""),
            row_name=F("user__full_name"),
            row_block=Value(0, BigIntegerField()),
        )
        .values_list("row_kind", "order", "user_id", "code", "row_name", "row_block")
    )
    return found
