"""Our own table: what the register exports comes back in, and what somebody has put together by the same headers."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from mcu.cells import YesNo
from messages.exchange.cells import Key, Moment, Score, Text, aware
from messages.exchange.columns import Column, Table, Wrong, fold
from messages.exchange.story import Person, Stage, Story

DELIVERY: Final = "как указано во внесённой таблице"
_TAGS: Final = re.compile(r"[,;\n]+")

COLUMNS: Final = (
    Column("number", "Номер", Key(40)),
    Column("source", "Источник", Text(60)),
    Column("outside_key", "Номер в источнике", Key(200), also=("Внешний номер",)),
    Column("received_at", "Поступило", Moment(), also=("Дата поступления",), needed=True),
    Column("outside", "№ в СЭД", Key(100)),
    Column("regime", "Правовой режим", Text(60)),
    Column("fast_track", "Фаст-трек", YesNo()),
    Column("topic", "Тема", Text(400)),
    Column("text", "Текст"),
    Column("place", "Населённый пункт", Text(400)),
    Column("address", "Адрес", Text(500)),
    Column("url", "Ссылка", Text(1000)),
    Column("block", "Блок", Text(400)),
    Column("recipient", "Получатель", Text(400)),
    Column("state", "Состояние", Text(100)),
    Column("answered_at", "Отвечено", Moment()),
    Column("answer", "Ответ", also=("Текст ответа",)),
    Column("completeness", "Полнота ответа", Text(60)),
    Column("control", "Контроль решения", Text(60)),
    Column("score", "Оценка заявителя", Score(), spared=True),
    Column("tags", "Метки", Text(2000)),
    Column("name", "Заявитель", Text(300)),
    Column("phone", "Телефон", Key(60)),
    Column("email", "Почта", Text(254)),
)
TABLE: Final = Table(
    code="mcu",
    columns=COLUMNS,
    known_by=("source", "received_at", "text", "state", "place", "topic", "regime"),
    enough=3,
)
_APPEALS: Final = ("обращение", "59-фз")
_STAGES: Final = {
    "ответ направлен": Stage.ANSWERED,
    "закрыто": Stage.CLOSED,
    "переадресовано по компетенции": Stage.REDIRECTED,
    "оставлено без ответа": Stage.DISMISSED,
}
_MARKS: Final = {"в полном объеме": 2, "частично": 1, "формально": 0}


def story_of(values: dict[str, Any], tz: ZoneInfo) -> Story:
    """What the row says about its case. Raises ``Wrong``."""
    received, answered = aware(values["received_at"], tz), aware(values["answered_at"], tz)
    if received is None:
        raise Wrong("Столбец «Поступило»: пусто.")
    stage = _STAGES.get(fold(values["state"]), Stage.OPEN)
    if problems := _problems(values, stage, received, answered):
        raise Wrong(*problems)
    if stage is Stage.OPEN and answered is not None:
        stage = Stage.ANSWERED
    names = (values["name"], values["email"], values["phone"])
    return Story(
        key=values["outside_key"] or values["number"] or _made_up(values, received),
        number=values["number"],
        source=values["source"],
        received_at=received,
        stage=stage,
        step=values["state"],
        regime=_regime(values["regime"]),
        fast_track=values["fast_track"],
        text=values["text"],
        topic=values["topic"],
        topic_names=(values["topic"],) if values["topic"] else (),
        settlement=values["place"],
        address=values["address"],
        url=values["url"] if values["url"].startswith(("http://", "https://")) else "",
        control=values["control"],
        recipients=(values["recipient"],) if values["recipient"] else (),
        block=values["block"],
        outside_number=values["outside"],
        agreed_at=answered,
        answered_at=answered,
        answer=values["answer"],
        delivery=DELIVERY if answered else "",
        completeness=_MARKS.get(fold(values["completeness"])),
        closed_at=answered if stage is Stage.CLOSED else None,
        left_at=received if stage in (Stage.REDIRECTED, Stage.DISMISSED) else None,
        score=values["score"] if answered else None,
        scored_at=answered if values["score"] else None,
        person=Person(name=names[0], email=names[1], phone=names[2]) if any(names) else None,
        tags=tuple(" ".join(tag.split())[:60] for tag in _TAGS.split(values["tags"]) if tag.strip()),
    )


def _problems(values: dict[str, Any], stage: Stage, received: datetime, answered: datetime | None) -> list[str]:
    found: list[str] = []
    if answered is not None and answered < received:
        found.append("Столбец «Отвечено»: ответ раньше самого сообщения. Проверьте обе даты.")
    if not values["source"] and not values["number"]:
        found.append("Столбец «Источник»: пусто. Впишите источник, как он называется в Центре.")
    if not any(values[name] for name in ("text", "number", "outside_key")):
        found.append("Столбец «Текст»: пусто, а номера, по которому найти сообщение, нет.")
    if stage in (Stage.ANSWERED, Stage.CLOSED) and answered is None:
        found.append(f"Столбец «Отвечено»: пусто, а состояние — «{values['state']}». Ответа без времени не внести.")
    return found


def _regime(words: str) -> str:
    if not words:
        return ""
    return "appeal" if any(word in words.casefold() for word in _APPEALS) else "message"


def _made_up(values: dict[str, Any], received: datetime) -> str:
    """A number for a row that has none: the same row again has the same one."""
    said = "\n".join((values["source"], received.isoformat(), values["text"]))
    return f"таблица {hashlib.sha256(said.encode()).hexdigest()[:16]}"
