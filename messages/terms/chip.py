"""How a term reads on a page: a few Russian words, a tone, and the share of the term gone."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from mcu.durations import duration

LIKELY = 50
"""Per cent: from this chance of being late the forecast holds a term for threatened."""

MINUTE = timedelta(minutes=1)
MILLISECOND = timedelta(milliseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Tone(StrEnum):
    """The look of the chip; the words say the same, so that colour never stands alone."""

    NEUTRAL = "neutral"
    AMBER = "amber"
    RED = "red"
    DONE = "done"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Clock:
    """The moments by which a page goes on counting a running term without asking again, in milliseconds since 1970."""

    started: int
    due: int
    threat: int
    paused: int | None
    likely: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """A term chip: `share` is the part of the term gone by the wall clock, 0 to 1."""

    tone: Tone
    words: str
    share: float
    breached: bool
    """A breach was recorded or stands now: the corner mark. It stays where a later import shows the answer came in
    time, and where the term was moved after the breach: a breach is never erased."""
    clock: Clock | None = field(default=None, compare=False)
    """None once the term is met: its chip stands still."""


def chip(
    *,
    due_at: datetime,
    started_at: datetime,
    met_at: datetime | None,
    breached_at: datetime | None,
    threat_at: datetime,
    now: datetime,
    paused_until: datetime | None = None,
    chance: int | None = None,
) -> Chip:
    """The chip of a term at `now`; all moments aware.

    `threat_at` is the moment from which it is «под угрозой», its last warning; a `chance` of being late of LIKELY per cent
    threatens it before. While the applicant is asked (`paused_until`) the clock stands. Lateness is judged by `met_at` (or
    `now`) and `due_at` alone; what ends at `due_at` exactly is in time.
    """
    until = met_at or now
    late = until > due_at
    share = _share(started_at, due_at, until)
    if met_at is not None:
        tone, words = (Tone.LATE, f"с опозданием на {_at_least_a_minute(until - due_at)}") if late else (Tone.DONE, "в срок")
    elif late:
        tone, words = Tone.RED, f"просрочено на {_at_least_a_minute(until - due_at)}"
    elif paused_until is not None and now < paused_until:
        tone, words = Tone.NEUTRAL, "ждём заявителя"
    elif now >= threat_at or (chance or 0) >= LIKELY:
        tone, words = Tone.AMBER, f"осталось {duration(due_at - until)}"
    else:
        tone, words = Tone.NEUTRAL, duration(due_at - until)
    clock = None
    if met_at is None:
        paused = None if paused_until is None else _milliseconds(paused_until)
        moments = (_milliseconds(started_at), _milliseconds(due_at), _milliseconds(threat_at))
        clock = Clock(*moments, paused, likely=(chance or 0) >= LIKELY)
    return Chip(tone, words, share, late or breached_at is not None, clock)


def _at_least_a_minute(length: timedelta) -> str:
    return duration(max(length, MINUTE))


def _milliseconds(moment: datetime) -> int:
    return (moment - EPOCH) // MILLISECOND


def _share(started_at: datetime, due_at: datetime, at: datetime) -> float:
    whole = due_at - started_at
    if whole <= timedelta():
        return 1.0
    return min(1.0, max(0.0, (at - started_at) / whole))
