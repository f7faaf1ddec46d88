"""Whether the sender is who the letter says, as the server that received it has found."""

from __future__ import annotations

import re
from typing import Final

_QUOTED: Final = re.compile(r'"[^"]*"|\([^()]*\)')  # what a sender may have had a hand in
_FOUND: Final = re.compile(r"\s*(dmarc|spf|dkim)\s*=\s*(\w+)")
_MOST: Final = 4_000


def is_doubted(results: str) -> bool:
    """``Authentication-Results`` (RFC 8601): DMARC failed, or SPF did and no signature holds. Without it nothing is doubted."""
    found = [one.groups() for part in _QUOTED.sub("", results[:_MOST]).lower().split(";") if (one := _FOUND.match(part))]
    if ("dmarc", "fail") in found:
        return True
    return ("spf", "fail") in found and ("dkim", "pass") not in found and ("dmarc", "pass") not in found
