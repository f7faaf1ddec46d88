"""How long something lasts, in the words of every page."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)


def duration(length: timedelta) -> str:
    """A length of time in the two largest units that matter: «2 д 4 ч», «3 ч», «25 мин»; rounded down, so that
    it never promises more time than there is."""
    if length < _MINUTE:
        return "меньше минуты"
    if length < _HOUR:
        return f"{length // _MINUTE} мин"
    if length < _DAY:
        return f"{length // _HOUR} ч"
    hours = length % _DAY // _HOUR
    return f"{length // _DAY} д {hours} ч" if hours else f"{length // _DAY} д"
