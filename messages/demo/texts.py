"""What the demo's files say: the citizens' letters with their answers, and the people who work on them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
CENTERS = ("oktyabrsky", "korsakovsky")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message: how many days ago it came, what it says, and how far its answer has got.

    ``stop`` names the state where an open case stands now («returned» is drafting after a remark); empty means that the
    case went the whole way. ``late`` makes the answer miss its term. ``{+3}`` and ``{-1}`` in an answer stand for a
    date so many days from the day of writing.
    """

    id: str
    source: str
    age: int
    block: str
    settlement: str
    name: str
    text: str
    first_block: str = ""
    recipient: str = ""
    topic: str = ""
    topic_words: str = ""
    address: str = ""
    type: str = "citizen"
    phone: str = ""
    email: str = ""
    fast_track: bool = False
    answer: str = ""
    second_answer: str = ""
    remark: str = ""
    decline: str = ""
    reopen: str = ""
    redirect: str = ""
    dismiss: str = ""
    stop: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """A role of a person in one Center, once for each block or source named."""

    center: str
    role: str
    post: str
    blocks: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    recipient: str = ""
    by_agreement: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    sign_in: str
    full_name: str
    duties: tuple[Duty, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """An absence with its substitute; days are counted from the day of loading, both inclusive."""

    center: str
    absent: str
    substitute: str
    from_day: int
    to_day: int
    reason: str


def letters(center: str) -> list[Letter]:
    """The letters of one Center, oldest first."""
    return [Letter(**row) for row in _read(center)["message"]]


@cache
def people() -> tuple[Person, ...]:
    return tuple(
        Person(row["sign_in"], row["full_name"], tuple(Duty(**role) for role in row["role"]))
        for row in _read("people")["person"]
    )


@cache
def leaves() -> tuple[Leave, ...]:
    return tuple(Leave(**row) for row in _read("people")["substitution"])


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
