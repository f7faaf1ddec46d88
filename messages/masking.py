"""Contacts that people write into their texts are masked for roles that may not see them (раздел 6)."""

from __future__ import annotations

import re
from typing import Final

from blocks.actors import Actor
from messages.policies import Case, may_see_contacts

# Begins only where a run of such signs begins, or a long word is tried from each of its letters; what is glued to an
# address, as in «a@b.ru+c@d.ru», goes with it.
_DOMAIN: Final = r"@[\w-]+(?:\.[\w-]+)+"
_EMAIL: Final = re.compile(rf"(?<![\w.+-])[\w.+-]+{_DOMAIN}(?:[\w.+-]*{_DOMAIN})*")
_GAP: Final = r"[\s().\-\u2010-\u2014]{0,3}"
# Eleven digits after 7 or 8 in any grouping: codes of towns have three to five digits. Or ten without the first.
_PHONE: Final = re.compile(rf"(?<!\d)(?:(?:\+?7|8)(?:{_GAP}\d){{10}}|\(?\d{{3}}{_GAP}\d{{3}}{_GAP}\d\d{_GAP}\d\d)(?!\d)")
# A town's own number: 2-12-34, or after the word for a telephone.
_SHORT_PHONE: Final = re.compile(r"(?<![\d-])\d{1,3}-\d\d-\d\d(?![\d-])")
_LOCAL_PHONE: Final = re.compile(r"(?i)(\b(?:тел|телефон\w*|т)\b[.:\s№]*)(\d[\d\s-]{3,9}\d)")

# Series and number of a passport; names and pages in social networks and messengers.
_PASSPORT: Final = re.compile(r"(?<!\d)\d\d\s?\d\d[\s№]{1,3}\d{6}(?!\d)")
_ACCOUNT: Final = re.compile(
    r"(?<![\w.@/])(?:@[A-Za-z]\w{2,}|(?:https?://)?(?:www\.|m\.)?(?:t\.me|vk\.com|ok\.ru|wa\.me)/[\w./-]+)"
)

# Who took a letter in hand, as the way of delivery says it (messages.services.letters).
_TAKEN_BY: Final = re.compile(r"(в руки, получил\(а\) ).+")


def mask_contacts(text: str) -> str:
    """The text with telephones, e-mail, accounts, passports and who took a letter replaced by words."""
    text = _EMAIL.sub("[почта скрыта]", text)
    text = _PHONE.sub("[телефон скрыт]", text)
    text = _SHORT_PHONE.sub("[телефон скрыт]", text)
    text = _LOCAL_PHONE.sub(r"\1[телефон скрыт]", text)
    text = _PASSPORT.sub("[документ скрыт]", text)
    text = _TAKEN_BY.sub(r"\1[имя скрыто]", text)
    return _ACCOUNT.sub("[учётная запись скрыта]", text)


def mask_for(actor: Actor, case: Case, text: str) -> str:
    """The text as this person may read it."""
    return text if may_see_contacts(actor, case) else mask_contacts(text)
