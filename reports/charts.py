"""Small SVG charts of reports: classes and presentation attributes only, because the pages allow no inline style.

Readable in black and white: the week is a filled bar, the week before a tick across it. The figures stand beside each in text.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from mcu.templatetags.mcu_ui import svgnum

WIDTH, HEIGHT = 100, 8
COLUMN, GAP, TALL, LABELS = 36, 8, 96, 36  # of the chart of days, in its own units


def pair_bar(now: float, before: float, most: float) -> SafeString:
    """A bar of the week with a tick where the week before stood; ``most`` is the full length. Stretches to its cell."""
    full = max(most, 1)
    tick = min(before / full * WIDTH, WIDTH - 1)
    return format_html(
        '<svg class="bar pair" viewBox="0 0 {w} {h}" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect width="{w}" height="{h}"/><rect class="bar__part" width="{now}" height="{h}"/>'
        '<rect class="pair__tick" x="{tick}" width="1" height="{h}"/></svg>',
        w=WIDTH,
        h=HEIGHT,
        now=svgnum(now / full * WIDTH),
        tick=svgnum(tick),
    )


def columns(rows: Sequence[tuple[str, int, int]], *, title: str) -> SafeString:
    """Columns side by side: (label, week, week before). Numbers stand over the columns, labels under them."""
    most = max([1, *(max(now, before) for _, now, before in rows)])
    width = len(rows) * (COLUMN + GAP)
    parts = format_html_join("", "{}", ((_column(number, row, most),) for number, row in enumerate(rows)))
    return format_html(
        '<svg class="columns" viewBox="0 0 {} {}" role="img" aria-label="{}" focusable="false">{}</svg>',
        width,
        TALL + LABELS,
        title,
        parts,
    )


def _column(number: int, row: tuple[str, int, int], most: int) -> SafeString:
    label, now, before = row
    x, top, foot = number * (COLUMN + GAP) + GAP / 2, 16, TALL + 16
    height = now / most * TALL
    return format_html(
        '<rect class="columns__part" x="{x}" y="{y}" width="{w}" height="{h}">'
        "<title>{label}: {now}, раньше {before}</title></rect>"
        '<rect class="pair__tick" x="{x}" y="{tick}" width="{w}" height="1.5"/>'
        '<text x="{middle}" y="{above}" text-anchor="middle">{now}</text>'
        '<text class="columns__label" x="{middle}" y="{below}" text-anchor="middle">{label}</text>',
        x=svgnum(x),
        y=svgnum(foot - height),
        w=COLUMN,
        h=svgnum(height),
        tick=svgnum(foot - before / most * TALL),
        middle=svgnum(x + COLUMN / 2),
        above=svgnum(max(foot - height - 4, top - 4)),
        below=TALL + 32,
        label=label,
        now=now,
        before=before,
    )
