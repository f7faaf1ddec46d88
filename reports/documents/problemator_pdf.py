"""The problemator as a PDF of two printed pages: its words for the template beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from mcu.typesetting import typeset
from reports import wording
from reports.documents.heading import Heading
from reports.shape import Figures, Row

TEMPLATE: Final = Path(__file__).with_name("problemator.typ")
TOPICS: Final = 10
PLACES: Final = 12
OVERDUE: Final = 20  # lines of the list on paper; the workbook has them all


def render(*, heading: Heading, figures: Figures) -> bytes:
    """The document's bytes. Raises typst.TypstError if the template itself is wrong."""
    return typeset(TEMPLATE, contents(heading, figures), made_at=heading.made_at)


def contents(heading: Heading, figures: Figures) -> dict[str, Any]:
    """What the template shows, in words already; shares of 0…1 are the lengths of bars."""
    totals = figures["totals"]
    return {
        "center": heading.center,
        "title": heading.title,
        "period": heading.period,
        "week": heading.week,
        "made": heading.made,
        "stocks": heading.stocks,
        "headline": [{"name": name, "value": value, "change": change} for _, name, value, change in wording.headline(figures)],
        "second": [
            *(
                {"name": wording.title(one), "value": str(totals[one]["now"]), "change": wording.change(totals[one])}
                for one in wording.SECOND
            ),
            {
                "name": "Среднее время до ответа",
                "value": wording.took(figures["answer_seconds"]["now"]),
                "change": f"раньше {wording.took(figures['answer_seconds']['before'])}",
            },
        ],
        "days": _days(figures),
        "sources": [_work(row) for row in figures["sources"]],
        "blocks": [_work(row) for row in figures["blocks"]],
        "states": _counted(figures["states"], "open", len(figures["states"])),
        "regimes": _counted(figures["regimes"], "received", len(figures["regimes"])),
        "topics": _counted(figures["topics"], "received", TOPICS),
        "topics_more": max(0, len(figures["topics"]) - TOPICS),
        "settlements": _counted(figures["settlements"], "received", PLACES),
        "settlements_more": max(0, len(figures["settlements"]) - PLACES),
        "spikes": [
            {
                "topic": spike["topic"],
                "settlement": spike["settlement"],
                "count": str(spike["count"]),
                "mean": wording.mean(spike["mean"]),
                "growth": wording.growth(spike["growth"]),
            }
            for spike in figures["spikes"]
        ],
        "overdue": [
            {
                "number": row["number"],
                "topic": row["topic"] or "Тема не указана",
                "block": row["block"] or "Блок не назначен",
                "responsible": row["responsible"] or wording.NO_DATA,
                "term": row["term"],
                "late": wording.late(row["late_seconds"]),
            }
            for row in figures["overdue"][:OVERDUE]
        ],
        "overdue_more": max(0, totals["overdue"]["now"] - OVERDUE),
    }


def _counted(rows: list[Row], figure: str, limit: int) -> list[dict[str, Any]]:
    pairs = [row["counts"][figure] for row in rows]
    most = max([1, *(max(pair["now"], pair["before"]) for pair in pairs)])
    return [
        {
            "name": row["name"],
            "note": row["note"],
            "now": str(pair["now"]),
            "before": str(pair["before"]),
            "change": wording.change(pair),
            "bar": pair["now"] / most,
            "tick": pair["before"] / most,
        }
        for row, pair in list(zip(rows, pairs, strict=True))[:limit]
    ]


def _work(row: Row) -> dict[str, str]:
    counts = row["counts"]
    shown = ("answered", "in_time", "late", "open", "overdue")
    return {
        "name": row["name"],
        "received": str(counts["received"]["now"]),
        "change": wording.change(counts["received"]),
        **{figure: str(counts[figure]["now"]) for figure in shown},
    }


def _days(figures: Figures) -> list[dict[str, Any]]:
    most = max([1, *(max(day["now"], day["before"]) for day in figures["days"])])
    return [
        {
            "name": wording.day(day["day"]),
            "now": str(day["now"]),
            "bar": day["now"] / most,
            "tick": day["before"] / most,
        }
        for day in figures["days"]
    ]
