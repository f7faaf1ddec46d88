"""The rows that the case page shows beside the letter and the answer: one dataclass a kind.

The fields of a dataclass name what is read; ``messages.selectors.extras`` puts them into its query and fills them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from messages.workflow import State


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
class MailRow:
    """A letter of the applicant to the case that was there already."""

    id: int
    sent_at: datetime
    text: str


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
class RuleRow:
    """What a term's bar needs of its rule."""

    id: int
    kind: str
    name: str
    clause: str
    basis: str
    pauses: bool


@dataclass(frozen=True, slots=True)
class DeadlineRow:
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
    rule: RuleRow
