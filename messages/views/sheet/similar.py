"""Cases answered together with this one, and those like it, which are asked for after the page is there."""

from __future__ import annotations

from typing import Any

from messages.selectors.extras_rows import MergedRow
from messages.views.sheet.base import Part, Sheet
from messages.workflow import State


def show(sheet: Sheet) -> dict[str, Any]:
    extras = sheet.page.extras
    return {
        "together": {
            "leading": _row(sheet, extras.leading) if extras.leading else None,
            "merged": [_row(sheet, row) for row in extras.merged],
            "similar_url": sheet.url("similar"),
        }
    }


def _row(sheet: Sheet, row: MergedRow) -> dict[str, Any]:
    seen = any(grant.reaches(row) for grant in sheet.actor.grants)
    return {
        "number": row.number,
        "source": row.source,
        "state": State(row.state).label,
        "url": f"/{sheet.request.center.slug}/messages/{row.number}/" if seen else "",
    }


PART = Part("messages/_case_similar.html", show, styles=("css/together.css",))
