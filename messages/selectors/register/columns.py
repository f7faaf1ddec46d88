"""The register's columns: which there are, what each needs to be read, what its cell says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery

from blocks.actors import Actor
from messages import policies
from messages.models import NO_TERM, Completeness, Message, MessageQuerySet, Regime, Satisfaction, Tag
from messages.selectors.rows import Row, for_rows, rows_of

Value = str | datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column; ``own`` ones have markup of their own, the others are plain words from ``value``."""

    code: str
    title: str
    width: str  # a class of the register's style sheet
    default: bool = False
    personal: bool = False
    value: Callable[[Message], Value] | None = None
    of_row: Callable[[Row], Value] | None = None  # where the row has it already
    joins: tuple[str, ...] = ()


def _tags(message: Message) -> str:
    return ", ".join(sorted(getattr(message, "tag_names", ())))


def _score(message: Message) -> str:
    score = getattr(message, "score", None)
    return "" if score is None else f"{score} из 5"


def _due(message: Message) -> datetime | None:
    return None if message.next_due_at == NO_TERM else message.next_due_at


def _recipient(message: Message) -> str:
    return (message.recipient.short or message.recipient.name) if message.recipient else ""


def _completeness(message: Message) -> str:
    return "" if message.completeness is None else str(Completeness(message.completeness).label)


def _regime(message: Message) -> str:
    return str(Regime(message.regime).label) + (", фаст-трек" if message.fast_track else "")


def _applicant(message: Message) -> str:
    applicant = getattr(message, "applicant", None)
    return applicant.name if applicant else ""


COLUMNS: Final = {
    column.code: column
    for column in (
        Column("term", "Срок", "w-term", default=True),
        Column("number", "Номер, источник", "w-number", default=True),
        Column("received", "Поступило", "w-moment", value=lambda message: message.received_at),
        Column("outside", "№ в СЭД", "w-short", value=lambda message: message.outside_number),
        Column("regime", "Режим", "w-short", value=_regime),
        Column("text", "Тема, текст", "w-text", default=True),
        Column("applicant", "Заявитель", "w-name", personal=True, value=_applicant, joins=("applicant",)),
        Column("place", "Где", "w-place", default=True),
        Column("block", "Блок, ответственный", "w-block", default=True),
        Column("recipient", "Получатель", "w-name", value=_recipient, joins=("recipient",)),
        Column("state", "Состояние", "w-state", default=True),
        Column("due", "Исполнить до", "w-moment", value=_due),
        Column("chance", "Вероятность опоздания", "w-short", of_row=lambda row: row.chance),
        Column("answered", "Отвечено", "w-moment", value=lambda message: message.answered_at),
        Column("completeness", "Полнота", "w-short", value=_completeness),
        Column("control", "Контроль", "w-short", value=lambda message: message.get_control_display()),
        Column("score", "Оценка", "w-score", value=_score),
        Column("tags", "Метки", "w-name", value=_tags),
    )
}
DEFAULT: Final = tuple(code for code, column in COLUMNS.items() if column.default)
ALWAYS: Final = "number"  # without it a row leads nowhere
IN_ADDRESS: Final = "columns"


@dataclass(frozen=True, slots=True)
class Line:
    """One case as the register shows it: the row of every list and the cells of the chosen columns, in their order."""

    row: Row
    cells: list[tuple[Column, Value]]


def offered(actor: Actor) -> list[Column]:
    """The columns this person may choose from."""
    personal = actor.has(*policies.CONTACT_ROLES)
    return [column for column in COLUMNS.values() if personal or not column.personal]


def chosen(codes: Iterable[str], actor: Actor) -> tuple[Column, ...]:
    """The columns meant, in their fixed order; unknown ones are passed over, nothing meant is the default."""
    wanted = {code for code in codes if code in COLUMNS} or set(DEFAULT)
    return tuple(column for column in offered(actor) if column.code in wanted | {ALWAYS})


def read_columns(query: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns that the address names; empty where it names none."""
    named = str(query.get(IN_ADDRESS, "")).replace("\x00", "")[:400].split(",")
    return tuple(code for code in COLUMNS if code in named)


def with_columns(rows: MessageQuerySet, columns: Sequence[Column]) -> MessageQuerySet:
    """The query of the register's rows with what the columns need, all of it in the one query."""
    found = for_rows(rows)
    joins = [name for column in columns for name in column.joins]
    if joins:
        found = found.select_related("source", "topic", "settlement", "block", "responsible", *joins)
    codes = {column.code for column in columns}
    if "tags" in codes:
        found = found.annotate(tag_names=ArraySubquery(Tag.objects.filter(messages=OuterRef("pk")).values("name")))
    if "score" in codes:
        found = found.annotate(score=score_of())
    return found


def score_of() -> Subquery:
    """What the applicant gave the present cycle's answer."""
    return Subquery(Satisfaction.objects.filter(message=OuterRef("pk"), cycle=OuterRef("cycle")).values("score")[:1])


def lines(
    messages: Sequence[Message], columns: Sequence[Column], *, actor: Actor, center_slug: str, now: datetime
) -> list[Line]:
    """The page's lines. One query, for the terms."""
    rows = rows_of(messages, actor=actor, center_slug=center_slug, now=now)
    return [
        Line(row, [(column, _cell(column, message, row, actor)) for column in columns])
        for message, row in zip(messages, rows, strict=True)
    ]


def _cell(column: Column, message: Message, row: Row, actor: Actor) -> Value:
    if column.of_row is not None:
        return column.of_row(row)
    if column.value is None:
        return None
    if column.personal and not policies.may_see_contacts(actor, message):
        return "скрыт"
    return column.value(message)
