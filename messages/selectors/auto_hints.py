"""What the Center's own cases suggest, as rules by confidence ask for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from blocks.models import Block, Center, Recipient
from mcu import memo
from messages.automatic import Hint
from messages.selectors.guess import Guesses, guess_many

# A recipient is named by itself only where it is likelier than all the others together.
_SURE: Final = 0.5


def hints_of(center: Center, rows: Sequence[Mapping[str, Any]]) -> list[Hint | None]:
    """For each case its first suggestion; none where the Center has no lesson in use. Three queries, once a bulk job."""
    blocks, of_recipient = memo.remembered(("open for hints", center.pk), lambda: _open(center))
    return [_hint(found, blocks, of_recipient) for found in guess_many(center, rows)]


def _open(center: Center) -> tuple[set[int], dict[int, set[int]]]:
    """Open blocks, and of each open recipient the blocks it answers for: none named is all."""
    blocks = set(Block.objects.filter(center=center, closed_at__isnull=True).values_list("pk", flat=True))
    of_recipient: dict[int, set[int]] = {}
    pairs = Recipient.objects.filter(center=center, closed_at__isnull=True).order_by().values_list("pk", "blocks")
    for pk, block_id in pairs:
        of_recipient.setdefault(pk, set()).update({block_id} if block_id else ())
    return blocks, of_recipient


def _hint(found: Guesses, blocks: set[int], of_recipient: Mapping[int, set[int]]) -> Hint | None:
    first = next((one for one in found.block if one.pk in blocks), None)
    if first is None:
        return None
    fits = (one.pk for one in found.recipient if one.share >= _SURE and one.pk in of_recipient)
    recipient = next((pk for pk in fits if not of_recipient[pk] or first.pk in of_recipient[pk]), None)
    return Hint(first.pk, recipient, 100 * first.share)
