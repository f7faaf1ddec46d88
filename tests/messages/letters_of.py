"""Letters made for learning: a few complaints of each block in different words, each to its topic and recipient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

_STREETS: Final = ("Садовой", "Заречной", "Полевой", "Школьной", "Лесной", "Речной", "Новой", "Мира", "Победы", "Труда")
_BEGINNINGS: Final = ("Добрый день!", "Прошу принять меры:", "Когда это кончится?", "Уже третью неделю", "Соседи жалуются:")
_MATTERS: Final = (
    ("roads", "ямы", "дорожники", "на улице {} сплошные ямы, асфальт разбит"),
    ("roads", "ямы", "дорожники", "провалился асфальт у дома на {}, яма в полметра"),
    ("roads", "снег", "дорожники", "дорога по {} не чищена от снега"),
    ("housing", "тепло", "теплосеть", "в квартирах на {} холодные батареи, нет отопления"),
    ("housing", "тепло", "теплосеть", "отопление по {} так и не включили"),
    ("housing", "крыша", "жилкомсервис", "в доме на {} протекает крыша, управляющая компания молчит"),
    ("waste", "мусор", "чистый двор", "мусор на {} не вывозят, контейнеры переполнены"),
    ("waste", "мусор", "чистый двор", "свалка за домами на {}, баки полны мусора"),
)


@dataclass(frozen=True)
class Made:
    text: str
    block: str
    topic: str
    recipient: str


def letters() -> Iterator[Made]:
    """Four hundred of them, each text once."""
    for beginning, street, (block, topic, recipient, words) in product(_BEGINNINGS, _STREETS, _MATTERS):
        yield Made(f"{beginning} {words.format(street)}.", block, topic, recipient)
