"""What is wrong with a charter, said so that it can be found: file, table, key, what came, what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu.errors import DomainError


@dataclass(frozen=True)
class Problem:
    """One mistake in a charter file. Empty `table` or `key` means the file or the table as a whole."""

    file: str
    table: str
    key: str
    got: str
    expected: str

    def __str__(self) -> str:
        place = [self.file]
        if self.table:
            place.append(f"таблица {self.table}")
        if self.key:
            place.append(f"ключ {self.key}")
        return f"{', '.join(place)}: получено: {self.got}; ожидается: {self.expected}"


class CharterError(DomainError):
    """The charter cannot be taken; nothing was changed. `problems` holds every mistake found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("Устав не принят, ничего не изменено:\n" + "\n".join(map(str, problems)))
        self.problems = tuple(problems)
