"""When things happen in the demo: repeatable chance from the letter's id, working hours, evenings of the duty person."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from mcu.calendar import add_working_minutes, working_minutes
from messages.demo.texts import Letter
from messages.services.term_book import TermBook

DUTY_FROM, DUTY_TO = time(8), time(21)  # who answers in social networks also works evenings and days off
MINUTE = timedelta(minutes=1)
# The hours, from and to, at which messages of a source come.
_COMES = {"fz59": (9.2, 16.8), "other": (9.0, 17.5), "pos": (7.0, 22.5), "portal": (7.0, 22.0)}
_COMES_ELSE = (7.0, 22.8)


@dataclass(frozen=True, slots=True)
class Chance:
    """Numbers that look random and are the same at every load: drawn from a letter's id and the name of the draw."""

    seed: str

    def share(self, name: str) -> float:
        """From 0 to 1, 1 excluded."""
        digest = hashlib.sha256(f"{self.seed}:{name}".encode()).digest()
        return int.from_bytes(digest[:6], "big") / 2**48

    def between(self, name: str, low: float, high: float) -> float:
        return low + (high - low) * self.share(name)

    def minutes(self, name: str, low: float, high: float) -> timedelta:
        return timedelta(seconds=round(60 * self.between(name, low, high)))


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The Center's day: its zone and working time, and the moment at which the demo is loaded."""

    book: TermBook
    now: datetime

    def received(self, letter: Letter, chance: Chance) -> datetime:
        """The moment of receipt: the local day so many days ago; letters of today came within the last hours."""
        if letter.age == 0:
            return self.now - chance.minutes("today", 8, 330)
        low, high = _COMES.get(letter.source, _COMES_ELSE)
        day = self.now.astimezone(self.book.tz).date() - timedelta(days=letter.age)
        while letter.source in ("fz59", "other") and not self.book.calendar.is_working_day(day):
            day -= timedelta(days=1)
        moment = datetime.combine(day, time.min, self.book.tz) + timedelta(hours=chance.between("hour", low, high))
        return moment.astimezone(UTC).replace(microsecond=0)

    def on_duty(self, moment: datetime) -> datetime:
        """The moment itself, or the next morning where it falls into the night."""
        local = moment.astimezone(self.book.tz)
        if local.time() < DUTY_FROM:
            return (datetime.combine(local.date(), DUTY_FROM, self.book.tz) + timedelta(seconds=local.second)).astimezone(UTC)
        if local.time() >= DUTY_TO:
            tomorrow = local.date() + timedelta(days=1)
            return datetime.combine(tomorrow, time(8, local.minute % 30, local.second), self.book.tz).astimezone(UTC)
        return moment

    def at_work(self, moment: datetime, chance: Chance, name: str) -> datetime:
        """The moment itself in working time, or some minutes into the next stretch of it."""
        after = moment - MINUTE
        if working_minutes(after, moment, hours=self.book.hours, tz=self.book.tz, calendar=self.book.calendar):
            return moment
        return self.working(moment, int(chance.between(f"{name} opening", 2, 75)))

    def working(self, moment: datetime, minutes: int) -> datetime:
        """So many working minutes later."""
        return add_working_minutes(moment, minutes, hours=self.book.hours, tz=self.book.tz, calendar=self.book.calendar)
