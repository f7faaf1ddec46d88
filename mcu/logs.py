"""What a log may not hold: an address whose token opens a page by itself is as good as a password."""

from __future__ import annotations

import logging
import re
from typing import Final

_SECRET: Final = re.compile(r"/(ical|link|s)/[^/?\s\"']+")


def masked(words: str) -> str:
    """The words with the tokens of secret addresses left out."""
    return _SECRET.sub(r"/\1/***", words)


class WithoutSecrets(logging.Filter):
    """Leaves the tokens of secret addresses out of a line, whoever writes it."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        if (plain := masked(said)) != said:
            record.msg, record.args = plain, ()
        return True
