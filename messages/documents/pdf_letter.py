"""The letter as a PDF: what goes out and is kept."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

from mcu.typesetting import typeset
from messages.documents.sheet import LetterSheet

TEMPLATE: Final = Path(__file__).with_name("letter.typ")


def to_pdf(sheet: LetterSheet, *, made_at: datetime, form: Literal["pdf", "png"] = "pdf") -> bytes:
    """The letter's bytes."""
    return typeset(TEMPLATE, contents(sheet), made_at=made_at, form=form)


def contents(sheet: LetterSheet) -> dict[str, Any]:
    """What the template shows."""
    return {
        "title": f"Письмо {sheet.number} от {sheet.dated:%d.%m.%Y}",
        "center": sheet.center,
        "district": sheet.district,
        "letterhead": sheet.letterhead,
        "outgoing": sheet.outgoing,
        "incoming": sheet.incoming,
        "addressee": sheet.addressee,
        "address": sheet.address,
        "greeting": sheet.greeting,
        "paragraphs": sheet.paragraphs,
        "enclosed": sheet.enclosed,
        "signer_post": sheet.signer_post,
        "signer": sheet.signer,
        "executor": [line for line in (sheet.executor, sheet.executor_phone) if line],
    }
