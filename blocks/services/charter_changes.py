"""What a load of a charter changes, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class ChangeKind(StrEnum):
    ADDED = "добавлено"
    CHANGED = "изменено"
    CLOSED = "закрыто"
    REOPENED = "снова открыто"
    KEPT = "оставлено"  # the file has it otherwise, but people of the Center decided


@dataclass(frozen=True, slots=True)
class Place:
    """A row: the table's name for people, its code and its name before the change."""

    table: str
    code: str = ""
    name: str = ""

    def __str__(self) -> str:
        return f"{self.table} {self.code}".rstrip() + (f" «{self.name}»" if self.name else "")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between the Center and its charter; a changed value has `field`, `old` and `new`, a kept row a `note`."""

    kind: ChangeKind
    place: Place
    field: str = ""
    old: str = ""
    new: str = ""
    note: str = ""

    @property
    def made(self) -> bool:
        """Whether anything becomes different."""
        return self.kind != ChangeKind.KEPT

    def __str__(self) -> str:
        if self.note:
            return f"{self.kind}: {self.place}, {self.note}"
        values = f", {self.field}: {self.old} → {self.new}" if self.field else ""
        return f"{self.kind}: {self.place}{values}"


def differences(place: Place, field: str, old: object, new: object) -> list[Change]:
    """A change for every leaf in which two values differ: nested settings are told key by key."""
    before, after = _leaves(field, old), _leaves(field, new)
    return [
        Change(ChangeKind.CHANGED, place, leaf, before.get(leaf, "нет"), after.get(leaf, "нет"))
        for leaf in dict.fromkeys([*before, *after])
        if before.get(leaf) != after.get(leaf)
    ]


def _leaves(path: str, value: object) -> dict[str, str]:
    """A value as flat lines «path: text»; entries of a list are named by their code, else by their number."""
    if isinstance(value, Mapping) and value:
        return {leaf: text for key, inner in value.items() for leaf, text in _leaves(f"{path}.{key}", inner).items()}
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        entries = {str(entry.get("code", number)): entry for number, entry in enumerate(value, start=1)}
        return {leaf: text for key, inner in entries.items() for leaf, text in _leaves(f"{path}.{key}", inner).items()}
    return {path: _shown(value)}


def _shown(value: object) -> str:
    if value is None:
        return "не указано"
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, list | Mapping):
        return ", ".join(map(str, value)) or "пусто"
    return f"«{value}»" if isinstance(value, str) and value else str(value) or "пусто"
