"""The script of one letter: which steps are made, at which moments, so that it stands today where the file says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from messages.demo.rhythm import Chance, Rhythm
from messages.demo.texts import Letter

HOURLY: Final = ("im", "other", "portal", "accounts")  # answered within hours, also in the evening
LIMITS: Final = {"fz59": 30.0, "pos": 25.0}  # days
FAST_LIMIT: Final = 10.0
SELF_CLOSING: Final = timedelta(days=10, minutes=3)
_DATE = re.compile(r"\{([+-]?\d+)\}")
_MONTHS = (
    "января", "февраля", "марта", "апреля", "мая", "июня",
    "июля", "августа", "сентября", "октября", "ноября", "декабря",
)  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """One thing somebody does. Equal moments go in the order in which the steps were planned."""

    at: datetime
    order: int
    letter: int
    verb: str = field(compare=False)
    words: dict[str, Any] = field(compare=False, default_factory=dict)


class Script:
    """Plans one letter. ``needs_head``: the source's answers are approved by the head; ``fast``: the short term counts."""

    def __init__(self, letter: Letter, number: int, rhythm: Rhythm, *, needs_head: bool, fast: bool, strict: bool) -> None:
        self.letter = letter
        self.number = number
        self.rhythm = rhythm
        self.needs_head = needs_head
        self.fast = fast
        self.strict = strict  # hours are counted to the agreement, not to the answer
        self.chance = Chance(f"{letter.source}-{letter.id}-{letter.block}")
        self.steps: list[Step] = []
        self.clock = rhythm.received(letter, self.chance)

    def write(self) -> list[Step]:
        """All the steps, in order of time."""
        letter = self.letter
        self._add("take_in")
        if letter.redirect:
            self._sort("redirect", {"addressee": letter.redirect})
        elif letter.dismiss:
            self._sort("dismiss", {"ground": letter.dismiss})
        else:
            self._work()
        return self.steps

    def _add(self, verb: str, **words: Any) -> None:
        self.steps.append(Step(self.clock, len(self.steps), self.number, verb, words))

    def _sort(self, verb: str, words: dict[str, Any]) -> None:
        wait = self.chance.minutes("sort", 40, 170) if self._hourly else self.chance.minutes("sort", 600, 3600)
        self.clock = self._moment(self.clock + wait, "sort")
        self._add(verb, **words)

    def _work(self) -> None:
        """The way through the block to the answer, as far as the letter says."""
        names = self._names()
        for name, moment in zip(names, self._moments(names), strict=True):
            self.clock = moment
            self._do(name)
        if "send" in names:
            self._after()

    def _names(self) -> list[str]:
        """The steps to the letter's stop, or all of them."""
        letter = self.letter
        begin = ["assign_first", "decline", "assign"] if letter.decline else ["assign"]
        if letter.stop == "received":
            return begin[:-1]
        if letter.stop == "drafting":
            return [*begin, "start", *(["draft"] if letter.answer else [])]
        if letter.stop == "returned":
            return [*begin, "start", "submit", "return_"]
        approve = ["approve"] if self.needs_head else []
        whole = [*begin, "start", *self._trials(), "submit", "agree", *approve, "send"]
        last = {
            "assigned": "assign",
            "block_approval": "submit",
            "head_approval": "agree",
            "approved": whole[-2],
        }.get(letter.stop, "send")
        return whole[: len(whole) - whole[::-1].index(last)]

    def _trials(self) -> list[str]:
        """What comes before the draft that is agreed: one that was returned, or one only saved."""
        if self.letter.remark:
            return ["submit_first", *(["agree"] if self._head_returns else []), "return_"]
        return ["draft_first"] if not self._hourly and self.chance.share("early draft") < 0.5 else []

    @property
    def _hourly(self) -> bool:
        return self.letter.source in HOURLY

    @property
    def _head_returns(self) -> bool:
        return self.needs_head and self.chance.share("who returns") < 0.6

    @property
    def _late(self) -> bool:
        return self.letter.late or (not self.letter.stop and self.chance.share("late") < 0.07)

    def _moments(self, names: list[str]) -> list[datetime]:
        moments = self._by_hours(names) if self._hourly else self._by_days(names)
        if not moments:
            return []
        # An open case of these days was moved within the last hours, so that its short term still runs.
        if self._hourly and self.letter.stop and self.letter.age <= 1 and self.chance.share("hot") < 0.7:
            moments = self._hot(len(names))
        latest = self.rhythm.now - self.chance.minutes("latest", 4, 12)
        if moments[-1] > latest:
            moments = _squeezed(self.clock, moments, latest)
        return moments

    def _hot(self, count: int) -> list[datetime]:
        begun = self.rhythm.now - self.chance.minutes("hot start", 25, 168)
        begun = max(begun, self.clock + timedelta(minutes=3))
        gap = (self.rhythm.now - begun) / (count + 1)
        return [begun + gap * place * self.chance.between("hot pace", 0.5, 0.9) for place in range(count)]

    def _by_hours(self, names: list[str]) -> list[datetime]:
        """Steps of a source with terms in hours: minutes each, people on duty; late ones wait for the block."""
        pace = _STRICT_PACE if self.strict else _DAILY_PACE
        moments, moment = [], self.clock
        for place, name in enumerate(names):
            low, high = pace.get(name, (8, 25))
            moment += self.chance.minutes(f"{name} {place}", low, high)
            if self._late and name == "submit":
                moment += self.chance.minutes("delay", 200, 560) if self.strict else self.chance.minutes("delay", 1300, 2300)
            moment = self.rhythm.on_duty(moment)
            moments.append(moment)
        return moments

    def _by_days(self, names: list[str]) -> list[datetime]:
        """Steps of a source with terms in days, spread over a part of the term; late ones run over it."""
        limit = FAST_LIMIT if self.fast and self.letter.source == "pos" else LIMITS[self.letter.source]
        days = limit * (self.chance.between("over", 1.08, 1.25) if self._late else self.chance.between("part", 0.3, 0.78))
        if self.letter.stop:
            days = min(days, self.letter.age * 0.8)
        total, moments, last = timedelta(days=days), [], self.clock
        for place, name in enumerate(names):
            share = 0.04 + 0.96 * (place / max(len(names) - 1, 1)) ** 1.3
            if name.startswith("assign") and place == 0:
                share = min(self.chance.between("sorting", 0.02, 0.1), 2.2 / days if days else 0.1)
            moment = self.rhythm.at_work(self.clock + total * share, self.chance, f"{name} {place}")
            last = max(moment, last + self.chance.minutes(f"step {place}", 6, 50))
            moments.append(last)
        return moments

    def _moment(self, moment: datetime, name: str) -> datetime:
        moment = self.rhythm.on_duty(moment) if self._hourly else self.rhythm.at_work(moment, self.chance, name)
        return min(moment, self.rhythm.now - timedelta(minutes=5))

    def _do(self, name: str) -> None:
        letter = self.letter
        match name:
            case "assign_first":
                self._add("assign", block=letter.first_block or letter.block)
            case "assign":
                self._add("assign", block=letter.block)
            case "decline":
                self._add("decline", reason=letter.decline)
            case "draft_first":
                self._add("draft", text=self._dated(_shorter(letter.answer)))
            case "submit_first":
                self._add("submit", text=self._dated(_shorter(letter.answer)))
            case "draft" | "submit":
                self._add(name, text=self._dated(letter.answer))
            case "return_":
                self._add("return_", comment=letter.remark)
            case "agree":
                self._add("agree", completeness=self._completeness())
            case _:
                self._add(name)

    def _after(self) -> None:
        """What follows an answer: closing by hand or by itself, or the applicant's word that nothing is done."""
        sent, now = self.clock, self.rhythm.now
        if self.letter.reopen:
            self._reopen(sent)
            return
        closing = sent + timedelta(days=self.chance.between("close", 2.2, 8))
        closing = self.rhythm.at_work(closing, self.chance, "close")
        if self.chance.share("closed by hand") < 0.6 and closing < now - timedelta(hours=1):
            self.clock = closing
            self._add("close", outcome=self._outcome())
        elif sent + SELF_CLOSING < now:
            self.clock = sent + SELF_CLOSING
            self._add("close_by_itself")

    def _reopen(self, sent: datetime) -> None:
        letter = self.letter
        if letter.second_answer:
            self.clock = self.rhythm.on_duty(sent + timedelta(days=self.chance.between("again", 2, 5)))
            self._add("reopen", reason=letter.reopen)
            for name, low, high in (
                ("start", 10, 30),
                ("submit", 40, 80),
                ("agree", 8, 25),
                ("approve", 10, 40),
                ("send", 5, 30),
            ):
                if name == "approve" and not self.needs_head:
                    continue
                self.clock = self.rhythm.on_duty(self.clock + self.chance.minutes(f"second {name}", low, high))
                words = {"text": self._dated(letter.second_answer)} if name == "submit" else {}
                self._add(name, **words, **({"completeness": 2} if name == "agree" else {}))
            return
        if sent + SELF_CLOSING < self.rhythm.now - timedelta(days=1):
            self.clock = sent + SELF_CLOSING
            self._add("close_by_itself")
        self.clock = max(self.clock, self.rhythm.now - self.chance.minutes("reopened", 70, 150))
        self._add("reopen", reason=letter.reopen)

    def _dated(self, text: str) -> str:
        """The text with the dates that it names by their distance from the day of writing."""
        today = self.clock.astimezone(self.rhythm.book.tz).date()

        def date_words(match: re.Match[str]) -> str:
            day = today + timedelta(days=int(match[1]))
            return f"{day.day} {_MONTHS[day.month - 1]}"

        return _DATE.sub(date_words, text)

    def _completeness(self) -> int:
        draw = self.chance.share("completeness")
        if len(self.letter.answer) < 150:
            draw += 0.15
        return 2 if draw < 0.74 else 1 if draw < 0.95 else 0

    def _outcome(self) -> str:
        answer = self.letter.answer.casefold()
        if "проверк" in answer and "не подтверд" in answer:
            return "not_confirmed"
        if any(word in answer for word in ("можно", "понадоб", "оформ", "порядок", "вправе", "расписани")):
            return "explained"
        if "{+" in answer:
            return "planned" if self.chance.share("planned") < 0.5 else "partly_solved"
        return "solved"


# Minutes, from and to, that each step takes: three hours to the agreement, or a day to the answer.
_STRICT_PACE: Final = {
    "assign": (9, 55), "assign_first": (9, 40), "start": (4, 18), "submit_first": (15, 40), "submit": (18, 55),
    "agree": (5, 26), "return_": (4, 15), "approve": (5, 44), "send": (4, 32), "decline": (12, 35), "draft": (10, 20),
}  # fmt: skip
_DAILY_PACE: Final = {
    "assign": (15, 120), "assign_first": (15, 60), "start": (20, 80), "submit_first": (40, 90), "submit": (50, 200),
    "agree": (5, 50), "return_": (8, 40), "approve": (5, 44), "send": (5, 60), "decline": (20, 90), "draft": (20, 40),
}  # fmt: skip


def _squeezed(start: datetime, moments: list[datetime], latest: datetime) -> list[datetime]:
    """The same steps in the same proportions, ending at ``latest``."""
    latest = max(latest, start + timedelta(seconds=20 * len(moments)))
    scale = (latest - start) / (moments[-1] - start)
    return [start + (moment - start) * scale for moment in moments]


def _shorter(answer: str) -> str:
    """A first draft: the beginning of the answer, without the concrete rest that the remark will ask for."""
    sentences = re.split(r"(?<=[.!?]) ", answer)
    return " ".join(sentences[: max(2, len(sentences) // 2)])
