"""ПОС (платформа обратной связи): the table of 25 columns. It holds neither the text of a message nor who wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from mcu.cells import YesNo
from messages.exchange.cells import Day, Key, Score, Text
from messages.exchange.columns import Column, Table, Wrong, fold, span
from messages.exchange.story import Stage, Story

SOURCE: Final = "pos"
DELIVERY: Final = "через ПОС"
WITHIN: Final = " / "  # between a category, its subcategory and its fact
NO_TEXT: Final = "Текст ответа в выгрузке ПОС не передаётся: прочитайте его на платформе."
ORDINARY: Final = "Обычное сообщение"
APPEAL: Final = "59-ФЗ"
DONE_STAGE: Final = "Завершено"
ANSWERED: Final = "Отправлен ответ заявителю"
DISMISSED: Final = "Отклонено модератором"
PUT_OFF: Final = "Перенос срока обработки утвержден. Отправлен ответ Заявителю"
_LEFT: Final = "Передано в вышестоящую организацию"
OUTCOMES: Final = {"решено": "solved", "разъяснено": "explained", "не решено": "not_solved", "отложено": "planned"}

COLUMNS: Final = (
    Column("number", "Номер", Key(60), also=("Номер сообщения", "№"), needed=True),
    Column("epgu_number", "Номер ЕПГУ", Key(60)),
    Column("origin", "Источник", Text(200)),
    Column("cabinet", "Верхнеуровневый ЛКО"),
    Column("category", "Категория", Text(400)),
    Column("subcategory", "Подкатегория", Text(400)),
    Column("fact", "Факт", Text(400)),
    Column("received_by", "Организация, в которую поступило сообщение", Text(400)),
    Column("organisation", "Организация, в которой находится сообщение", Text(400)),
    Column("received_on", "Дата поступления", Day(), needed=True),
    Column("planned_on", "Дата планируемого завершения работ", Day()),
    Column("done_on", "Дата фактического завершения работ", Day()),
    Column("stage", "Стадия", Text(200)),
    Column("status", "Статус", Text(200)),
    Column("overdue", "Просрочено"),
    Column("fast_track", "Фаст-трек", YesNo()),
    Column("law", "ФЗ", Text(200)),
    Column("by_law", "Заявитель выбрал подачу по 59-ФЗ", YesNo()),
    Column("decision", "Тип решения", Text(200)),
    Column("by_email", "Направлено по email в ФОИВ, не подключенный к ПОС"),
    Column("score", "Оценка ответа заявителем", Score(), also=("Оценка ответа", "Оценка"), spared=True),
    Column("again", "Повторное рассмотрение"),
    Column("coordinator", "ФИО координатора", Text(300)),
    Column("executor", "ФИО исполнителя", Text(300)),
    Column("head", "ФИО руководителя", Text(300)),
)
TABLE: Final = Table(
    code="pos",
    columns=COLUMNS,
    known_by=("number", "epgu_number", "received_on", "planned_on", "done_on", "status", "fast_track", "subcategory"),
    enough=4,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row's values that we use, by the names of ``COLUMNS``."""

    number: str
    epgu_number: str
    origin: str
    category: str
    subcategory: str
    fact: str
    received_by: str
    organisation: str
    received_on: datetime
    planned_on: datetime | None
    done_on: datetime | None
    stage: str
    status: str
    fast_track: bool | None
    law: str
    by_law: bool | None
    decision: str
    score: int | None
    coordinator: str
    executor: str


_NAMES: Final = tuple(Row.__dataclass_fields__)


def row_of(values: dict[str, Any]) -> Row:
    """The typed row of a line's values."""
    return Row(**{name: values[name] for name in _NAMES})


def story_of(values: dict[str, Any], tz: ZoneInfo) -> Story:
    """What the row says about its case. Raises ``Wrong``."""
    row = row_of(values)
    titles = ("Дата поступления", "Дата фактического завершения работ")
    received, done = span(row.received_on, row.done_on, tz, titles=titles)
    stage, told = _stage(row)
    if stage in (Stage.ANSWERED, Stage.CLOSED) and done is None:
        raise Wrong(
            f"Столбец «Дата фактического завершения работ»: пусто, а статус — «{row.status}». Ответа без даты не внести."
        )
    is_answered = stage is Stage.ANSWERED
    is_appeal = bool(row.by_law) or "59" in row.law
    topics = tuple(part for part in (row.fact, row.subcategory, row.category) if part)
    planned = "" if row.planned_on is None else f"Плановое завершение работ на ПОС: {row.planned_on:%d.%m.%Y}."
    return Story(
        key=row.number,
        source=SOURCE,
        received_at=received,
        stage=stage,
        step=row.status or row.stage,
        regime="appeal" if is_appeal else "message",
        fast_track=row.fast_track,
        topic=WITHIN.join(reversed(topics)),
        topic_names=topics,
        recipients=tuple(part for part in (row.organisation, row.received_by) if part),
        registered_at=received if is_appeal else None,
        # Only the day is told, and no agreement: an answer that went out was agreed by then.
        agreed_at=done if is_answered else None,
        answered_at=done if is_answered else None,
        answer=NO_TEXT if is_answered else "",
        delivery=DELIVERY if is_answered else "",
        outcome=row.decision,
        left_at=(done or received) if stage in (Stage.REDIRECTED, Stage.DISMISSED) else None,
        left_to=row.organisation if stage is Stage.REDIRECTED else "",
        score=row.score if is_answered else None,
        scored_at=done if is_answered and row.score else None,
        note=_note(row, planned),
        told=told,
    )


def _stage(row: Row) -> tuple[Stage, str]:
    status = fold(row.status)
    if status == fold(PUT_OFF):
        return Stage.OPEN, "Срок перенесён на ПОС; здесь он считается от дня поступления."
    if status == fold(DISMISSED):
        return Stage.DISMISSED, ""
    if status == fold(_LEFT):
        return Stage.REDIRECTED, ""
    if status == fold(ANSWERED):
        return Stage.ANSWERED, ""
    if not status and fold(row.stage) == fold(DONE_STAGE):
        return Stage.ANSWERED, "Статуса нет, стадия — «Завершено»: принято за отправленный ответ."
    return Stage.OPEN, ""


def _note(row: Row, planned: str) -> str:
    named = (
        ("Номер ЕПГУ", row.epgu_number),
        ("Подано через", row.origin),
        ("Статус на ПОС", row.status),
        ("Координатор", row.coordinator),
        ("Исполнитель", row.executor),
    )
    lines = [f"{title}: {value}." for title, value in named if value]
    return "\n".join([*lines, planned] if planned else lines)
