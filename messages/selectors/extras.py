"""What the case page shows beside the letter and the answer, all of it in one query: see ``Extras``.

The database makes each kind of row a JSON list of objects named as the fields of its dataclass (``extras_rows``), so that a
page with ten kinds of rows costs no more than a page with none. To add a kind: a dataclass there, a field of ``Extras``, a
line of ``_lists``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, Final

from django.db import connection

from blocks.models import DeadlineRule
from messages.models import (
    Attachment,
    Comment,
    Deadline,
    IncomingLetter,
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
from messages.selectors.extras_rows import (
    CommentRow,
    CopyRow,
    DeadlineRow,
    FileRow,
    InterimRow,
    LetterRow,
    MailRow,
    MergedRow,
    PartRow,
    QuestionRow,
    ScoreRow,
    TagRow,
)
from messages.selectors.json_rows import RowList, json_object, row_of


@dataclass(frozen=True, slots=True)
class Extras:
    """All that stands on the case page beside the letter and the versions of the answer, in the order of time."""

    deadlines: list[Deadline] = field(default_factory=list)
    comments: list[CommentRow] = field(default_factory=list)
    files: list[FileRow] = field(default_factory=list)
    parts: list[PartRow] = field(default_factory=list)
    interims: list[InterimRow] = field(default_factory=list)
    questions: list[QuestionRow] = field(default_factory=list)
    mails: list[MailRow] = field(default_factory=list)
    scores: list[ScoreRow] = field(default_factory=list)
    letters: list[LetterRow] = field(default_factory=list)
    merged: list[MergedRow] = field(default_factory=list)  # led by this one
    leading: MergedRow | None = None  # that leads this one
    copies: list[CopyRow] = field(default_factory=list)
    tags: list[TagRow] = field(default_factory=list)

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
        name: [row_of(one.row, json.loads(data)) for data in rows]
        for (name, one), rows in zip(_lists().items(), found, strict=True)
    }
    deadlines = [_deadline(row) for row in rows.pop("deadlines")]
    lead = json.loads(leading)
    return Extras(deadlines=deadlines, leading=row_of(MergedRow, lead) if lead["id"] else None, **rows)


# It stands in the statement for the case; no id is negative.
_CASE: Final = -1


@cache
def _statement() -> tuple[str, tuple[Any, ...]]:
    """The query, put together once: its subqueries take the ORM four times as long as they take the database."""
    queries = {f"{name}_rows": one.query() for name, one in _lists().items()}
    leading = json_object(MergedRow, "leading__", _MERGED)
    rows = Message.objects.filter(pk=_CASE).order_by().values(leading_row=leading, **queries)
    return rows.query.sql_with_params()


_MERGED: Final = {"source": "source__short"}


@cache
def _lists() -> dict[str, RowList]:
    """The lists of ``Extras`` by name."""
    named = {"block": "block__short", "recipient": "recipient__name"}
    return {
        "deadlines": RowList(DeadlineRow, Deadline, ("id",), forecast.reasons()),
        "comments": RowList(CommentRow, Comment, ("at", "id")),
        "files": RowList(FileRow, Attachment, ("uploaded_at", "id"), {"client": "client__name"}, {"removed_at__isnull": True}),
        "parts": RowList(PartRow, Part, ("asked_at", "id"), named),
        "interims": RowList(InterimRow, InterimReply, ("posted_at", "id")),
        "questions": RowList(QuestionRow, Question, ("asked_at", "id")),
        "mails": RowList(MailRow, IncomingLetter, ("sent_at", "id"), where={"kind": "thread", "text__gt": ""}),
        "scores": RowList(ScoreRow, Satisfaction, ("cycle",)),
        "letters": RowList(LetterRow, Letter, ("made_at", "id"), {"version": "reply__version"}),
        "merged": RowList(MergedRow, Message, ("id",), _MERGED, case="leading"),
        "copies": RowList(CopyRow, WorkingCopy, ("saved_at", "id")),
        "tags": RowList(TagRow, Tag, ("name",), case="messages"),
    }


def _deadline(row: DeadlineRow) -> Deadline:
    """A term as the selectors of terms know it."""
    values = {one.name: getattr(row, one.name) for one in fields(row)}
    reasons = {name: values.pop(name) for name in ("entered_at", "stage_pace")}
    rule = DeadlineRule(**{one.name: getattr(row.rule, one.name) for one in fields(row.rule)})
    found = Deadline(**values | {"rule": rule})
    vars(found).update(reasons)
    return found
