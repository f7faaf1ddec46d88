"""The letters that the answers to an appeal went out as: number, files, delivery; and the form to draw one up."""

from __future__ import annotations

from typing import Any

from messages import forms, policies
from messages.models import Letter
from messages.selectors.extras_rows import LetterRow
from messages.selectors.letters import is_undelivered
from messages.services.letter_sheet import addressee_of
from messages.services.letters import STATES, delivery_words
from messages.views.sheet.base import Part, Sheet


def show(sheet: Sheet) -> dict[str, Any]:
    rows = sheet.page.extras.letters
    may_write = bool(policies.may_write_out(sheet.actor, sheet.case))
    draw_up = _draw_up(sheet) if may_write else None
    if not rows and draw_up is None:
        return {"letter_out": None}
    opens = bool(policies.may_see_contacts(sheet.actor, sheet.case))
    return {
        "letter_out": {
            "rows": [_row(sheet, row, opens=opens, may_write=may_write) for row in reversed(rows)],
            "draw_up": draw_up,
        }
    }


def _row(sheet: Sheet, row: LetterRow, *, opens: bool, may_write: bool) -> dict[str, Any]:
    sent = any(reply.pk == row.reply_id and reply.posted_at is not None for reply in sheet.page.replies)
    failed = is_undelivered(row)
    name = f"letter_{row.id}"
    shown: dict[str, Any] = {
        "row": row,
        "delivery": sheet.masked(delivery_words(row)) if sent else "",
        "sent": sent,
        "failed": failed,
        "error": row.mail_error if opens else "",
        "waits": row.next_try_at is not None and row.mailed_at is None,
        # Without a mail server of ours the sender's own program sends it.
        "by_hand": row.method == Letter.Method.EMAIL and not row.mailed_at and not row.next_try_at and not failed,
    }
    if opens:
        shown["files"] = [(kind.upper(), sheet.url("letter_file", row.id, kind)) for kind in ("pdf", "docx")]
    if sent and may_write:
        initial = {"method": row.method, "tracking": row.tracking, "handed_to": row.handed_to}
        shown["form"] = sheet.back.forms.get(name) or forms.DeliveryForm(initial=initial, mark=row.id)
        shown["form_url"] = sheet.url("letter_delivery", row.id)
        shown["form_open"] = failed or name in sheet.back.forms
        without_number = row.method == Letter.Method.POST and not row.tracking
        shown["form_words"] = "Внести номер отправления" if without_number else "Изменить доставку"
    return shown


def _draw_up(sheet: Sheet) -> dict[str, Any] | None:
    """The form, while the approved version has no letter."""
    case, back = sheet.case, sheet.back.forms.get("letter")
    approved = next((reply for reply in sheet.page.replies if reply.version == case.agreed_version), None)
    if case.state not in STATES or approved is None or sheet.page.extras.letter_of(approved.pk):
        return None
    initial = {"addressee": addressee_of(getattr(case, "applicant", None))}
    return {
        "form": back or forms.LetterForm(initial=initial, auto_id="id_letter_%s"),
        "url": sheet.url("letter"),
        "open": back is not None,
    }


PART = Part("messages/_case_letter_out.html", show, styles=("css/letters.css",))
