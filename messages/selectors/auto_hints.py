"""What the Center's own cases suggest, as rules by confidence ask for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from blocks.models import Center
from messages.automatic import Hint


def hints_of(center: Center, rows: Sequence[Mapping[str, Any]]) -> list[Hint | None]:
    """For each case its first suggestion; none where the Center has no lesson in use."""
    return [None for _ in rows]
