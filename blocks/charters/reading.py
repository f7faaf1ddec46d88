"""Reads a charter file: TOML, then the schema, then the checks between tables."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from blocks.charters.checks import problems_of
from blocks.charters.errors import CharterError, Problem
from blocks.charters.schema import Charter

FOLDER = Path(__file__).parent

_EXPECTED = {
    "missing": "значение, без этого ключа устав неполон",
    "string_type": "строка в кавычках",
    "int_type": "целое число",
    "float_type": "число",
    "bool_type": "true или false",
    "list_type": "список в квадратных скобках",
    "dict_type": "таблица",
    "model_type": "таблица",
    "date_type": "дата вида 2025-01-31 без кавычек",
    "time_type": "время вида 09:00:00 без кавычек",
    "literal_error": "одно из: {expected}",
    "string_pattern_mismatch": "значение по образцу {pattern}",
    "string_too_short": "непустая строка",
    "string_too_long": "не более {max_length} знаков",
    "greater_than": "число больше {gt}",
    "greater_than_equal": "число не меньше {ge}",
    "less_than": "число меньше {lt}",
    "less_than_equal": "число не больше {le}",
    "too_short": "не менее {min_length} строк",
}


def shipped() -> list[str]:
    """Names of the charters that come with the software."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def path_of(path_or_name: str | Path) -> Path:
    """The file behind a shipped name or a path; CharterError where there is none."""
    if str(path_or_name) in shipped():
        return FOLDER / f"{path_or_name}.toml"
    path = Path(path_or_name)
    if path.is_file():
        return path
    expected = f"путь к файлу TOML или имя устава из поставки: {', '.join(shipped())}"
    raise CharterError([Problem(path.name, "", "", "имя, по которому файла нет", expected)])


def load(path_or_name: str | Path) -> Charter:
    """The charter of a shipped name or a file, fully checked; CharterError tells every mistake."""
    path = path_of(path_or_name)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        got = f"знак не в UTF-8 (байт № {error.start})"
        raise CharterError([Problem(path.name, "", "", got, "текст в кодировке UTF-8")]) from error
    except tomllib.TOMLDecodeError as error:
        raise CharterError([Problem(path.name, "", "", str(error), "запись по правилам TOML 1.0")]) from error
    return parse(data, file=path.name)


def parse(data: Mapping[str, Any], *, file: str) -> Charter:
    """The charter of already read tables; `file` is only the name used in errors."""
    try:
        charter = Charter.model_validate(data)
    except ValidationError as error:
        raise CharterError([_problem(file, data, item) for item in error.errors()]) from error
    if problems := problems_of(charter, file=file):
        raise CharterError(problems)
    return charter


def _problem(file: str, data: Mapping[str, Any], error: ErrorDetails) -> Problem:
    """An error of the schema, said by file, table and key."""
    loc = [part for part in error["loc"] if part != "[key]"]  # how pydantic marks a wrong key of a mapping
    table, key = _place(data, loc)
    kind = error["type"]
    if kind == "extra_forbidden":
        return Problem(file, table, key, _shown(error["input"]), "только известные уставу ключи, такого нет")
    got = "пусто" if kind == "missing" else _shown(error["input"])
    template = _EXPECTED.get(kind)
    expected = template.format(**error.get("ctx", {})) if template else error["msg"]
    return Problem(file, table, key, got, expected.replace(" or ", " или "))


def _place(data: Mapping[str, Any], loc: Sequence[str | int]) -> tuple[str, str]:
    """Where an error sits: `[[sources]] № 2 («pos»)` and the key inside that table."""
    words: list[str] = []
    path: list[str] = []
    node: Any = data
    rest = list(loc)
    while len(rest) > 1 and _is_table(inner := _inside(node, rest[0])):
        part, node = rest.pop(0), inner
        if isinstance(part, int):
            words.append(f"[[{'.'.join(path)}]] {_row(part, node)}")
            path = []
        else:
            path.append(part)
    if path:
        words.append(f"[{'.'.join(path)}]")
    return " ".join(words) or "(верхний уровень)", " ".join(_key(part) for part in rest)


def _is_table(node: Any) -> bool:
    return isinstance(node, Mapping) or (isinstance(node, list) and bool(node) and isinstance(node[0], Mapping))


def _inside(node: Any, part: str | int) -> Any:
    if isinstance(node, Mapping):
        return node.get(str(part))
    if isinstance(node, list) and isinstance(part, int) and part < len(node):
        return node[part]
    return None


def _row(number: int, node: Any) -> str:
    code = node.get("code") if isinstance(node, Mapping) else None
    return f"№ {number + 1} («{code}»)" if code else f"№ {number + 1}"


def _key(part: str | int) -> str:
    return f"№ {part + 1}" if isinstance(part, int) else part


def _shown(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"«{text[:80]}»" if isinstance(value, str) else text[:80]
