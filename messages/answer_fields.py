"""Fields of the answer templates: their Russian names, what stands in their place, which a text names. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_FIELD: Final = re.compile(r"\{([^{}\n]*)\}")

# What a template may name, and what that becomes in an answer.
FIELDS: Final[Mapping[str, str]] = {
    "номер": "номер сообщения, у обращения — регистрационный",
    "дата": "когда поступило: 18 ноября 2026 года",
    "имя": "имя заявителя",
    "тема": "тема",
    "срок": "до какого дня ответ",
    "блок": "отраслевой блок полностью",
    "исполнитель": "кто отвечает за ответ",
    "адрес": "адрес или место из сообщения",
}
NAME: Final = "имя"  # personal data of the applicant


@dataclass(frozen=True, slots=True)
class Filled:
    """A template made a text; ``missing`` are the fields the case has nothing for: they stay in brackets for the writer."""

    text: str
    missing: tuple[str, ...]


def named(text: str) -> tuple[str, ...]:
    """Fields the text names, each once."""
    return tuple(dict.fromkeys(_clean(name) for name in _FIELD.findall(text)))


def problem_of(text: str) -> str:
    """What is wrong with the braces, in words; empty if nothing is."""
    unknown = [name for name in named(text) if name not in FIELDS]
    if unknown:
        said = ", ".join(f"{{{name}}}" for name in unknown)
        known = ", ".join(f"{{{name}}}" for name in FIELDS)
        return f"Таких полей нет: {said}. Можно: {known}."
    if re.search(r"[{}]", _FIELD.sub("", text)):
        return "Фигурная скобка без пары: поле пишут так — {номер}."
    return ""


_TWO_STOPS: Final = re.compile(r"(?<!\.)\.\.(?!\.)")


def fill(text: str, values: Mapping[str, str]) -> Filled:
    """The text with values in place of its fields; what has no value stands as «[имя]»."""
    missing: list[str] = []

    def value(match: re.Match[str]) -> str:
        name = _clean(match[1])
        if found := values.get(name, ""):
            return found
        missing.append(name)
        return f"[{name}]"

    # «Петров П. П.» at the end of a sentence brings a full stop of its own.
    filled = _TWO_STOPS.sub(".", _FIELD.sub(value, text))
    return Filled(filled, tuple(dict.fromkeys(missing)))


def _clean(name: str) -> str:
    return name.strip().lower()
