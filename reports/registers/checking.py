"""What may stand in a row: the same for the form, the file and the demo."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import models

from blocks.models import Center
from mcu.text import clean_text
from messages.masking import mask_contacts
from reports.registers.rights import Reach
from reports.registers.table import Register, Words

LONGEST: Final = 10_000  # letters of a text
_NUMBER: Final = 2_147_483_647
_FIRST: Final = date(2000, 1, 1)
_LAST: Final = date(2100, 1, 1)
_MISSING: Final = "Заполните это поле."
_LINK: Final = re.compile(r"https?://[^\s/]+\.[^\s]+", re.I)
_WEB: Final = re.compile(r"https?://\S+", re.I)  # may hold any digits
_UNSEEN: Final = ("Cf", "Mn", "Me")  # between the digits of a number they hide it from us, not from a person
# Ten digits and more with whatever stands between them; fewer are sizes, numbers of papers, days.
_LONG: Final = re.compile(r"\d(?:[^\w\n]{0,3}\d|_\d){9,}")
_ODD_GAP: Final = re.compile(r"(?<=\d)\s?[\u00b7\u2022\u2219\u22c5\u2027\u30fb\u2024\u2212_*~|]\s?(?=\d)")
# Eleven digits of a person's insurance number: by threes with two at the end, or any after its word.
_SNILS: Final = re.compile(
    r"(?<![\d-])\d{3}-\d{3}-\d{3}[\s-]{1,3}\d\d(?![\d-])|\bснилс\b\D{0,12}(?:\d[\s.-]{0,2}){10}\d(?!\d)", re.I
)
_HIDDEN: Final = ("[телефон скрыт]", "[почта скрыта]", "[документ скрыт]")
_NAMELESS: Final = ("url", "announcement_url", "protocol", "document", "case_number")


def cleaned(register: Register, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are kept: texts without control characters and outer spaces."""
    return {name: clean_text(value) if isinstance(value, str) else value for name, value in values.items()}


def problems(
    register: Register, center: Center, own: Reach, values: Mapping[str, Any], *, today: date, changed: set[str]
) -> Words:
    """Words for each field that cannot stand so; ``values`` are all fields of the row, ``changed`` those that are new."""
    found: Words = {}
    for name in register.fields:
        if words := _problem(register, center, name, values.get(name), today, is_new=name in changed):
            found[name] = words
    if found:
        return found
    found = register.check(values)
    if not found and not own.covers(values):
        name = "recipient" if "recipient" in register.fields else "block"
        found[name] = "Выберите из своих: записи других вносят их люди, ответственный за обеспечение и руководитель."
    return found


def _problem(register: Register, center: Center, name: str, value: Any, today: date, *, is_new: bool) -> str:
    field = register.of(name)
    if value is None or value == "":
        optional = field.blank or field.null or isinstance(field, models.BooleanField)
        return "" if optional else _MISSING
    if isinstance(value, date):
        return _day(value, today if name in register.facts else None)
    if isinstance(value, models.Model):
        return _row(value, center) if is_new else ""
    if isinstance(value, int | Decimal):
        return _number(field, value)
    return _text(register, field, name, value)


def _day(value: date, today: date | None) -> str:
    if not _FIRST <= value < _LAST:
        return "Проверьте год."
    return "Этот день ещё не наступил." if today and value > today else ""


def _row(row: Any, center: Center) -> str:
    if row.center_id != center.pk or getattr(row, "closed_at", None) or getattr(row, "voided_at", None):
        return "Выберите значение из списка."
    return ""


def _number(field: models.Field[Any, Any], value: int | Decimal) -> str:
    if value < 0:
        return "Число не может быть меньше нуля."
    if isinstance(field, models.DecimalField):
        whole = 10 ** (field.max_digits - field.decimal_places)
        return f"Число должно быть меньше {whole}." if value >= whole else ""
    return f"Число больше {_NUMBER}: проверьте его." if value > _NUMBER else ""


def _text(register: Register, field: models.Field[Any, Any], name: str, value: str) -> str:
    longest = field.max_length or LONGEST
    if len(value) > longest:
        return f"Длиннее {longest} знаков: сократите."
    if field.choices and value not in dict(field.flatchoices):
        return "Выберите значение из списка."
    if name.endswith("url"):
        return "" if _LINK.fullmatch(value) else "Дайте ссылку целиком, начиная с https://"
    if name in _NAMELESS or name in register.public or field.choices:
        return ""
    return personal(value)


def personal(text: str) -> str:
    """Words for a text that holds a telephone, an address of mail or a document of somebody; empty for any other."""
    plain = _plain(_WEB.sub(" ", text))
    masked = mask_contacts(plain)
    if not _SNILS.search(plain) and not any(mark in masked and mark not in plain for mark in _HIDDEN):
        return ""
    return "Похоже, здесь телефон, почта или номер документа человека. Личных данных в реестр не пишут: уберите их."


def _plain(text: str) -> str:
    """The text with usual digits, and signs between them as people mean them: nothing unseen, no dots in the middle."""
    seen = (sign for sign in text if unicodedata.category(sign) not in _UNSEEN)
    shown = "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in seen)
    return _LONG.sub(lambda found: _ODD_GAP.sub("-", found[0]), shown)
