"""What the applicant says of the answer: the link to ask by, what was said, what is decided about a low score."""

from __future__ import annotations

from typing import Any

from messages import cooperation
from messages.forms.together import KeepForm, ScoreForm
from messages.models import Satisfaction
from messages.selectors.extras_rows import ScoreRow
from messages.services import satisfaction
from messages.views.sheet.base import Part, Sheet


def show(sheet: Sheet) -> dict[str, Any]:
    given = sheet.page.extras.score_of(sheet.case.cycle)
    earlier = [_row(sheet, row) for row in sheet.page.extras.scores if row.cycle != sheet.case.cycle]
    asked = sheet.case.state in cooperation.ANSWERED
    may_rate = bool(cooperation.may_rate_for(sheet.actor, sheet.case))
    if not asked and not earlier:
        return {"score": None}
    rate = sheet.back.forms.get("rate")
    if rate is None and asked and given is None and may_rate:
        rate = ScoreForm(auto_id="id_rate_%s")
    keep = sheet.back.forms.get("keep")
    if keep is None and given is not None and _waits(sheet, given) and cooperation.may_settle(sheet.actor, sheet.case):
        keep = KeepForm(auto_id="id_keep_%s")
    return {
        "score": {
            "given": _row(sheet, given) if given else None,
            "asked": asked,
            "earlier": earlier,
            # Whoever has the link speaks for the applicant: it is for those who talk with him.
            "link": satisfaction.link_of(sheet.case) if asked and given is None and may_rate else "",
            "rate": rate,
            "rate_url": sheet.url("rate"),
            "rate_opened": "rate" in sheet.back.forms,
            "keep": keep,
            "keep_url": sheet.url("keep"),
            "keep_opened": "keep" in sheet.back.forms,
        }
    }


def _waits(sheet: Sheet, given: ScoreRow) -> bool:
    return given.settled_at is None and satisfaction.is_low(given.score, sheet.case)


def _row(sheet: Sheet, given: ScoreRow) -> dict[str, Any]:
    return {
        "score": given.score,
        "text": sheet.masked(given.text),
        "via": Satisfaction.Via(given.via).label,
        "at": given.at,
        "low": satisfaction.is_low(given.score, sheet.case),
        "waits": _waits(sheet, given),
    }


PART = Part("messages/_case_score.html", show, styles=("css/together.css",))
