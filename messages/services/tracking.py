"""Numbers of postal items (трек-номер, ШПИ): the fourteen digits of Почта России or the thirteen signs of the S10 standard."""

from __future__ import annotations

import re
from typing import Final

from mcu.errors import Invalid

_WEIGHTS: Final = (8, 6, 4, 2, 3, 5, 9, 7)  # UPU S10
_LIKE_LATIN: Final = str.maketrans("АВЕКМНОРСТУХ", "ABEKMHOPCTYX")
_HOW: Final = "Он стоит на чеке: 14 цифр (80100012345678) или две буквы, девять цифр и RU (RA123456785RU). Можно внести позже."


def checked(value: str) -> str:
    """The number as it is kept, "" if none is given. Raises Invalid that names the field ``tracking``."""
    number = re.sub(r"[\s-]", "", value).upper().translate(_LIKE_LATIN)
    if not number or re.fullmatch(r"[0-9]{14}", number):
        return number
    if not re.fullmatch(r"[A-Z]{2}[0-9]{9}RU", number):
        raise _wrong(f"Номер отправления «{value.strip()[:40]}» не похож на номер Почты России.")
    if _check_digit(number[2:10]) != number[10]:
        raise _wrong(f"В номере отправления {number} опечатка: контрольная цифра не сходится.")
    return number


def _check_digit(digits: str) -> str:
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True)) % 11
    return {10: "0", 11: "5"}.get(rest, str(rest))


def _wrong(words: str) -> Invalid:
    return Invalid(f"{words} {_HOW}", {"tracking": f"{words} {_HOW}"})
