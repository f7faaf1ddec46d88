"""What the cells of an exported row are read from, whatever table they stand in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from messages.models import Applicant, Message, Reply

Cell = str | int | datetime | timedelta | None


@dataclass(frozen=True, slots=True)
class Case:
    """One case with what its cells are read from; ``applicant`` is there only where the file may name him."""

    message: Message
    topic: str
    text: str
    place: str
    address: str
    chip: str
    due_at: datetime | None
    chance: int | None
    applicant: Applicant | None
    # Read only for the tables of other systems.
    answer: Reply | None = None  # what went out last
    answer_due: datetime | None = None
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column of the sheet: its header, width in characters, what stands in it; moments are shown in the Center's zone."""

    title: str
    width: int
    value: Callable[[Case], Cell]
    moment: bool = False
