"""What an export holds: its heading, its columns as a table program wants them, its rows in batches of one size."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from blocks.actors import Actor
from blocks.models import Center
from mcu.calendar import WorkingHours
from messages import policies
from messages.exchange import im, pos
from messages.masking import mask_contacts
from messages.models import NO_TERM, Completeness, Deadline, Export, Message, MessageQuerySet, Regime, Reply, Tag
from messages.selectors.forecast import likeliest
from messages.selectors.register.case_cells import Case, Cell, SheetColumn
from messages.selectors.register.columns import DEFAULT, score_of
from messages.selectors.register.filters import Filters
from messages.selectors.register.found import register
from messages.selectors.register.shapes import columns_of
from messages.selectors.register.words import words_of
from messages.selectors.rows import chip_of, telling, terms_of
from messages.terms import Kind
from messages.workflow import State

_STATES: Final = {state.value: str(state.label) for state in State}
_REGIMES: Final = {regime.value: str(regime.label) for regime in Regime}
_JOINED: Final = ("source", "topic__block", "settlement", "block", "recipient", "responsible")
OF_SOURCE: Final = {Export.Format.IM.value: im.SOURCE, Export.Format.POS.value: pos.SOURCE}  # whose table: its cases alone
_OF_SHAPES: Final = ("tags", "score")  # what a table of another system needs beside the case itself


@dataclass(frozen=True, slots=True)
class Heading:
    """Whose file it is, by which conditions, for whom and when."""

    center: str
    title: str
    made: str
    conditions: list[tuple[str, str]]
    made_at: datetime
    tz: ZoneInfo


@dataclass(slots=True)
class Exported:
    """A file's content, read as it is asked for; ``shown`` gathers the cases whose applicant stands in it."""

    heading: Heading
    columns: tuple[SheetColumn, ...]
    total: int
    shown: array[int]
    _found: MessageQuerySet
    _visible: MessageQuerySet
    _actor: Actor
    _with_contacts: bool
    _with_answers: bool
    _now: datetime

    def batches(self, size: int) -> Iterator[list[list[Cell]]]:
        """Rows in the register's order."""
        for cases in self.cases(size):
            yield [[column.value(case) for column in self.columns] for case in cases]

    def cases(self, size: int) -> Iterator[list[Case]]:
        """Cases in the register's order. The ids come by a cursor of the server, then two to four queries a batch."""
        ids: list[int] = []
        for pk in self._found.values_list("pk", flat=True).iterator(chunk_size=size):
            ids.append(pk)
            if len(ids) == size:
                yield self._cases(ids)
                ids = []
        if ids:
            yield self._cases(ids)

    def _cases(self, ids: Sequence[int]) -> list[Case]:
        """A case that went out of the person's sight meanwhile is left out."""
        found = self._visible.filter(pk__in=ids)
        messages = {message.pk: message for message in found}
        terms = terms_of(messages.values())
        answers = _answers(messages.values()) if self._with_answers else {}
        return [self._case(messages[pk], terms[pk], answers.get(pk)) for pk in ids if pk in messages]

    def _case(self, message: Message, terms: list[Deadline], answer: Reply | None) -> Case:
        named = self._with_contacts and bool(policies.may_see_contacts(self._actor, message))
        applicant = getattr(message, "applicant", None) if named else None
        if applicant is not None:
            self.shown.append(message.pk)
        chip, likely = chip_of(telling(terms), self._now), likeliest(terms, self._now)
        ends = {term.kind: term for term in terms if not term.internal}
        answering = ends.get(Kind.ANSWER) or ends.get(Kind.PUBLISH)

        def words(text: str) -> str:
            return text if named else mask_contacts(text)

        return Case(
            message=message,
            topic=_name(message.topic) or words(message.topic_words),
            text=words(message.text),
            place=_name(message.settlement) or words(message.settlement_words),
            address=words(message.address),
            chip=chip.words if chip else "",
            due_at=None if message.next_due_at == NO_TERM else message.next_due_at,
            chance=likely.chance if likely else None,
            applicant=applicant,
            answer=answer,
            answer_due=answering.due_at if answering else None,
            is_late=bool(answering and answering.breached_at),
        )


def exported(*, export: Export, actor: Actor, center: Center, hours: WorkingHours, now: datetime) -> Exported:
    """The content of an export for whoever asked, as of now. Two or three queries."""
    query = dict(parse_qsl(export.query))
    filters = Filters.read(query)
    found = register(actor=actor, center=center, filters=filters, now=now)
    if export.only:
        found, filters = Message.objects.visible_to(actor).filter(pk__in=export.only), Filters(state="all")
    if export.format == Export.Format.SSTU:
        found = found.filter(regime=Regime.APPEAL)
    if source := OF_SOURCE.get(export.format):
        found = found.filter(source__code=source)
    codes = (export.columns or DEFAULT) if export.format == Export.Format.MCU else _OF_SHAPES
    return Exported(
        heading=_heading(export, filters, center, now),
        columns=_columns(export, codes, center, hours),
        total=found.count(),
        shown=array("q"),
        _found=found.order_by(*filters.order.by()),
        _visible=_read(Message.objects.visible_to(actor), codes, with_contacts=export.with_contacts),
        _actor=actor,
        _with_contacts=export.with_contacts,
        _with_answers=export.format != Export.Format.MCU,
        _now=now,
    )


def _columns(export: Export, codes: Sequence[str], center: Center, hours: WorkingHours) -> tuple[SheetColumn, ...]:
    if export.format in (Export.Format.IM, Export.Format.POS):
        return columns_of(export.format, center, hours)
    columns = tuple(column for code, columns in _SHEET.items() if code in codes for column in columns)
    return (*columns, *(_CONTACTS if export.with_contacts else ()))


def _answers(messages: Iterable[Message]) -> dict[int, Reply]:
    """What went out last of each that is answered. One query."""
    done = [message.pk for message in messages if message.answered_at is not None]
    sent = Reply.objects.filter(message__in=done, posted_at__isnull=False).order_by("message_id", "-version")
    return {reply.message_id: reply for reply in sent.distinct("message_id")}


def _read(rows: MessageQuerySet, codes: Sequence[str], *, with_contacts: bool) -> MessageQuerySet:
    """Everything the cells of a row need, in one query."""
    found = rows.select_related(*_JOINED, *(["applicant"] if with_contacts else [])).defer(
        "search", "payload_hash", "merged_from"
    )
    if "tags" in codes:
        found = found.annotate(tag_names=ArraySubquery(Tag.objects.filter(messages=OuterRef("pk")).values("name")))
    if "score" in codes:
        found = found.annotate(score=score_of())
    return found


def _heading(export: Export, filters: Filters, center: Center, now: datetime) -> Heading:
    made = f"{now.astimezone(center.tz):%d.%m.%Y %H:%M}"
    chosen = [("Отобрано", f"отмеченные в списке, {len(export.only)}")] if export.only else words_of(filters, center)
    conditions = chosen or [("Отобрано", "всё в работе")]
    if filters.is_open and chosen and not filters.state and not export.only:
        conditions = [*conditions, ("Состояние", "в работе")]
    personal = "включены там, где роль их показывает" if export.with_contacts else "не включены, в тексте скрыты"
    return Heading(
        center=center.name,
        title="Реестр сообщений",
        made=f"Выгружено {made} ({center.timezone}): {export.user.full_name}",
        conditions=[*conditions, ("Персональные данные", personal)],
        made_at=now,
        tz=center.tz,
    )


def _name(row: object) -> str:
    return str(getattr(row, "name", "")) if row else ""


def _completeness(case: Case) -> str:
    mark = case.message.completeness
    return "" if mark is None else str(Completeness(mark).label)


def _person(case: Case) -> str:
    return case.message.responsible.full_name if case.message.responsible else ""


def _of_applicant(name: str) -> Callable[[Case], Cell]:
    return lambda case: str(getattr(case.applicant, name)) if case.applicant else ""


# What each column of the register is on a sheet, where one cell holds one thing.
_SHEET: Final[dict[str, tuple[SheetColumn, ...]]] = {
    "number": (
        SheetColumn("Номер", 18, lambda case: case.message.number),
        SheetColumn("Источник", 16, lambda case: case.message.source.short),
    ),
    "received": (SheetColumn("Поступило", 16, lambda case: case.message.received_at, moment=True),),
    "outside": (SheetColumn("№ в СЭД", 16, lambda case: case.message.outside_number),),
    "regime": (
        SheetColumn("Правовой режим", 18, lambda case: _REGIMES[case.message.regime]),
        SheetColumn("Фаст-трек", 10, lambda case: "да" if case.message.fast_track else ""),
    ),
    "term": (SheetColumn("Срок", 24, lambda case: case.chip),),
    "due": (SheetColumn("Ближайший срок", 16, lambda case: case.due_at, moment=True),),
    "chance": (SheetColumn("Вероятность опоздания, %", 16, lambda case: case.chance),),
    "text": (
        SheetColumn("Тема", 36, lambda case: case.topic),
        SheetColumn("Текст", 80, lambda case: case.text),
    ),
    "place": (
        SheetColumn("Населённый пункт", 24, lambda case: case.place),
        SheetColumn("Адрес", 32, lambda case: case.address),
    ),
    "block": (
        SheetColumn("Блок", 28, lambda case: case.message.block.short if case.message.block else ""),
        SheetColumn("Ответственный", 30, _person),
    ),
    "recipient": (SheetColumn("Получатель", 36, lambda case: _name(case.message.recipient)),),
    "state": (SheetColumn("Состояние", 28, lambda case: _STATES[case.message.state]),),
    "answered": (SheetColumn("Отвечено", 16, lambda case: case.message.answered_at, moment=True),),
    "completeness": (SheetColumn("Полнота ответа", 18, _completeness),),
    "control": (SheetColumn("Контроль решения", 14, lambda case: case.message.get_control_display()),),
    "score": (SheetColumn("Оценка заявителя", 12, lambda case: getattr(case.message, "score", None)),),
    "tags": (SheetColumn("Метки", 24, lambda case: ", ".join(sorted(getattr(case.message, "tag_names", ())))),),
}
_CONTACTS: Final = (
    SheetColumn("Заявитель", 32, _of_applicant("name")),
    SheetColumn("Телефон", 18, _of_applicant("phone")),
    SheetColumn("Почта", 26, _of_applicant("email")),
)
