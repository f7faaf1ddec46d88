"""The citizen's message as a letter: who wrote, when, where, the text."""

from __future__ import annotations

from typing import Any

from messages import policies
from messages.masking import mask_for
from messages.models import CAME_BY, Applicant
from messages.views.sheet.base import Part, Sheet


def show(sheet: Sheet) -> dict[str, Any]:
    return {"letter": _letter(sheet)}


def _letter(sheet: Sheet) -> dict[str, Any]:
    message, actor = sheet.case, sheet.actor
    opens = bool(policies.may_see_contacts(actor, message))
    applicant = getattr(message, "applicant", None)
    letter: dict[str, Any] = {
        "topic": message.topic.name if message.topic else mask_for(actor, message, message.topic_words),
        "place": message.settlement.name if message.settlement else mask_for(actor, message, message.settlement_words),
        # In a social network the address of a message names who wrote it.
        "source_url": message.url if opens else "",
        "text": mask_for(actor, message, message.text),
        "address": mask_for(actor, message, message.address),
        "by": _by(sheet),
    }
    if applicant is None:
        return letter
    if not opens:
        return letter | {"applicant": "скрыт для вашей роли"}
    letter |= applicant_words(applicant, open_contacts=sheet.contacts_shown)
    if (applicant.email or applicant.phone) and not sheet.contacts_shown:
        letter["contacts_url"] = sheet.url("contacts")
    return letter


def _by(sheet: Sheet) -> str:
    """«по телефону»: how the message came where no program pushed it."""
    return next((CAME_BY.get(event.data.get("by", ""), "") for event in sheet.page.events if event.code == "created"), "")


def applicant_words(applicant: Applicant, *, open_contacts: bool) -> dict[str, Any]:
    """Who wrote, and the contacts once they are asked for."""
    kind = "" if applicant.type == Applicant.Type.CITIZEN else f" ({applicant.get_type_display()})"
    contacts = [contact for contact in (applicant.phone, applicant.email) if contact] if open_contacts else []
    return {"applicant": f"{applicant.name or 'не назвался'}{kind}", "contacts": contacts}


PART = Part("messages/_case_letter.html", show)
