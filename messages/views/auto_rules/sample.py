"""Which past messages an address asks to try a rule on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

from blocks.models import Center
from messages.forms.auto_rules import TrialForm
from messages.selectors.auto_trial import FEW, MOST, Sample

ROWS: Final = 50
_MOST_PAGES: Final = MOST // ROWS
_EARLIEST, _LATEST = date(2000, 1, 1), date(2100, 1, 1)


def sample_of(query: Mapping[str, str], center: Center) -> tuple[TrialForm, Sample | None]:
    """The form as it is shown again, and the sample; none where the days are wrong."""
    form = TrialForm({"size": "500", **{name: query[name] for name in ("size", "since", "until") if query.get(name)}})
    if not form.is_valid():
        return form, None
    data = form.cleaned_data
    if data["size"] != "period":
        return form, Sample(MOST if data["size"] == str(MOST) else FEW)
    since, until = data["since"], data["until"]
    if not since or not (_EARLIEST <= since <= (until or since) < _LATEST):
        form.add_error("since", "Назовите первый день периода и, если нужно, последний, не раньше первого.")
        return form, None
    end = _midnight(until + timedelta(days=1), center) if until else None
    return form, Sample(MOST, _midnight(since, center), end)


def number_of(value: str) -> int:
    """The page of an address; the first where it names none."""
    return min(int(value), _MOST_PAGES) if value.isascii() and value.isdecimal() and 0 < len(value) < 6 and int(value) else 1


def _midnight(day: date, center: Center) -> datetime:
    return datetime.combine(day, time(), center.tz)
