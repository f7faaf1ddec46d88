"""Contacts that people write into their texts are masked for roles that may not see them (раздел 6)."""

from __future__ import annotations

import re
from typing import Final

from blocks.actors import Actor
from messages.policies import Case, may_see_contacts

_EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# Eleven digits after 7 or 8, ten without, or the five-six of a town's line after the word for a telephone.
_PHONE: Final = re.compile(r"(?<!\d)(?:\+?7|8)?[\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}(?!\d)")
_LOCAL_PHONE: Final = re.compile(r"(?i)(\b(?:тел|телефон\w*|т)\b[.:\s№]*)(\d[\d\s-]{3,9}\d)")


def mask_contacts(text: str) -> str:
    """The text with telephone numbers and e-mail addresses replaced by words."""
    text = _EMAIL.sub("[почта скрыта]", text)
    text = _PHONE.sub("[телефон скрыт]", text)
    return _LOCAL_PHONE.sub(r"\1[телефон скрыт]", text)


def mask_for(actor: Actor, case: Case, text: str) -> str:
    """The text as this person may read it."""
    return text if may_see_contacts(actor, case) else mask_contacts(text)
