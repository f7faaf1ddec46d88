"""The day by the hour beside the usual day: how many came in or were answered, as columns with a step across them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from mcu.templatetags.mcu_ui import svgnum

DAY: Final = (8, 20)  # hours that are always shown; others where anything happened in them
COLUMN, GAP, TALL, LABEL = 24, 6, 100, 24
_LABELLED: Final = 3  # every third hour is named


@dataclass(frozen=True, slots=True)
class Hours:
    """One figure of today by the local hour; ``usual`` is the mean of the same days before."""

    figure: str
    title: str
    total: int
    url: str
    now: Mapping[int, int]
    usual: Mapping[int, float]
    hour: int
    minute: int
    shown: range

    @property
    def usual_so_far(self) -> float:
        """What the usual day has by this minute."""
        return sum(n for hour, n in self.usual.items() if hour < self.hour) + self.usual.get(self.hour, 0) * self.minute / 60

    @property
    def chart(self) -> SafeString:
        """Columns of today; the step across them is the usual day, the hour that goes on stands on a ground of its own."""
        most = max([1.0, *(float(n) for n in self.now.values()), *self.usual.values()])
        return format_html(
            '<svg class="hours" viewBox="0 0 {} {}" role="img" aria-label="{}" focusable="false">{}</svg>',
            len(self.shown) * (COLUMN + GAP),
            TALL + LABEL,
            f"{self.title} по часам; черта — обычный день",
            format_html_join("", "{}", ((_column(place, hour, self, most),) for place, hour in enumerate(self.shown))),
        )


def hours_shown(*counts: Mapping[int, float]) -> range:
    """From the first hour with anything in it to the last."""
    hours = [*DAY, *(hour for by_hour in counts for hour in by_hour if hour >= 0)]
    return range(min(hours), max(hours) + 1)


def _column(place: int, hour: int, hours: Hours, most: float) -> SafeString:
    now, usual = hours.now.get(hour, 0), hours.usual.get(hour, 0.0)
    x = place * (COLUMN + GAP) + GAP / 2
    height, tick = now / most * TALL, TALL - usual / most * TALL
    label = SafeString()
    if hour % _LABELLED == 0:
        middle, foot = svgnum(x + COLUMN / 2), TALL + LABEL - 4
        label = format_html('<text x="{}" y="{}" text-anchor="middle">{}</text>', middle, foot, hour)
    return format_html(
        '<rect class="hours__ground{}" x="{x}" y="0" width="{w}" height="{all}"/>'
        '<rect class="hours__part" x="{x}" y="{y}" width="{w}" height="{h}"><title>{title}</title></rect>'
        '<rect class="hours__usual" x="{left}" y="{tick}" width="{wide}" height="3"/>{label}',
        " hours__ground--now" if hour == hours.hour else "",
        x=svgnum(x),
        w=COLUMN,
        all=TALL,
        y=svgnum(TALL - height),
        h=svgnum(height),
        title=f"{hour}:00 — {now}, обычно {usual:.1f}".replace(".", ","),
        left=svgnum(x - GAP / 2),
        tick=svgnum(min(tick, TALL - 3)),
        wide=COLUMN + GAP,
        label=label,
    )
