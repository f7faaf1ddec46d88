"""Names of people as a letter needs them: to whom («Ивановой Анне Петровне») and how they are greeted.

Only what is sure is changed: a person who reads the letter before it goes out mends the rest. The patronymic tells the sex;
without one a name stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_MALE: Final = ("вич", "ьич", "мич")
_FEMALE: Final = ("вна", "чна")
_OWN_GREETING: Final = re.compile(r"\s*(?:уважаем|здравствуй|добр(?:ый|ое|ого)\s)", re.I)
_SAME: Final = ("о", "у", "ю", "и", "ы", "е", "э", "их", "ых")  # surnames that never change

# Endings with what takes their place, the first that fits.
_SURNAME_MALE: Final = (
    (("ий", "ый", "ой"), 2, "ому"),
    (("й", "ь"), 1, "ю"),
    (("а",), 1, "е"),
    (("я",), 1, "е"),
)
_SURNAME_FEMALE: Final = ((("ова", "ева", "ёва", "ина", "ына"), 1, "ой"), (("ая",), 2, "ой"), (("яя",), 2, "ей"))
_FIRST_MALE: Final = ((("й", "ь"), 1, "ю"), (("а", "я"), 1, "е"))
_FIRST_FEMALE: Final = ((("ия",), 1, "и"), (("а", "я"), 1, "е"), (("ь",), 1, "и"))
_CONSONANTS: Final = "бвгджзклмнпрстфхцчшщ"


def split_names(name: str) -> list[str]:
    """Several applicants in one field, a name each: they stand on lines of their own or behind commas."""
    return [one for part in re.split(r"[\n;,]+", name) if (one := " ".join(part.split()))]


def dative(name: str) -> str:
    """«Иванова Анна Петровна» as «Ивановой Анне Петровне»; unchanged if it is not surname, first name, patronymic."""
    words = name.split()
    if len(words) != 3 or not all(re.fullmatch(r"[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)*", word) for word in words):
        return name
    surname, first, patronymic = words
    if patronymic.endswith(_MALE):
        given, of_father = _changed(first, _FIRST_MALE) or _with_u(first), patronymic + "у"
        shown = "-".join(_surname_male(part) for part in surname.split("-"))
    elif patronymic.endswith(_FEMALE):
        given, of_father = _changed(first, _FIRST_FEMALE) or first, patronymic[:-1] + "е"
        shown = "-".join(_changed(part, _SURNAME_FEMALE) or part for part in surname.split("-"))
    else:
        return name
    return f"{shown} {given} {of_father}"


def greeting(names: Sequence[str], text: str = "") -> str:
    """«Уважаемая Анна Петровна!»; nothing if the text greets by itself."""
    if _OWN_GREETING.match(text):
        return ""
    if len(names) > 1:
        return "Уважаемые заявители!"
    words = names[0].split() if names else []
    if len(words) == 3 and words[2].endswith(_MALE):
        return f"Уважаемый {words[1]} {words[2]}!"
    if len(words) == 3 and words[2].endswith(_FEMALE):
        return f"Уважаемая {words[1]} {words[2]}!"
    return "Здравствуйте!"


def _surname_male(surname: str) -> str:
    if surname.lower().endswith(_SAME):
        return surname
    return _changed(surname, _SURNAME_MALE) or _with_u(surname)


def _changed(word: str, endings: tuple[tuple[tuple[str, ...], int, str], ...]) -> str:
    for known, cut, new in endings:
        if word.endswith(known):
            return word[:-cut] + new
    return ""


def _with_u(word: str) -> str:
    return word + "у" if word[-1].lower() in _CONSONANTS else word
