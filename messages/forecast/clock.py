"""A clock that runs as work is done: fast in the hours in which a Center finishes things, slowly at night and on days off."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import accumulate
from math import log
from typing import Final

from mcu.calendar import ProductionCalendar

HOUR: Final = timedelta(hours=1)
TOGETHER: Final = 3
"""So many hours are told apart from others together: one by one they would ask for more of the past than most have."""

PARTS: Final = 24 // TOGETHER
KINDS_OF_HOUR: Final = 2 * PARTS
"""The parts of a working day, from midnight on, then those of a day off."""

_SECONDS: Final = 3600
_WEEK: Final = (*[5] * PARTS, *[2] * PARTS)
_PRIOR: Final = 2.0  # things finished in any kind of hour as at all times, before anything is known
_SLOWEST: Final = 0.03  # somebody may sit up some night
_FEWEST: Final = 50

Rhythm = tuple[float, ...]
"""How fast the clock runs in each kind of hour, 1 on the mean of a week; empty: as any clock."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Seconds of work at the beginning of each hour from ``origin``; before and after, or without them, as any clock."""

    origin: datetime
    sums: Sequence[float] = ()

    def between(self, a: datetime, b: datetime) -> float:
        """Seconds of work from one moment to another, 0 where the second is not later."""
        return max(self._at(b) - self._at(a), 0.0)

    def _at(self, moment: datetime) -> float:
        hours, last = (moment - self.origin) / HOUR, len(self.sums) - 1
        if hours <= 0 or last <= 0:
            return hours * _SECONDS
        if hours >= last:
            return self.sums[last] + (hours - last) * _SECONDS
        place = int(hours)
        return self.sums[place] + (hours - place) * (self.sums[place + 1] - self.sums[place])


def clock_of(rhythm: Rhythm, *, since: datetime, until: datetime, tz: tzinfo, calendar: ProductionCalendar) -> Clock:
    """The clock of a rhythm, exact from one moment to the other."""
    origin = _floor(since)
    if not rhythm:
        return Clock(origin)
    kinds = _kinds(origin, until, tz, calendar)
    return Clock(origin, array("d", accumulate((rhythm[kind] * _SECONDS for kind in kinds), initial=0.0)))


@dataclass(slots=True)
class Watch:
    """How long things stood and when they were finished, hour by hour between two moments; each is added in no time."""

    origin: datetime
    until: datetime
    _begun: array[float] = field(init=False)
    _parts: array[float] = field(init=False)
    _done: array[int] = field(init=False)

    def __post_init__(self) -> None:
        self.origin = _floor(self.origin)
        none = bytes(8 * ((self.until - self.origin) // HOUR + 2))
        self._begun, self._parts, self._done = array("d", none), array("d", none), array("q", none)

    def add(self, since: datetime, until: datetime, *, done: bool) -> None:
        """Something stood between two moments; what lies outside of the watch is left out."""
        since, until = max(since, self.origin), min(until, self.until)
        if until <= since:
            return
        for moment, sign in ((since, 1), (until, -1)):
            hour, rest = divmod(moment - self.origin, HOUR)
            self._begun[hour] += sign
            self._parts[hour] -= sign * (rest / HOUR)
        if done:
            self._done[(until - self.origin) // HOUR] += 1

    def rhythm(self, tz: tzinfo, calendar: ProductionCalendar) -> Rhythm:
        """How much likelier things are finished in each kind of hour, where the difference is beyond chance."""
        done, stood = [0] * KINDS_OF_HOUR, [0.0] * KINDS_OF_HOUR
        standing = accumulate(self._begun)
        for hour, (kind, whole) in enumerate(zip(_kinds(self.origin, self.until, tz, calendar), standing, strict=False)):
            done[kind] += self._done[hour]
            stood[kind] += whole + self._parts[hour]
        return _rhythm(done, stood)


def _rhythm(done: Sequence[int], stood: Sequence[float]) -> Rhythm:
    """Kept only where it explains the past better than an even pace by more than its numbers could by chance (BIC)."""
    number, hours = sum(done), sum(stood)
    if number < _FEWEST or hours <= 0:
        return ()
    even = [number / hours * one for one in stood]
    found = [(n + _PRIOR) / (expected + _PRIOR) for n, expected in zip(done, even, strict=True)]
    gain = sum(n * log(pace) - (pace - 1) * expected for n, pace, expected in zip(done, found, even, strict=True))
    if gain <= KINDS_OF_HOUR / 2 * log(number):
        return ()
    found = [max(pace, _SLOWEST) for pace in found]
    mean = sum(pace * days for pace, days in zip(found, _WEEK, strict=True)) / sum(_WEEK)
    return tuple(round(pace / mean, 3) for pace in found)


def _kinds(since: datetime, until: datetime, tz: tzinfo, calendar: ProductionCalendar) -> Iterator[int]:
    """The kind of every hour from one moment to the other."""
    worked: dict[object, bool] = {}
    at = since
    while at < until:
        local = at.astimezone(tz)
        day = local.date()
        if day not in worked:
            worked[day] = calendar.is_working_day(day)
        yield local.hour // TOGETHER + (0 if worked[day] else PARTS)
        at += HOUR


def _floor(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
