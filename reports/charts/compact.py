"""Small charts of tables and desks, drawn for pages alone: classes and presentation attributes, no inline style.

Readable in black and white: the week is a filled bar, the week before a tick across it. The figures stand beside each in text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from mcu.templatetags.mcu_ui import svgnum

WIDTH, HEIGHT = 100, 8
FLOW_WEEK, FLOW_COLUMN = 48, 20
COLUMN, GAP, TALL, LABELS = 36, 8, 96, 36  # of the chart of days, in its own units


@dataclass(frozen=True, slots=True)
class FlowWeek:
    """A week of the chart of flow: what it is called, its two numbers and where their cases are."""

    label: str
    received: int
    answered: int
    received_url: str
    answered_url: str


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


def parts_bar(parts: Sequence[tuple[int, str]], most: int) -> SafeString:
    """A bar of parts one after another, (count, tone: red, amber or nothing); ``most`` is the full length."""
    full, x = max(most, 1), 0.0
    drawn = []
    for count, tone in parts:
        width = count / full * WIDTH
        drawn.append((f"parts__{tone}" if tone else "bar__part", svgnum(x), svgnum(width), HEIGHT))
        x += width
    return format_html(
        '<svg class="bar parts" viewBox="0 0 {w} {h}" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect width="{w}" height="{h}"/>{parts}</svg>',
        w=WIDTH,
        h=HEIGHT,
        parts=format_html_join("", '<rect class="{}" x="{}" width="{}" height="{}"/>', drawn),
    )


def flow(rows: Sequence[FlowWeek], *, title: str) -> SafeString:
    """Pairs of columns by week: received, answered. Each column is a link to its cases; numbers stand in the table below."""
    most = max([1, *(max(row.received, row.answered) for row in rows)])
    parts = format_html_join("", "{}", ((_pair(number, row, most),) for number, row in enumerate(rows)))
    return format_html(
        '<svg class="flow" viewBox="0 0 {} {}" role="group" aria-label="{}">{}</svg>',
        len(rows) * (FLOW_WEEK),
        TALL + LABELS,
        title,
        parts,
    )


def _pair(number: int, row: FlowWeek, most: int) -> SafeString:
    x, foot = number * FLOW_WEEK + 3, TALL + 16
    columns = (
        ("flow__in", x, row.received, row.received_url, "поступило"),
        ("flow__out", x + FLOW_COLUMN + 1, row.answered, row.answered_url, "отвечено"),
    )
    return format_html(
        '{}<text class="columns__label" x="{}" y="{}" text-anchor="middle">{}</text>',
        format_html_join(
            "",
            '<a href="{}" aria-label="{}"><rect class="flow__hit" x="{}" y="0" width="{}" height="{}"/>'
            '<rect class="{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect></a>',
            (
                (
                    url,
                    f"{row.label}: {words} {count}",
                    svgnum(left),
                    FLOW_COLUMN + 1,
                    foot,
                    tone,
                    svgnum(left),
                    svgnum(foot - count / most * TALL),
                    FLOW_COLUMN,
                    svgnum(count / most * TALL),
                    f"{row.label}: {words} {count}",
                )
                for tone, left, count, url, words in columns
            ),
        ),
        svgnum(x + FLOW_COLUMN),
        foot + 16,
        row.label,
    )
