"""What people open, and as whom: every page is asked for by several people with several addresses in turn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from typing import Final
from urllib.parse import quote, urlencode

from bench import texts
from bench.people import Staff, sign_in
from bench.results import PAGE_BAR, SEARCH_BAR
from bench.web import Site
from blocks.models import Topic
from blocks.roles import Role
from mcu.models import User
from messages.models import Message
from messages.selectors.register.columns import COLUMNS
from messages.workflow import OPEN, State

_DEEP: Final = 20  # pages
_SAMPLE: Final = 60
_COMMON: Final = ("дорога", "вода", "улица", "дом", "свет", "школа", "автобус", "снег", "ремонт", "дети")
_TWO: Final = ("дорога яма", "вода кран", "школа автобус", "снег двор", "свет подъезд", "дом отопление", "улица Ленина")
_OLDER: Final = re.compile(rb'href="\?([^"]*after=[^"]+)"')


@dataclass(frozen=True, slots=True)
class Visit:
    """One address opened with one person's session."""

    path: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Page:
    """One line of the table: its visits are made in turn."""

    name: str
    visits: tuple[Visit, ...]
    bar: float = PAGE_BAR

    def turns(self) -> Iterator[Visit]:
        return cycle(self.visits)


class Tour:
    """Everything that is opened in one Center, the larger one."""

    def __init__(self, staff: Staff, now: datetime) -> None:
        self._staff = staff
        self._now = now
        self._home = f"/{staff.center.slug}/"
        self._cookies: dict[int, str] = {}

    def pages(self, site: Site) -> list[Page]:
        head, staff = self._staff.of(Role.HEAD), self._staff
        people = [user for (role, _), user in staff.users.items() if role == Role.BLOCK_RESPONSIBLE]
        curators = [user for (role, _), user in staff.users.items() if role == Role.BLOCK_CURATOR]
        sorters = [user for (role, _), user in staff.users.items() if role == Role.SOURCE_CURATOR]
        blocks = [code for role, code in staff.users if role == Role.BLOCK_RESPONSIBLE]
        topics = [topic.code for topic in Topic.objects.filter(center=staff.center)]
        deep = self._deep(site, head)
        return [
            Page("Мой стол: руководитель", self._each([head], "")),
            Page("Мой стол: куратор Центра", self._each([self._staff.of(Role.CURATOR)], "")),
            Page("Число стола: просрочено", self._each([head], "reports/now/overdue/")),
            Page("Мой стол: куратор источника", self._each(sorters, "")),
            Page("Мой стол: куратор блока", self._each(curators, "")),
            Page("Мой стол: ответственный за блок", self._each(people, "")),
            Page("Разбор: руководитель", self._sorting([head])),
            Page("Разбор: куратор источника", self._each(sorters, "sorting/")),
            Page("Согласование: руководитель", self._each([head], "approval/")),
            Page("Согласование: куратор блока", self._each(curators, "approval/")),
            Page("Сообщения: в работе", self._each([head], "messages/")),
            Page("Сообщения: все", self._list([head], [{"state": "all"}])),
            Page("Сообщения: закрытые", self._list([head], [{"state": State.CLOSED}])),
            Page("Сообщения: просроченные", self._list([head], [{"term": "overdue"}])),
            Page("Сообщения: под угрозой", self._list([head], [{"term": "threat"}])),
            Page("Сообщения: срок нарушался", self._list([head], [{"term": "breached"}])),
            Page("Сообщения: все по теме", self._list([head], [{"state": "all", "topic": code} for code in topics])),
            Page("Сообщения: отвечено за дни", self._list([head], [{"answered_from": day} for day in self._days()])),
            Page("Сообщения: все столбцы", self._list([head], [{"state": "all", "columns": ",".join(COLUMNS)}])),
            Page("Сообщения: ещё условия", self._each([head], "messages/conditions/")),
            Page("Сообщения: все по блоку", self._list([head], [{"state": "all", "block": code} for code in blocks])),
            Page("Сообщения: в работе по блоку", self._list([head], [{"block": code} for code in blocks])),
            Page("Сообщения: все своего блока", self._list(people, [{"state": "all"}])),
            Page("Сообщения: все своего источника", self._list(sorters, [{"state": "all"}])),
            Page(f"Сообщения: все, страница {_DEEP}", (deep,)),
            Page("Сроки: месяц, руководитель", self._each([head], "terms/")),
            Page("Сроки: прошлые месяцы, исполнено", self._terms([head], [{"day": day, "done": "1"} for day in self._days()])),
            Page("Сроки: месяц, свой блок", self._each(people, "terms/")),
            Page("Сроки: месяц, у меня", self._terms(curators, [{"person": "me"}])),
            Page("Сроки: неделя", self._terms([head], [{"view": "week", "day": day} for day in self._days()])),
            Page("Сроки: просроченные", self._each([head, *sorters], "terms/overdue/")),
            Page("Сроки: исполнено с опозданием", self._terms([head], [{"done": "1"}], "terms/overdue/")),
            Page("Дело: руководитель", self._cases([head], sorted(State))),
            Page("Дело в работе: руководитель", self._cases([head], sorted(OPEN))),
            Page("Поиск: частое слово", self._searches([head], _COMMON), SEARCH_BAR),
            Page("Поиск: два слова", self._searches([head], _TWO), SEARCH_BAR),
            Page("Поиск: редкое слово", self._searches([head], texts.RARE), SEARCH_BAR),
            Page("Поиск: слова нет", self._searches([head], ("антарктида", "пингвин бегемот", "бегемот")), SEARCH_BAR),
            Page("Поиск: номер", self._searches([head], self._numbers()), SEARCH_BAR),
            Page("Поиск: номер в источнике", self._searches([head], self._outside_numbers()), SEARCH_BAR),
            Page("Поиск: в своём блоке", self._searches(people, (*_COMMON, *texts.RARE)), SEARCH_BAR),
            Page("Поиск: в работе", self._open_searches([head]), SEARCH_BAR),
        ]

    def _days(self) -> list[str]:
        """Days of the last year, each some weeks before the other."""
        return [str((self._now - timedelta(days=days)).date()) for days in range(7, 365, 40)]

    def _deep(self, site: Site, user: User) -> Visit:
        """The address of the twentieth page, got by turning the pages."""
        query = "state=all"
        connection = site.connect()
        for _ in range(_DEEP - 1):
            body = site.get(connection, f"{self._home}messages/?{query}", self._cookie(user)).body
            found = _OLDER.search(body)
            if found is None:  # a small register ends sooner
                break
            query = found[1].decode().replace("&amp;", "&")
        connection.close()
        return Visit(f"{self._home}messages/?{query}", self._cookie(user))

    def _each(self, users: list[User], path: str) -> tuple[Visit, ...]:
        return tuple(Visit(f"{self._home}{path}", self._cookie(user)) for user in users)

    def _list(self, users: list[User], queries: list[dict[str, str]]) -> tuple[Visit, ...]:
        return tuple(
            Visit(f"{self._home}messages/?{urlencode(query)}", self._cookie(user)) for query in queries for user in users
        )

    def _terms(self, users: list[User], queries: list[dict[str, str]], path: str = "terms/") -> tuple[Visit, ...]:
        return tuple(visit for query in queries for visit in self._each(users, f"{path}?{urlencode(query)}"))

    def _searches(self, users: list[User], words: tuple[str, ...]) -> tuple[Visit, ...]:
        return self._list(users, [{"q": word} for word in words])

    def _open_searches(self, users: list[User]) -> tuple[Visit, ...]:
        return self._list(users, [{"q": word, "state": State.DRAFTING} for word in _COMMON])

    def _cases(self, users: list[User], states: list[State]) -> tuple[Visit, ...]:
        rows = Message.objects.filter(center=self._staff.center, state__in=states)
        numbers = rows.order_by("payload_hash").values_list("number", flat=True)[:_SAMPLE]
        return tuple(
            Visit(f"{self._home}messages/{quote(number)}/", self._cookie(user)) for number in numbers for user in users
        )

    def _sorting(self, users: list[User]) -> tuple[Visit, ...]:
        """The desk with one case after another open: their suggestions and like cases cost what their words cost."""
        rows = Message.objects.filter(center=self._staff.center, state=State.RECEIVED)
        numbers = rows.order_by("payload_hash").values_list("number", flat=True)[:_SAMPLE]
        return tuple(Visit(f"{self._home}sorting/{quote(number)}/", self._cookie(user)) for number in numbers for user in users)

    def _numbers(self) -> tuple[str, ...]:
        rows = Message.objects.filter(center=self._staff.center).order_by("-id")
        return tuple(number for whole in rows.values_list("number", flat=True)[:_SAMPLE] for number in (whole, whole[-6:]))

    def _outside_numbers(self) -> tuple[str, ...]:
        rows = Message.objects.filter(center=self._staff.center).order_by("id")
        return tuple(rows.values_list("external_id", flat=True)[:_SAMPLE])

    def _cookie(self, user: User) -> str:
        if user.pk not in self._cookies:
            self._cookies[user.pk] = sign_in(user, self._now)
        return self._cookies[user.pk]
