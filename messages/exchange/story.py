"""What a row of a file says about a case, whatever system wrote it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final


class Stage(StrEnum):
    """How far the case has come where the file is from."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"
    REDIRECTED = "redirected"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who wrote."""

    name: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A case as a file tells it. Empty words and None mean that the file does not say."""

    key: str  # the number in the source
    source: str  # a code, or the short name of a source in our own tables
    received_at: datetime
    number: str = ""  # ours, in our own tables
    stage: Stage = Stage.OPEN
    step: str = ""  # the state in the words of the file
    regime: str = ""
    fast_track: bool | None = None
    text: str = ""
    topic: str = ""
    topic_names: tuple[str, ...] = ()  # each may be the name of a topic here, the closest first
    topic_code: str = ""  # of the classifier
    settlement: str = ""
    address: str = ""
    url: str = ""
    control: str = ""
    recipients: tuple[str, ...] = ()  # names that may be a recipient's or a block's here, the closest first
    block: str = ""  # of a column that names blocks; it may name a recipient too
    registered_at: datetime | None = None
    outside_number: str = ""
    handed_over_at: datetime | None = None
    submitted_at: datetime | None = None
    agreed_at: datetime | None = None
    answered_at: datetime | None = None
    answer: str = ""
    delivery: str = ""
    completeness: int | None = None
    outcome: str = ""
    closed_at: datetime | None = None
    left_at: datetime | None = None  # redirected or dismissed
    left_to: str = ""
    score: int | None = None
    scored_at: datetime | None = None
    person: Person | None = None
    tags: tuple[str, ...] = ()
    note: str = ""
    joined: str = ""  # the number of a ПОС message that is the same matter
    told: str = field(default="", compare=False)  # what a person should know of how the row was taken

    def hash(self) -> str:
        """SHA-256 of what the row says: the same row again is known by it."""
        fields = ((name, getattr(self, name)) for name in _HASHED)
        said = {name: value for name, value in fields if value not in (None, "", ())}
        if self.person is not None:
            said["person"] = asdict(self.person)
        return hashlib.sha256(_CANONICAL(said).encode()).hexdigest()


_HASHED: Final = tuple(name for name in Story.__dataclass_fields__ if name != "told")


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


_CANONICAL: Final = json.JSONEncoder(ensure_ascii=True, sort_keys=True, separators=(",", ":"), default=_plain).encode
