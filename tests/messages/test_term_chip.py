"""The words and the tone of a term chip."""

from datetime import UTC, datetime, timedelta

import pytest

from messages.terms import Tone, chip, duration

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
DUE = START + timedelta(days=10)
THREAT = START + timedelta(days=8)


def read(at: datetime, *, met: bool = False, breached_at: datetime | None = None) -> tuple[Tone, str]:
    met_at = at if met else None
    found = chip(due_at=DUE, started_at=START, met_at=met_at, breached_at=breached_at, threat_at=THREAT, now=at)
    return found.tone, found.words


@pytest.mark.parametrize(
    ("left", "tone", "words"),
    [
        (timedelta(days=9), Tone.NEUTRAL, "9 д"),
        (timedelta(days=2, hours=4, minutes=59), Tone.NEUTRAL, "2 д 4 ч"),
        (timedelta(days=2), Tone.AMBER, "осталось 2 д"),
        (timedelta(hours=3), Tone.AMBER, "осталось 3 ч"),
        (timedelta(minutes=25, seconds=59), Tone.AMBER, "осталось 25 мин"),
        (timedelta(seconds=20), Tone.AMBER, "осталось меньше минуты"),
        (timedelta(0), Tone.AMBER, "осталось меньше минуты"),
        (-timedelta(seconds=1), Tone.RED, "просрочено на 1 мин"),
        (-timedelta(hours=5), Tone.RED, "просрочено на 5 ч"),
        (-timedelta(days=1, hours=2), Tone.RED, "просрочено на 1 д 2 ч"),
    ],
)
def test_open_term(left: timedelta, tone: Tone, words: str) -> None:
    assert read(DUE - left) == (tone, words)


def test_done_to_the_moment_is_in_time() -> None:
    assert read(DUE, met=True) == (Tone.DONE, "в срок")


def test_done_late() -> None:
    assert read(DUE + timedelta(days=1), met=True) == (Tone.LATE, "с опозданием на 1 д")


def test_closing_late_stays_late_at_any_later_moment() -> None:
    found = chip(
        due_at=DUE,
        started_at=START,
        met_at=DUE + timedelta(hours=1),
        breached_at=None,
        threat_at=THREAT,
        now=DUE + timedelta(days=99),
    )
    assert (found.tone, found.words, found.breached) == (Tone.LATE, "с опозданием на 1 ч", True)


def test_breach_leaves_its_mark_on_an_answer_shown_to_be_in_time() -> None:
    found = chip(due_at=DUE, started_at=START, met_at=START, breached_at=DUE, threat_at=THREAT, now=DUE)
    assert (found.tone, found.words, found.breached) == (Tone.DONE, "в срок", True)


def test_last_warning_of_the_rule_says_when_it_turns_amber() -> None:
    half = START + timedelta(days=5)
    found = chip(due_at=DUE, started_at=START, met_at=None, breached_at=None, threat_at=half, now=half)
    assert (found.tone, found.words) == (Tone.AMBER, "осталось 5 д")


@pytest.mark.parametrize(
    ("now", "share"),
    [(START - timedelta(days=1), 0.0), (START + timedelta(days=4), 0.4), (DUE + timedelta(days=9), 1.0)],
)
def test_share_stays_between_nothing_and_all(now: datetime, share: float) -> None:
    found = chip(due_at=DUE, started_at=START, met_at=None, breached_at=None, threat_at=THREAT, now=now)
    assert found.share == pytest.approx(share)


def test_term_without_length_is_all_gone() -> None:
    assert chip(due_at=START, started_at=START, met_at=None, breached_at=None, threat_at=THREAT, now=START).share == 1


def test_duration_drops_hours_that_are_none() -> None:
    assert duration(timedelta(days=1, minutes=59)) == "1 д"
