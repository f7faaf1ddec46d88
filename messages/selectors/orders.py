"""The two orders of lists of cases; their pages are those of ``mcu.keyset``."""

from __future__ import annotations

from typing import Final

from mcu.keyset import Order

NEAREST_TERM: Final = Order("next_due_at", descending=False)
NEWEST: Final = Order("received_at", descending=True)
