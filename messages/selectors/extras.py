"""What the case page shows beside the letter and the answer, all of it in one query: see ``Extras``.

Each kind of row is a dataclass; the database makes it a JSON list of objects named as the dataclass's fields, so that a
page with ten kinds of rows costs no more than a page with none. To add a kind: a dataclass, a field of ``Extras``, a line
of ``_lists``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Final, TypeVar, get_type_hints

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Model, OuterRef
from django.db.models.functions import JSONObject

from blocks.models import DeadlineRule
from mcu.models import User
from messages.models import (
    Attachment,
    Comment,
    Deadline,
    InterimReply,
    Letter,
    Message,
    Part,
    Question,
    Satisfaction,
    Tag,
    WorkingCopy,
)
from messages.selectors import forecast
from messages.workflow import State

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the Center, as a row of the page names him."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class CommentRow:
    id: int
    author: Person | None
    role: str
    text: str
    mentions: list[int]
    at: datetime


@dataclass(frozen=True, slots=True)
class FileRow:
    """An attachment that was not removed; ``reply_id`` once it went out with a version."""

    id: int
    kind: str
    reply_id: int | None
    name: str
    content_type: str
    size: int
    uploaded_by: Person | None
    client: str | None
    uploaded_at: datetime


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part of the answer asked of a block (соисполнение)."""

    id: int
    cycle: int
    block_id: int
    block: str
    recipient_id: int | None
    recipient: str | None
    question: str
    asked_by: Person | None
    asked_at: datetime
    due_at: datetime
    text: str
    given_by: Person | None
    given_at: datetime | None
    void_at: datetime | None
    late_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.given_at is None and self.void_at is None

    @property
    def was_late(self) -> bool:
        """Whether its term passed unmet, be it given since or not."""
        return self.late_at is not None or (self.given_at is not None and self.given_at > self.due_at)


@dataclass(frozen=True, slots=True)
class InterimRow:
    id: int
    cycle: int
    text: str
    promised_at: datetime
    author: Person | None
    posted_at: datetime
    url: str
    delivery: str


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question to the applicant and what was answered; ``answered_at`` without an ``answer``: nothing came by its limit."""

    id: int
    cycle: int
    text: str
    asked_at: datetime
    until: datetime
    author: Person | None
    url: str
    delivery: str
    answered_at: datetime | None
    answer: str
    answer_by: Person | None


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """What the applicant said of the answer of one cycle."""

    id: int
    cycle: int
    score: int
    text: str
    via: str
    at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class LetterRow:
    id: int
    reply_id: int
    version: int
    number: str
    dated: date
    signer: str
    signer_post: str
    made_by: Person | None
    made_at: datetime
    method: str
    tracking: str
    handed_to: str
    mailed_at: datetime | None
    mail_error: str
    next_try_at: datetime | None
    attempts: int


@dataclass(slots=True)
class MergedRow:
    """A case answered with this one; the ids say whether the reader may see it."""

    id: int
    number: str
    source: str
    state: str
    center_id: int
    source_id: int
    block_id: int | None
    recipient_id: int | None
    settlement_id: int | None

    @property
    def state_name(self) -> str:
        return str(State(self.state).label)


@dataclass(frozen=True, slots=True)
class CopyRow:
    """Who types at the answer and what: for its own writer, and for whoever writes there now."""

    id: int
    user: Person
    base_version: int
    saved_at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class TagRow:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Extras:
    """All that stands on the case page beside the letter and the versions of the answer, in the order of time."""

    deadlines: list[Deadline] = field(default_factory=list)
    comments: list[CommentRow] = field(default_factory=list)
    files: list[FileRow] = field(default_factory=list)
    parts: list[PartRow] = field(default_factory=list)
    interims: list[InterimRow] = field(default_factory=list)
    questions: list[QuestionRow] = field(default_factory=list)
    scores: list[ScoreRow] = field(default_factory=list)
    letters: list[LetterRow] = field(default_factory=list)
    merged: list[MergedRow] = field(default_factory=list)  # led by this one
    leading: MergedRow | None = None  # that leads this one
    copies: list[CopyRow] = field(default_factory=list)
    tags: list[TagRow] = field(default_factory=list)

    def files_of(self, kind: str) -> list[FileRow]:
        return [row for row in self.files if row.kind == kind]

    def parts_of(self, cycle: int) -> list[PartRow]:
        """The parts asked for the present answer, without those no longer asked for."""
        return [row for row in self.parts if row.cycle == cycle and row.void_at is None]

    def question_of(self, cycle: int) -> QuestionRow | None:
        """The question that the applicant has not answered."""
        return next((row for row in self.questions if row.cycle == cycle and row.answered_at is None), None)

    def score_of(self, cycle: int) -> ScoreRow | None:
        return next((row for row in self.scores if row.cycle == cycle), None)

    def letter_of(self, reply_id: int) -> LetterRow | None:
        return next((row for row in self.letters if row.reply_id == reply_id), None)


def extras_of(message: Message) -> Extras:
    """Everything beside the letter. One query."""
    sql, params = _statement()
    with connection.cursor() as cursor:
        cursor.execute(sql, [message.pk if value == _CASE else value for value in params])
        leading, *found = cursor.fetchone()
    rows: dict[str, Any] = {
        name: [_row(one.row, json.loads(data)) for data in rows]
        for (name, one), rows in zip(_lists().items(), found, strict=True)
    }
    deadlines = [_deadline(row) for row in rows.pop("deadlines")]
    lead = json.loads(leading)
    return Extras(deadlines=deadlines, leading=_row(MergedRow, lead) if lead["id"] else None, **rows)


# It stands in the statement for the case; no id is negative.
_CASE: Final = -1


@cache
def _statement() -> tuple[str, tuple[Any, ...]]:
    """The query, put together once: its subqueries take the ORM four times as long as they take the database."""
    queries = {f"{name}_rows": one.query() for name, one in _lists().items()}
    rows = Message.objects.filter(pk=_CASE).order_by().values(leading_row=_object(MergedRow, "leading__", _MERGED), **queries)
    return rows.query.sql_with_params()


@dataclass(frozen=True, slots=True)
class _RuleRow:
    """What a term's bar needs of its rule."""

    id: int
    kind: str
    name: str
    clause: str
    basis: str
    pauses: bool


@dataclass(frozen=True, slots=True)
class _DeadlineRow:
    id: int
    kind: str
    cycle: int
    internal: bool
    started_at: datetime
    due_at: datetime
    met_at: datetime | None
    void_at: datetime | None
    breached_at: datetime | None
    threat_at: datetime
    paused_until: datetime | None
    chance: int | None
    entered_at: datetime
    stage_pace: dict[str, Any] | None
    rule: _RuleRow


@dataclass(frozen=True, slots=True)
class _List:
    """One kind of rows: ``paths`` says where a field is read that the model does not call by the same name."""

    row: type[Any]
    model: type[Model]
    order: tuple[str, ...]
    paths: Mapping[str, Any] = field(default_factory=dict)
    where: Mapping[str, Any] = field(default_factory=dict)
    case: str = "message"  # the field by which the rows belong to the case

    def query(self) -> ArraySubquery:
        rows = self.model._default_manager.filter(**{self.case: OuterRef("pk")}, **self.where).order_by(*self.order)
        return ArraySubquery(rows.values(row=_object(self.row, "", self.paths)))


_MERGED: Final = {"source": "source__short"}


@cache
def _lists() -> dict[str, _List]:
    """The lists of ``Extras`` by name."""
    named = {"block": "block__short", "recipient": "recipient__name"}
    return {
        "deadlines": _List(_DeadlineRow, Deadline, ("id",), forecast.reasons()),
        "comments": _List(CommentRow, Comment, ("at", "id")),
        "files": _List(FileRow, Attachment, ("uploaded_at", "id"), {"client": "client__name"}, {"removed_at__isnull": True}),
        "parts": _List(PartRow, Part, ("asked_at", "id"), named),
        "interims": _List(InterimRow, InterimReply, ("posted_at", "id")),
        "questions": _List(QuestionRow, Question, ("asked_at", "id")),
        "scores": _List(ScoreRow, Satisfaction, ("cycle",)),
        "letters": _List(LetterRow, Letter, ("made_at", "id"), {"version": "reply__version"}),
        "merged": _List(MergedRow, Message, ("id",), _MERGED, case="leading"),
        "copies": _List(CopyRow, WorkingCopy, ("saved_at", "id")),
        "tags": _List(TagRow, Tag, ("name",), case="messages"),
    }


def _object(row: Any, prefix: str, paths: Mapping[str, Any]) -> JSONObject:
    """The dataclass as one JSON object; the fields of a joined row stand in an object of their own."""
    values: dict[str, Any] = {}
    for name, hint in _hints(row).items():
        path = paths.get(name, name)
        if hint in _PERSON:
            values[name] = JSONObject(id=f"{prefix}{path}_id", name=f"{prefix}{path}__full_name")
        elif is_dataclass(hint):
            values[name] = _object(hint, f"{prefix}{path}__", {})
        else:
            values[name] = f"{prefix}{path}" if isinstance(path, str) else path
    return JSONObject(**values)


@cache
def _hints(row: Any) -> dict[str, Any]:
    return get_type_hints(row)


def _row(row: type[R], data: Mapping[str, Any]) -> R:
    """The dataclass out of the database's JSON."""
    kind: Any = row
    found: R = kind(**{name: _value(hint, data[name]) for name, hint in _hints(kind).items()})
    return found


def _value(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    if hint in _PERSON:
        return Person(value["id"], User(full_name=value["name"]).short_name) if value["id"] else None
    if hint in (datetime, datetime | None):
        return datetime.fromisoformat(value)
    if hint is date:
        return date.fromisoformat(value)
    return _row(hint, value) if is_dataclass(hint) and isinstance(hint, type) else value


def _deadline(row: _DeadlineRow) -> Deadline:
    """A term as the selectors of terms know it."""
    values = {one.name: getattr(row, one.name) for one in fields(row)}
    reasons = {name: values.pop(name) for name in ("entered_at", "stage_pace")}
    rule = DeadlineRule(**{one.name: getattr(row.rule, one.name) for one in fields(row.rule)})
    found = Deadline(**values | {"rule": rule})
    vars(found).update(reasons)
    return found


_PERSON: Final = (Person, Person | None)
