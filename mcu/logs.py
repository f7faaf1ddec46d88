"""What a log may not hold: an address whose token opens a page by itself is as good as a password."""

from __future__ import annotations

import logging
import re
from typing import Final

_SECRET: Final = re.compile(r"/(ical|link|s)/[^/?\s\"']+")
_KEY: Final = re.compile(r"(?i)(\bapi_key=)[^&\s\"']+")  # Open311 clients read with the key in the address


def masked(words: str) -> str:
    """The words with the tokens of secret addresses and the keys of clients left out."""
    return _KEY.sub(r"\1***", _SECRET.sub(r"/\1/***", words))


class WithoutSecrets(logging.Filter):
    """Leaves the tokens of secret addresses out of a line, whoever writes it."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        if (plain := masked(said)) != said:
            record.msg, record.args = plain, ()
        return True
