"""«Инцидент Менеджмент»: the table of 47 columns, A to AU, and its older layouts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from mcu.text import folded
from messages.exchange.cells import Key, Lasted, Moment, MomentIfAny, ScoreIfAny, Text, aware, plain
from messages.exchange.columns import Column, Table, Wrong, span
from messages.exchange.story import Person, Stage, Story

SOURCE: Final = "im"
DONE: Final = "готово"
ASKED: Final = "оценка удовлетворенности"
DELIVERY: Final = "в «Инцидент Менеджмент»"
# Names of outcomes there, by the codes of the charters.
OUTCOMES: Final = {
    "решено": "solved",
    "разъяснено": "explained",
    "не решено": "not_solved",
    "отложено": "planned",
    "автор доволен": "solved",
}
_TAGS: Final = re.compile(r"[,;\n]+")

# In the order of today's layout: a place in this list is a letter of the sheet.
COLUMNS: Final = (
    Column("cabinet", "Кабинет"),
    Column("id", "ID", Key(60), also=("ИД", "Идентификатор", "ID инцидента")),
    Column("number", "Номер инцидента", Key(60), also=("Номер", "№ инцидента")),
    Column("department", "Отдел"),
    Column("executor", "Исполнитель", also=("Последний исполнитель",)),
    Column("answered_at", "Общее время первого ответа", Moment(), also=("Время первого ответа", "Дата первого ответа")),
    Column("answer", "Общий текст первого ответа", also=("Текст первого ответа",)),
    Column("took", "Время с даты создания инцидента до времени первого ответа"),
    Column("took_working", "Время с даты создания инцидента до времени первого ответа, рабочее время"),
    Column("assigned_at", "Время назначения последнего исполнителя", MomentIfAny()),
    Column("own_answered_at", "Время 1го ответа ПИ", MomentIfAny(), also=("Время первого ответа ПИ",)),
    Column("own_took", "Первая реакция с момента назн. ПИ", also=("Первая реакция с момента назначения ПИ",)),
    Column("own_in_time", "Уложились или нет после назн. ПИ", also=("Уложились или нет после назначения ПИ",)),
    Column("lasted", "Время с начала создания инцидента до окончания"),
    Column("submitted_at", "Время отправки первого ответа ПИ на согласование", MomentIfAny()),
    Column("agreeing", "Время, которое первый ответ ПИ находился на согласовании", Lasted()),
    Column("step", "Текущий шаг инцидента", Text(200), also=("Текущий шаг", "Шаг инцидента", "Статус")),
    Column("created_at", "Дата создания", Moment(), also=("Дата создания инцидента", "Время создания инцидента"), needed=True),
    Column("ended_at", "Дата окончания", Moment(), also=("Дата закрытия", "Дата окончания инцидента")),
    Column("group", "Группа тем", Text(400), also=("Группа",)),
    Column("topic", "Тема", Text(400), also=("Тема инцидента",)),
    Column("region", "Регион"),
    Column("municipality", "Муниципалитет", also=("Муниципальное образование",)),
    Column("settlement", "Населенный пункт", Text(400)),
    Column("street", "Улица", Text(300)),
    Column("house", "Дом", Key(60)),
    Column("old_object", "Объект старый"),
    Column("object", "Объект"),
    Column("kind", "Тип инцидента", Text(100)),
    Column("outcome", "Итог", Text(200), also=("Итог инцидента",)),
    Column("media_in_answer", "Есть медиафайл в ответе"),
    Column("media_in_message", "Есть медиафайл в сообщении"),
    Column("post_url", "Урл поста", Text(1000), also=("URL поста", "Ссылка на пост", "Ссылка на сообщение")),
    Column("blog_url", "Урл блога", also=("URL блога",)),
    Column("text", "Текст инцидента", also=("Текст сообщения", "Текст поста")),
    Column("own_answer", "1ый ответ ПИ", also=("Первый ответ ПИ", "1-й ответ ПИ", "1 ответ ПИ")),
    Column("second_answer", "2ой ответ ПИ", also=("Второй ответ ПИ", "2-й ответ ПИ", "2 ответ ПИ")),
    Column("third_answer", "3ий ответ ПИ", also=("Третий ответ ПИ", "3-й ответ ПИ", "3 ответ ПИ")),
    Column("reason", "Причина закрытия", Text(400)),
    Column("audience", "Аудитория"),
    Column("engagement", "Вовлеченность"),
    Column("author_url", "URL автора", Text(1000), also=("Урл автора", "Ссылка на автора")),
    Column("account", "Аккаунт публикации ответа", Text(200)),
    Column("tags", "Теги", Text(2000)),
    Column("note", "Примечание", Text(5000), also=("Комментарий",)),
    Column("asked_at", "Время попадания на шаг оценка удовлетворенности", MomentIfAny()),
    Column("asked", "Опрос отправлен"),
)
TABLE: Final = Table(
    code="im",
    columns=COLUMNS,
    known_by=("number", "created_at", "step", "text", "topic", "id"),
    enough=3,
    by_letters=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row's values that we use, by the names of ``COLUMNS``."""

    id: str
    number: str
    department: str
    executor: str
    answered_at: datetime | None
    answer: str
    assigned_at: datetime | None
    own_answered_at: datetime | None
    submitted_at: datetime | None
    agreeing: timedelta | None
    step: str
    created_at: datetime
    ended_at: datetime | None
    group: str
    topic: str
    settlement: str
    street: str
    house: str
    outcome: str
    post_url: str
    text: str
    own_answer: str
    second_answer: str
    third_answer: str
    reason: str
    author_url: str
    account: str
    tags: str
    note: str
    asked_at: datetime | None
    score: int | None


_SCORE: Final = ScoreIfAny()
_NAMES: Final = frozenset(Row.__dataclass_fields__)


def row_of(values: dict[str, Any]) -> Row:
    """The typed row of a line's values."""
    return Row(**{name: values[name] for name in _NAMES - {"score"}}, score=_SCORE.clean(values["reason"]))


def story_of(values: dict[str, Any], tz: ZoneInfo) -> Story:
    """What the row says about its case. Raises ``Wrong``."""
    row = row_of(values)
    # The incident's number is what people name it by and what stays when a row is exported anew; ID is the record's own.
    key = row.number or (f"ID {row.id}" if row.id else "")
    if not key:
        raise Wrong("Столбец «Номер инцидента»: пусто, и «ID» тоже: строку не узнать при следующей выгрузке.")
    titles = ("Дата создания", "Общее время первого ответа")
    created, answered = span(row.created_at, row.answered_at or row.own_answered_at, tz, titles=titles)
    step = folded(row.step)
    stage, told = _stage(row, step, answered)
    agreed = _agreed(row, tz, answered)
    handed = aware(row.assigned_at, tz)
    if handed is not None and not created <= handed <= (agreed or answered or handed):
        handed = None  # the last of several executors: when the first one was named is not told
    closed = (aware(row.ended_at, tz) or aware(row.asked_at, tz) or answered) if stage is Stage.CLOSED else None
    return Story(
        key=key,
        source=SOURCE,
        received_at=created,
        stage=stage,
        step=row.step,
        text=row.text,
        topic=": ".join(part for part in (row.group, row.topic) if part),
        topic_names=tuple(part for part in (row.topic, row.group) if part),
        settlement=row.settlement,
        address=", ".join(part for part in (row.street, row.house) if part),
        url=row.post_url if row.post_url.startswith(("http://", "https://")) else "",
        recipients=(row.executor,) if row.executor else (),
        block=row.department,
        handed_over_at=handed,
        submitted_at=aware(row.submitted_at, tz),
        agreed_at=agreed,
        answered_at=answered,
        answer=_answers(row),
        delivery=f"{DELIVERY}, от имени «{row.account}»"[:300] if row.account else DELIVERY,
        outcome=row.outcome or (row.reason if row.score is None else ""),
        closed_at=max(closed, answered) if closed and answered else closed,
        left_at=closed or aware(row.ended_at, tz) if stage is Stage.DISMISSED else None,
        score=row.score,
        scored_at=(aware(row.ended_at, tz) or aware(row.asked_at, tz) or answered) if row.score else None,
        person=Person(name=row.author_url.removeprefix("https://").removeprefix("http://")[:300]) if row.author_url else None,
        tags=tuple(" ".join(tag.split())[:60] for tag in _TAGS.split(row.tags) if tag.strip()),
        note=row.note,
        told=told,
    )


def _stage(row: Row, step: str, answered: datetime | None) -> tuple[Stage, str]:
    if step == DONE:
        if answered is not None:
            return Stage.CLOSED, ""
        return Stage.DISMISSED, "Закрыто там без ответа."
    if step == ASKED and answered is None:
        raise Wrong(
            f"Столбец «Общее время первого ответа»: пусто, а шаг — «{row.step}». Ответа без времени не внести: "
            "выгрузите файл заново."
        )
    if answered is None:
        return Stage.OPEN, ""
    return Stage.ANSWERED, "" if step == ASKED else f"Там работа продолжается, шаг «{row.step}»." if row.step else ""


def _agreed(row: Row, tz: ZoneInfo, answered: datetime | None) -> datetime | None:
    """Sent to be agreed, and how long it was there; an answer that is given was agreed when it was given at the latest."""
    sent = aware(row.submitted_at, tz)
    agreed = sent + row.agreeing if sent is not None and row.agreeing is not None else None
    if answered is None:
        return None
    return answered if agreed is None or agreed > answered else agreed


def _answers(row: Row) -> str:
    """The first answer, and those that followed it in the same talk."""
    first = row.answer or row.own_answer
    own = row.own_answer if row.answer and plain(row.own_answer) != plain(row.answer) else ""
    more = (("Ответ исполнителя", own), ("Второй ответ", row.second_answer), ("Третий ответ", row.third_answer))
    return "\n\n".join([first, *(f"{title}:\n{text}" for title, text in more if text)]).strip()
