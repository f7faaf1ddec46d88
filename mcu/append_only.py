"""History that can only be added to: the database itself refuses to change, delete or truncate it."""

from __future__ import annotations

import pgtrigger


def append_only() -> list[pgtrigger.Trigger]:
    """Triggers for a table of history; lifted only inside ``pgtrigger.ignore()``, which no code of the product uses."""
    return [
        pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        pgtrigger.Trigger(
            name="no_truncate",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func="RAISE EXCEPTION 'pgtrigger: history in % is append-only', TG_TABLE_NAME;",
        ),
    ]
