"""What the page shows of a brought file before it is put in: ``templates/file_preview.html``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mcu.uploads.brought import Brought

SHOWN: Final = 200  # rows of a part


def preview(
    brought: Brought, *, parts: Mapping[str, Sequence[Any]], same: int, wrong: int, digest: str, moved: str
) -> dict[str, Any]:
    """The variables of the page. ``parts``: rows by the titles they stand under; ``moved``: why it is shown once more."""
    return {
        "brought": {"name": brought.name, "formulas": brought.formulas},
        "figures": [(title.lower(), len(rows)) for title, rows in parts.items()] + [("без изменений", same)],
        "parts": [
            {"title": title, "count": len(rows), "rows": rows[:SHOWN], "more": max(0, len(rows) - SHOWN)}
            for title, rows in parts.items()
            if rows
        ],
        "work": sum(map(len, parts.values())) - wrong,
        "wrong": wrong,
        "digest": digest,
        "moved": moved,
    }
