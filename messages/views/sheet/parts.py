"""Parts of the answer that other blocks give, beside the editor; the same in short on the right; asking for one more."""

from __future__ import annotations

from typing import Any

from messages import cooperation
from messages.forms.together import AskForm, DeclinePartForm, GiveForm
from messages.selectors.extras_rows import PartRow
from messages.services.parts import proposed_due
from messages.terms import chip
from messages.views.sheet.base import Part, Sheet


def show(sheet: Sheet) -> dict[str, Any]:
    rows = [_row(sheet, part) for part in sheet.page.extras.parts_of(sheet.case.cycle)]
    return {"parts": rows, "owed": next((row for row in rows if row["give"]), None), "ask": _ask(sheet)}


def show_aside(sheet: Sheet) -> dict[str, Any]:
    return {}


def _row(sheet: Sheet, part: PartRow) -> dict[str, Any]:
    may_give = part.is_open and bool(cooperation.may_give(sheet.actor, part, sheet.case))
    may_withdraw = part.is_open and bool(cooperation.may_ask(sheet.actor, sheet.case))
    give, decline = sheet.back.forms.get(f"give-{part.id}"), sheet.back.forms.get(f"decline-{part.id}")
    return {
        "id": part.id,
        "block": part.block,
        "question": sheet.masked(part.question),
        "asked_by": part.asked_by.name if part.asked_by else "",
        "asked_at": part.asked_at,
        "due_at": part.due_at,
        "text": sheet.masked(part.text),
        "given_by": part.given_by.name if part.given_by else "",
        "given_at": part.given_at,
        "late": part.was_late,
        "chip": chip(
            due_at=part.due_at,
            started_at=part.asked_at,
            met_at=part.given_at,
            breached_at=part.due_at if part.was_late else None,
            threat_at=part.asked_at + (part.due_at - part.asked_at) / 2,
            now=sheet.now,
        ),
        "give": give or (GiveForm(auto_id=f"id_give_{part.id}_%s") if may_give else None),
        "give_url": sheet.url("give", part.id),
        "decline": decline or (DeclinePartForm(auto_id=f"id_decline_{part.id}_%s") if may_give else None),
        "decline_url": sheet.url("decline", part.id),
        "decline_opened": decline is not None,
        "withdraw_url": sheet.url("withdraw", part.id) if may_withdraw else "",
    }


def _ask(sheet: Sheet) -> dict[str, Any] | None:
    form = sheet.back.forms.get("ask")
    if form is None:
        if not cooperation.may_ask(sheet.actor, sheet.case):
            return None
        form = AskForm(message=sheet.case, blocks=sheet.page.lists.blocks, due=proposed_due(sheet.case, sheet.now))
    return {"form": form, "url": sheet.url("ask"), "opened": "ask" in sheet.back.forms}


PART = Part("messages/_case_parts.html", show, styles=("css/together.css",), scripts=("js/together.js",))
ASIDE = Part("messages/_case_parts_aside.html", show_aside)
