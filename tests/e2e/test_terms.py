"""Terms in the browser: they count on as the server would say it, the calendar is walked by keys."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from messages.terms import Chip, chip
from tests.e2e.conftest import SignIn
from tests.e2e.product import Product

CALENDAR: Final = "/oktyabrsky/terms/"
SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))
TICK: Final = timedelta(milliseconds=1)
# What is left of the term; each is asked of Python and of the page.
LEFT: Final = (
    -9 * DAY, -DAY - HOUR, -DAY, -DAY + TICK, -HOUR, -59 * MINUTE, -MINUTE - TICK, -MINUTE, -TICK, timedelta(),
    TICK, 59 * SECOND, MINUTE - TICK, MINUTE, 25 * MINUTE, HOUR - TICK, HOUR, 3 * HOUR - TICK, 23 * HOUR, DAY - TICK, DAY,
    DAY + HOUR - TICK, DAY + HOUR, 2 * DAY + 4 * HOUR, 30 * DAY,
)  # fmt: skip
# Adds chips to the page and lets them be counted as after a swap; gives back what they say.
COUNTED: Final = """chips => {
  const place = document.querySelector('main');
  const made = chips.map((data) => {
    const term = document.createElement('div');
    term.className = 'term';
    term.innerHTML = '<span class="chip chip--neutral"><span></span></span>'
      + '<svg class="bar"><rect width="100"></rect><rect class="bar__part" width="0"></rect></svg>';
    Object.assign(term.firstChild.dataset, data);
    place.append(term);
    return term;
  });
  document.dispatchEvent(new CustomEvent('htmx:afterSettle'));
  return made.map((term) => {
    const one = term.firstChild, tone = [...one.classList].filter((name) => name.startsWith('chip--'));
    const said = [one.textContent, tone.join(' '), Number(term.querySelector('.bar__part').getAttribute('width'))];
    term.remove();
    return said;
  });
}"""


@dataclass(frozen=True)
class Example:
    """A running term at a moment."""

    due: datetime
    started: datetime
    threat: datetime
    paused: datetime | None
    chance: int | None

    def chip(self, now: datetime) -> Chip:
        return chip(
            due_at=self.due,
            started_at=self.started,
            met_at=None,
            breached_at=None,
            threat_at=self.threat,
            paused_until=self.paused,
            chance=self.chance,
            now=now,
        )


def _examples(now: datetime) -> list[Example]:
    """Every length with its threat ahead, at this moment and behind; waiting for the applicant; likely to be late."""
    found = []
    for left in LEFT:
        due = now + left
        started = due - 2 * DAY
        found += [Example(due, started, threat, None, None) for threat in (now + TICK, now, now - HOUR)]
        found += [Example(due, started, now + HOUR, paused, None) for paused in (now - TICK, now, now + TICK)]
        found += [Example(due, started, now + HOUR, None, chance) for chance in (49, 50)]
    return [*found, Example(now, now, now, None, None), Example(now + HOUR, now + MINUTE, now + HOUR, None, None)]


def _data(example: Example, now: datetime) -> dict[str, Any]:
    clock = example.chip(now).clock
    assert clock is not None
    data: dict[str, Any] = {"due": clock.due, "started": clock.started, "threat": clock.threat}
    return data | ({"paused": clock.paused} if clock.paused else {}) | ({"likely": ""} if clock.likely else {})


def _server_moment(page: Page) -> datetime:
    return datetime.fromtimestamp(int(page.evaluate("document.documentElement.dataset.moment")), UTC)


def test_the_page_counts_a_term_exactly_as_the_server_does(sign_in: SignIn) -> None:
    page = sign_in("okt.tech")
    page.clock.set_fixed_time(datetime(2026, 1, 1, tzinfo=UTC))  # this machine's clock is months off: the server's counts
    page.goto(CALENDAR)
    now = _server_moment(page)
    examples = _examples(now)
    said = page.evaluate(COUNTED, [_data(example, now) for example in examples])
    for example, (words, tone, width) in zip(examples, said, strict=True):
        wanted = example.chip(now)
        tones = f"chip--{wanted.tone}" + (" chip--breached" if wanted.breached else "")
        assert (words, tone) == (wanted.words, tones), example
        assert width == pytest.approx(wanted.share * 100, abs=0.01), example


def test_a_term_counts_on_without_reloading(sign_in: SignIn, product: Product) -> None:
    page = sign_in("okt.tech")
    page.clock.install()
    page.goto(CALENDAR)
    page.evaluate(
        """() => {
          const now = Number(document.documentElement.dataset.moment) * 1000;
          const made = document.createElement('div');
          made.innerHTML = '<span id="one" class="chip chip--neutral"><span></span></span>';
          Object.assign(made.firstChild.dataset, { due: now + 125e3, started: now - 60e3, threat: now + 65e3 });
          document.querySelector('main').append(made);
          document.dispatchEvent(new CustomEvent('htmx:afterSettle'));
        }"""
    )
    one = page.locator("#one")
    expect(one).to_have_text("2 мин")
    page.clock.run_for(75_000)
    expect(one).to_have_text("осталось меньше минуты")
    expect(one.locator(".chip__gone")).to_have_count(1)
    page.clock.run_for(60_000)
    expect(one).to_have_text("просрочено на 1 мин")
    assert one.evaluate("one => one.classList.contains('chip--breached')")


def test_the_calendar_is_walked_by_keys(sign_in: SignIn) -> None:
    page = sign_in("okt.head")
    page.goto(f"{CALENDAR}?day=2026-11-18")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#day-title")).to_have_text("19 ноября, четверг")
    expect(page).to_have_url(re.compile("day=2026-11-19"))
    page.locator("#day-2026-11-19").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#day-title")).to_have_text("26 ноября, четверг")
    expect(page.locator("#day-2026-11-26")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("h1")).to_have_text("Сроки: декабрь 2026")
    expect(page.locator("#day-2026-12-03")).to_be_focused()
