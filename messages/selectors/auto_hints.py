"""What the Center's own cases suggest, as rules by confidence ask for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from blocks.models import Center
from messages.automatic import Hint
from messages.selectors.guess import Guesses, guess_many

_LIKELY_RECIPIENT: Final = 0.5


def hints_of(center: Center, rows: Sequence[Mapping[str, Any]]) -> list[Hint | None]:
    """For each case its first suggestion; none where the Center has no lesson in use. One query."""
    return [_hint(found) for found in guess_many(center, rows)]


def _hint(found: Guesses) -> Hint | None:
    """The likeliest block; the recipient only where he is likelier than all others together."""
    if not found.block:
        return None
    first = next((one for one in found.recipient if one.share > _LIKELY_RECIPIENT), None)
    return Hint(found.block[0].pk, first.pk if first else None, 100 * found.block[0].share)
