"""Rows of a list found by code or name, their differences in words, closing and opening: what the lists share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from blocks.models import Center, CenterRow
from blocks.services.lists import work
from blocks.services.lists.columns import Column
from mcu.cells import fold
from mcu.errors import Invalid

Row = TypeVar("Row", bound=CenterRow)
_SHOWN: Final = 80


class Names(Generic[Row]):
    """Rows by their codes, names and short names."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows = list(rows)

    def named(self, said: str, title: str) -> Row:
        """The one row meant. Raises ``Invalid`` where there is none, or several bear the name."""
        wanted = fold(said)
        found = [row for row in self.rows if wanted in (row.code, fold(row.name), fold(getattr(row, "short", "")))]
        if len(found) == 1:
            return found[0]
        exact = [row for row in found if wanted in (row.code, fold(row.name))]
        if len(exact) == 1:
            return exact[0]
        words = "такого в Центре сейчас нет" if not found else "так называются несколько, впишите код"
        raise Invalid("", {title: f"«{title}»: {said[:_SHOWN]} — {words}."})

    def of_row(self, code: str | None, name: str) -> Row | None:
        """The row of the list that a row of a file is about: by its code, without one by its name."""
        if code:
            found = next((row for row in self.rows if row.code == code.casefold()), None)
            if found is None:
                raise Invalid("", {"code": f"«Код»: {code} — такого в списке нет. У новой строки оставьте код пустым."})
            return found
        same = [row for row in self.rows if fold(row.name) == fold(name)]
        in_force = [row for row in same if row.closed_at is None]
        if len(in_force or same) > 1:
            raise Invalid("", {"name": f"«Название»: «{name[:_SHOWN]}» в списке не одно, впишите код."})
        return next(iter(in_force or same), None)

    def refuse_twin(self, row: Row, name: str) -> None:
        """Raise ``Invalid`` where another row in force bears the name."""
        if any(one.pk != row.pk and one.closed_at is None and fold(one.name) == fold(name) for one in self.rows):
            raise Invalid("", {"name": f"«Название»: «{name[:_SHOWN]}» уже есть в списке."})


@dataclass(frozen=True, slots=True)
class ListWords:
    """How a list speaks of its rows."""

    found: str  # by the name, where the file gives no code: {code}
    closed: str  # what it is
    closing: str  # what becomes of messages


def is_closed(row: CenterRow) -> bool | None:
    """What stands in «Закрыть» of the table: «да» for a closed row, nothing for an open one."""
    return True if row.closed_at is not None else None


def closing(row: CenterRow, said: bool | None, now: datetime, words: ListWords) -> tuple[str, tuple[str, ...]]:
    """Close or open the row as the file says; the kind and words. A closed row needs the word to be opened."""
    if row.closed_at is not None and said is None:
        told = f"«{row.name}» в этом списке {words.closed}. Чтобы открыть снова, впишите в «Закрыть» — нет."
        raise Invalid("", {"closed": told})
    if said and row.closed_at is None:
        row.closed_at = now
        return work.CLOSED, (words.closing,)
    if said is False and row.closed_at is not None:
        row.closed_at = None
        return work.OPENED, ()
    return work.SAME, ()


def changes(row: CenterRow, wanted: Mapping[str, Any], columns: Sequence[Column]) -> tuple[str, ...]:
    """Set the values; what is different by them, in words."""
    words = []
    for column in columns:
        if column.attribute not in wanted or getattr(row, column.attribute) == wanted[column.attribute]:
            continue
        before, after = (shown(column, value) for value in (getattr(row, column.attribute), wanted[column.attribute]))
        words.append(f"{column.title.lower()}: {before} → {after}")
        setattr(row, column.attribute, wanted[column.attribute])
    return tuple(words)


def first_words(row: CenterRow, columns: Sequence[Column]) -> tuple[str, ...]:
    """What a new row holds beside its name, in words."""
    values = ((column, getattr(row, column.attribute, None)) for column in columns if column.attribute not in ("code", "name"))
    return tuple(f"{column.title.lower()}: {shown(column, value)}" for column, value in values if value)


def shown(column: Column, value: Any) -> str:
    """A value as a preview names it."""
    words = value.name if isinstance(value, CenterRow) else str(column.widget.render(value))
    return f"«{words}»" if words else "пусто"


def free_code(start: str, taken: set[str]) -> str:
    """A code for a row that no charter has."""
    return next(code for number in range(1, len(taken) + 2) if (code := f"own_{start}_{number}") not in taken)


def rows_of(model: type[Row], center: Center) -> list[Row]:
    """The rows in force. One query."""
    return list(model._default_manager.filter(center=center, closed_at__isnull=True))
