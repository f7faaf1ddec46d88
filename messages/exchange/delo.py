"""СЭД «Дело»: the registry of appeals (PrintResult), with headers that repeat for the linked documents."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from messages.exchange.cells import Day, Key, Text
from messages.exchange.columns import Column, Table, span
from messages.exchange.story import Person, Stage, Story

SOURCE: Final = "fz59"
DELIVERY: Final = "письмом, зарегистрированным в СЭД «Дело»"
NO_TEXT: Final = "Ответ дан в СЭД «Дело»; его текст в реестре не передаётся."
TAG: Final = "ПОС {number}"  # joins an appeal with the message it came as
_RUBRIC: Final = re.compile(r"\(\s*(\d{4}(?:\.\d{4}){1,4})\s*\)\s*(.*)", re.S)

COLUMNS: Final = (
    Column("kind", "Вид", Text(200)),
    Column("number", "№ РК", Key(100), also=("Номер РК", "Рег. №", "Рег. номер", "Регистрационный номер"), needed=True),
    Column("registered_on", "Дата рег.", Day(), also=("Дата регистрации", "Дата рег"), needed=True),
    Column("text", "Содержание"),
    Column("person", "Корр./Подписал", Text(300), also=("Корреспондент", "Корр./подписал", "Корр. / Подписал", "Заявитель")),
    Column("files", "Файлы"),
    Column("rubric", "Рубрика", Text(1000)),
    Column("planned_on", "План (РК)", Day(), also=("План",)),
    Column("done_on", "Факт (РК)", Day(), also=("Факт",)),
    Column("group", "Группа документов - индекс", Text(200)),
    Column("with_document", "Сопровод. документ", Text(500)),
    Column("to", "Кому", Text(400)),
    Column("delivery", "Вид доставки РК", Text(100), also=("Вид доставки",)),
    Column("pos_number", "Сообщение ПОС №", Key(60), also=("Сообщение ПОС", "№ сообщения ПОС")),
    Column("origin", "От", Text(400)),
)
TABLE: Final = Table(
    code="delo",
    columns=COLUMNS,
    known_by=("number", "registered_on", "text", "person", "rubric", "planned_on", "done_on", "pos_number"),
    enough=4,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row's values that we use, by the names of ``COLUMNS``."""

    kind: str
    number: str
    registered_on: datetime
    text: str
    person: str
    rubric: str
    planned_on: datetime | None
    done_on: datetime | None
    group: str
    with_document: str
    to: str
    delivery: str
    pos_number: str


_NAMES: Final = tuple(Row.__dataclass_fields__)


def row_of(values: dict[str, Any]) -> Row:
    """The typed row of a line's values."""
    return Row(**{name: values[name] for name in _NAMES})


def story_of(values: dict[str, Any], tz: ZoneInfo) -> Story:
    """What the row says about its case. Raises ``Wrong``."""
    row = row_of(values)
    registered, done = span(row.registered_on, row.done_on, tz, titles=("Дата рег.", "Факт (РК)"))
    code, topic = _rubric(row.rubric)
    return Story(
        key=row.number,
        source=SOURCE,
        received_at=registered,  # the day of receipt is not told; registered it was
        registered_at=registered,
        outside_number=row.number,
        stage=Stage.OPEN if done is None else Stage.ANSWERED,
        regime="appeal",
        text=row.text,
        topic=topic,
        topic_names=(topic,) if topic else (),
        topic_code=code,
        recipients=(row.to,) if row.to else (),
        agreed_at=done,
        answered_at=done,
        answer=NO_TEXT if done else "",
        delivery=DELIVERY if done else "",
        person=Person(name=row.person) if row.person else None,
        tags=(TAG.format(number=row.pos_number)[:60],) if row.pos_number else (),
        note=_note(row),
        joined=row.pos_number,
    )


def _rubric(words: str) -> tuple[str, str]:
    """The classifier's code and the words of the first rubric."""
    found = _RUBRIC.match(words.strip().split("\n")[0])
    return (found[1], found[2].strip()[:400]) if found else ("", words.strip()[:400])


def _note(row: Row) -> str:
    named = (
        ("Вид документа", row.kind),
        ("Группа документов", row.group),
        ("Доставлено", row.delivery),
        ("Сопроводительный документ", row.with_document),
        ("Кому", row.to),
        ("Рубрика", row.rubric),
        ("План по РК", f"{row.planned_on:%d.%m.%Y}" if row.planned_on else ""),
    )
    return "\n".join(f"{title}: {value}." for title, value in named if value)
