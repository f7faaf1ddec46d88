"""A case as it is to be written: its message, its history, and what was already said and answered elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from blocks.actors import Actor, Grant
from messages.models import Message, Satisfaction
from messages.services.incoming import IncomingApplicant


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the case's history, see ``history.record``. ``actor``: who, where it is not the caller's own."""

    code: str
    at: datetime
    from_state: str = ""
    to_state: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    note: str = ""
    grant: Grant | None = None
    actor: Actor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenReply:
    """An answer that was already given elsewhere: a version that went out. It needs a ``url`` or a ``delivery``."""

    text: str
    posted_at: datetime
    recorded_at: datetime
    url: str = ""
    delivery: str = ""
    completeness: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenScore:
    """What the applicant said of the answer; ``settled_at``: a low one that nobody has to decide about any more."""

    score: int
    at: datetime
    text: str = ""
    via: str = Satisfaction.Via.API
    settled_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """A case as it is to stand.

    ``message``: unsaved, without number and ``next_due_at``, with every other field set (state, moments, block …); its
    ``center`` and ``source`` are objects, not ids. ``events``: its history in order, the first is "created"; breaches that
    follow from the terms are added after them. ``replies``: in the order of their versions, 1 upwards. ``quiet``: history;
    what ran out before now warns nobody, and no rules are asked.
    """

    message: Message
    events: Sequence[Line]
    applicant: IncomingApplicant | None = None
    replies: Sequence[GivenReply] = ()
    satisfaction: GivenScore | None = None
    quiet: bool = False
