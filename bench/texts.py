"""Letters to fill the register with: sentences of our own demo mixed anew, with streets, people and papers of their own."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from random import Random
from typing import Final

from messages.demo import texts

# Words that stand in one letter of some thousands, and in nothing else.
RARE: Final = (
    "дирижабль", "барсук", "мотодельтаплан", "водокачка", "шлагбаум", "карусель", "голубятня", "пилорама", "катамаран",
    "терраса", "оранжерея", "памятник", "мельница", "снегоход", "виадук", "колокольня", "эстакада", "градирня", "понтон",
    "обсерватория",
)  # fmt: skip
RARE_SHARE: Final = 1 / 250
_STREETS: Final = (
    "Ленина", "Мира", "Советская", "Лесная", "Набережная", "Северная", "Южная", "Школьная", "Садовая", "Строителей",
    "Молодёжная", "Нефтяников", "Газовиков", "Геологов", "Речников", "Рыбников", "Полевая", "Центральная", "Заречная",
    "Кедровая", "Сосновая", "Берёзовая", "Таёжная", "Озёрная", "Луговая", "Комсомольская", "Пионерская", "Октябрьская",
    "Первомайская", "Гагарина", "Чехова", "Пушкина", "Кирова", "Калинина", "Дзержинского", "Энтузиастов", "Механизаторов",
    "Лермонтова", "Светлая", "Солнечная", "Парковая", "Спортивная", "Вокзальная", "Промышленная", "Обская", "Югорская",
)  # fmt: skip
_ROOTS: Final = (
    "Белозёр", "Куропат", "Михайл", "Сорок", "Ветлуг", "Лопат", "Горбун", "Медвед", "Чернов", "Рябин", "Кузьм", "Журавл",
    "Потап", "Савель", "Ермол", "Тимоф", "Архип", "Наум", "Устин", "Фролк", "Зимород", "Калаш", "Осин", "Полынь", "Грач",
    "Мокроус", "Селезн", "Бурун", "Сивак", "Корен",
)  # fmt: skip
_ENDINGS: Final = ("ов", "ин", "ский", "енко", "ев", "ых", "кин", "чук")
_NAMES: Final = ("Анна", "Пётр", "Мария", "Иван", "Ольга", "Сергей", "Елена", "Дмитрий", "Нина", "Олег", "Вера", "Глеб")
_SECOND: Final = ("Петровна", "Иванович", "Сергеевна", "Олегович", "Юрьевна", "Андреевич", "Павловна", "Львович")
_PAPERS: Final = ("Заявка", "Акт", "Письмо", "Договор", "Протокол", "Квитанция", "Обращение в подрядчика", "Справка")
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+")
_DAYS_AWAY: Final = re.compile(r"\{[+-]?\d+\}")


@dataclass(slots=True)
class Stock:
    """Sentences of one Center's demo letters and answers, by block, with the letters' topics and places."""

    letters: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    answers: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    topics: list[tuple[str, str]] = field(default_factory=list)  # block and topic, as often as people write of them
    settlements: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, slug: str) -> Stock:
        stock = cls()
        for letter in texts.letters(slug):
            stock.letters[letter.block] += _SENTENCE.split(letter.text)
            if letter.answer:
                stock.answers[letter.block] += _SENTENCE.split(_DAYS_AWAY.sub("в срок", letter.answer))
            if letter.topic:
                stock.topics.append((letter.block, letter.topic))
            stock.settlements.append(letter.settlement)
        return stock

    def letter(self, block: str, chance: Random) -> str:
        """What a citizen writes: a few sentences of one matter, a place, now and then a paper or a rare thing."""
        own = self.letters[block]
        parts = [chance.choice(own) for _ in range(chance.choice((1, 2, 2, 3, 3, 4)))]
        if chance.random() < 0.4:
            parts.append(f"Это на улице {chance.choice(_STREETS)}, дом {chance.randint(1, 120)}.")
        if chance.random() < 0.3:
            parts.append(f"{chance.choice(_PAPERS)} № {chance.randint(100, 99_999)} от {chance.randint(1, 28)} числа.")
        if chance.random() < 0.2:
            parts.append(f"{person(chance)} подтвердит.")
        if chance.random() < RARE_SHARE:
            parts.append(f"Рядом {chance.choice(RARE)}.")
        return " ".join(parts)

    def answer(self, block: str, chance: Random) -> str:
        own = self.answers[block] or ["Здравствуйте!", "Работы выполнены."]
        return " ".join(chance.choice(own) for _ in range(chance.randint(2, 5)))


def person(chance: Random) -> str:
    return f"{chance.choice(_ROOTS)}{chance.choice(_ENDINGS)} {chance.choice(_NAMES)} {chance.choice(_SECOND)}"


def address(chance: Random) -> str:
    return f"ул. {chance.choice(_STREETS)}, д. {chance.randint(1, 120)}, кв. {chance.randint(1, 90)}"
