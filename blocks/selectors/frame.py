"""What stands around a Center's page: its name and the person's other Centers, the rail, the person, the bell, banners."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final

from django.conf import settings
from django.db.models import DateTimeField, F, FilteredRelation, Func, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.urls import reverse

from blocks.actors import Actor
from blocks.models import Center, Membership, Substitution
from blocks.policies import MEMBERS
from blocks.roles import Role
from blocks.selectors.standing import covers, local_day
from blocks.selectors.titles import titles_of
from mcu import beats
from mcu.clock import utc_now
from mcu.durations import duration
from mcu.models import Heartbeat, Outbox, User

COUNT_LIMIT: Final = 99


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the rail: who sees it, where it leads and which mark it bears."""

    label: str
    view: str
    mark: str
    roles: tuple[Role, ...]


# Who approves, keeps and asks about roadmaps; the others come to them from «Отчёты».
_ROADMAPS: Final = (Role.CURATOR, Role.HEAD, Role.SUPPORT, Role.BLOCK_CURATOR, Role.BLOCK_RESPONSIBLE, Role.DISTRICT_HEAD)
SETTERS: Final = (Role.HEAD, Role.SUPPORT, Role.TECH, Role.SOURCE_CURATOR, Role.ACCOUNTS)
SECTIONS: Final = (
    Section("Мой стол", "desk", "desk", MEMBERS),
    Section("Разбор", "messages:sorting", "sorting", (Role.SOURCE_CURATOR, Role.ACCOUNTS, Role.HEAD, Role.SUPPORT)),
    Section("Согласование", "messages:approval", "approval", (Role.BLOCK_CURATOR, Role.HEAD)),
    Section("Сообщения", "messages:list", "list", MEMBERS),
    Section("Сроки", "messages:terms", "terms", MEMBERS),
    Section("Отчёты", "reports:index", "reports", tuple(Role)),
    Section("Карта", "reports:heat", "map", tuple(Role)),
    Section("Дорожные карты", "reports:roadmaps", "roadmaps", _ROADMAPS),
    Section("Состав", "blocks:roster", "roster", MEMBERS),
    Section("Настройки", "messages:settings", "settings", SETTERS),
)
# Pages without a place of their own in the rail belong to the section of their app; a case is one of «Сообщения».
_TERMS: Final = ("overdue", "lateness", "feed", "rules", "rule", "new-rule", "end-rule", "rule-change")
_SETTINGS: Final = ("auto-rules", "auto-rule", "auto-rule-new", "auto-rule-edit", "auto-rule-trial")
HOME_OF_PAGE: Final = (
    {f"messages:{name}": "messages:terms" for name in _TERMS}
    | {f"messages:{name}": "messages:settings" for name in _SETTINGS}
    | {"reports:planning": "reports:heat"}
)
HOME_OF_APP: Final = {
    "messages": "messages:list",
    "reports": "reports:index",
    "blocks": "blocks:roster",
    "lists": "messages:settings",
}

# What waits in a section, by its view: filled by the apps above, which alone know their rows. An index must serve each.
Waiting = Callable[[Actor], QuerySet[Any]]
_WAITING: Final[dict[str, Waiting]] = {}


def count_in_rail(view: str, waiting: Waiting) -> None:
    """Let the section show how many rows wait for the person."""
    _WAITING[view] = waiting


class Frame:
    """Lazy: a fragment, which has no frame, pays nothing. A whole page costs four queries."""

    def __init__(self, request: Any) -> None:
        self.request = request
        self.center: Center = request.center
        self.actor: Actor = request.actor

    @property
    def home_url(self) -> str:
        return start_url(self.center, {grant.role for grant in self.actor.grants})

    @cached_property
    def centers(self) -> list[dict[str, Any]]:
        """The person's Centers for the switcher, this one among them."""
        return [
            {"name": entry.center.name, "url": entry.url, "current": entry.center.pk == self.center.pk}
            for entry in entries(self._memberships)
        ]

    @cached_property
    def _memberships(self) -> list[Membership]:
        """One query."""
        return memberships_today(self.request.user.pk, utc_now())

    @cached_property
    def rail(self) -> list[dict[str, Any]]:
        return [
            {
                "label": section.label,
                "url": reverse(section.view, args=[self.center.slug]),
                "mark": section.mark,
                "current": section.view == self._current,
                "count": at_most(self._counts[section.view]),
            }
            for section in self._sections
        ]

    @cached_property
    def _sections(self) -> list[Section]:
        return [section for section in SECTIONS if self.actor.has(*section.roles)]

    @cached_property
    def _counts(self) -> Counter[str]:
        """Unread notices under ``bell`` and what waits in the sections that count it, each up to 99. One query."""
        parts: dict[str, QuerySet[Any]] = {"bell": unread_notices(self.request.user.pk, self.center.slug)}
        parts |= {row.view: _WAITING[row.view](self.actor) for row in self._sections if row.view in _WAITING}
        limited = [
            rows.order_by().annotate(part=Value(name)).values_list("part")[: COUNT_LIMIT + 1] for name, rows in parts.items()
        ]
        found = limited[0].union(*limited[1:], all=True) if len(limited) > 1 else limited[0]
        return Counter(name for (name,) in found)

    @cached_property
    def _current(self) -> str:
        if self.request.path.startswith(f"/{self.center.slug}/settings/"):
            return "messages:settings"
        match = self.request.resolver_match
        name = match.view_name if match else ""
        if any(section.view == name for section in SECTIONS):
            return name
        return HOME_OF_PAGE.get(name) or HOME_OF_APP.get(name.partition(":")[0], "")

    @cached_property
    def person(self) -> dict[str, Any]:
        """Name, official titles of the roles held here (ОКТ П1, КОР Пол. 2.1), whom the person substitutes. One query."""
        titles = self._titles
        return {
            "name": self.request.user.short_name,
            "role": titles[0] + (f" и ещё {len(titles) - 1}" if len(titles) > 1 else "") if titles else "",
            "titles": titles,
            "substitution": self.substitution,
        }

    @cached_property
    def substitution(self) -> str:
        """«Вы замещаете: Петров П. П.» today, or nothing."""
        names = dict.fromkeys(grant.acting_for_name for grant in self.actor.grants if grant.acting_for_id)
        return f"Вы замещаете: {', '.join(names)}" if names else ""

    @property
    def substitution_url(self) -> str:
        """Where a member names a substitute; an observer has nothing to lend."""
        return reverse("blocks:substitution", args=[self.center.slug]) if self.actor.has(*MEMBERS) else ""

    @cached_property
    def away(self) -> str:
        """«Вас замещает: Петров П. П.» today, or nothing."""
        names = dict.fromkeys(
            User(full_name=str(name)).short_name
            for row in self._memberships
            if row.center_id == self.center.pk and row.user_id == self.request.user.pk and (name := vars(row)["stand_in"])
        )
        return f"Вас замещает: {', '.join(names)}" if names else ""

    @cached_property
    def _titles(self) -> tuple[str, ...]:
        titles = titles_of(self.center)
        own = (row for row in self._memberships if row.center_id == self.center.pk and row.user_id == self.request.user.pk)
        return tuple(dict.fromkeys(titles.name_of(row) for row in own))

    @cached_property
    def bell(self) -> dict[str, Any]:
        """Unread notices, counted up to 99."""
        return {"url": reverse("notices", args=[self.center.slug]), "count": at_most(self._counts["bell"])}

    @property
    def search_url(self) -> str:
        return reverse("messages:list", args=[self.center.slug]) if self.actor.has(*MEMBERS) else ""

    @property
    def search(self) -> str:
        return str(self.request.GET.get("q", ""))

    @cached_property
    def banners(self) -> list[dict[str, str]]:
        """Only what must not be missed: the sweep not running, a substitution, demo data. One query."""
        banners = []
        if alarm := sweep_alarm(utc_now()):
            banners.append({"tone": "alarm", "text": alarm})
        if self.substitution:
            words = self.substitution.removesuffix(".")  # initials bring a full stop of their own
            banners.append({"tone": "", "text": f"{words}. Ваши действия записываются с этой пометкой."})
        if self.away:
            words = self.away.removesuffix(".")
            text = f"{words}. Вы видите всё, как прежде; ваша работа стоит и у замещающего."
            banners.append({"tone": "", "text": text, "url": self.substitution_url, "link": "Замещение"})
        if settings.DEMO:
            banners.append({"tone": "", "text": "Образец: люди и сообщения выдуманы."})
        return banners


def sweep_alarm(now: datetime) -> str:
    """What is said where terms are not checked; nothing where they are. One query."""
    beat = Heartbeat.objects.filter(name=beats.SWEEP).first()
    return "" if beat is None or beats.is_fresh(beat.at, now) else _silence_words(beat.at, now)


def _silence_words(at: datetime, now: datetime) -> str:
    if at > now:
        return "Часы серверов расходятся: сроки могут проверяться не вовремя. Скажите техническому специалисту."
    return f"Сроки не проверяются уже {duration(now - at)}: предупреждения не приходят. Скажите техническому специалисту."


def at_most(count: int) -> str | int:
    """A count as the rail and the bell write it: «99+»."""
    return f"{COUNT_LIMIT}+" if count > COUNT_LIMIT else count


def frame_of(request: HttpRequest) -> Frame:
    """The frame of a Center's page; see ``Frame`` for what it costs."""
    return Frame(request)


@dataclass(frozen=True, slots=True)
class Entry:
    """A Center the person may enter and the page to start from there."""

    center: Center
    url: str


def memberships_today(user_id: int, now: datetime) -> list[Membership]:
    """Roles held by the person or lent to him today in all open Centers, each on its own local day. One query."""
    first, last = now.date() - timedelta(days=1), now.date() + timedelta(days=1)  # wider than any time zone
    mine = FilteredRelation(
        "substitutions",
        condition=Q(
            substitutions__substitute_id=user_id,
            substitutions__since__lte=last,
            substitutions__until__gte=first,
            substitutions__revoked_at__isnull=True,
        ),
    )
    rows = (
        Membership.objects.annotate(mine=mine)
        .annotate(lent_since=F("mine__since"), lent_until=F("mine__until"), stand_in=_stand_in(now))
        .filter(Q(user_id=user_id) | Q(mine__isnull=False))
        .filter(Q(until__isnull=True) | Q(until__gte=first), since__lte=last, revoked_at__isnull=True)
        .filter(center__closed_at__isnull=True)
        .select_related("center", "source", "block")
        .order_by("pk")
    )
    found: dict[int, Membership] = {}
    for row in rows:
        day = local_day(row.center, now)
        lent = vars(row)  # what was annotated
        if covers(row, day) and (row.user_id == user_id or lent["lent_since"] <= day <= lent["lent_until"]):
            found[row.pk] = row
    return list(found.values())


def _stand_in(now: datetime) -> Subquery:
    """Who acts in the role on the Center's local day."""
    moment = Cast(Value(now, DateTimeField()), DateTimeField())
    day = Func(moment, OuterRef("center__timezone"), template="(%(expressions)s)::date", arg_joiner=" AT TIME ZONE ")
    today = Substitution.objects.filter(membership=OuterRef("pk"), since__lte=day, until__gte=day, revoked_at__isnull=True)
    return Subquery(today.values("substitute__full_name")[:1])


def entries(memberships: Iterable[Membership]) -> list[Entry]:
    """The Centers of the roles, by name."""
    roles: dict[Center, set[Role]] = {}
    for row in memberships:
        roles.setdefault(row.center, set()).add(Role(row.role))
    return [Entry(center, start_url(center, roles[center])) for center in sorted(roles, key=lambda one: one.name)]


def start_url(center: Center, roles: Collection[Role]) -> str:
    """Where a person starts in a Center: the desk, for an observer the reports."""
    page = "desk" if any(role in MEMBERS for role in roles) else "reports:index"
    return reverse(page, args=[center.slug])


def unread_notices(user_id: int, slug: str) -> QuerySet[Outbox]:
    """The person's unread notices of the Center and those of no Center."""
    return Outbox.objects.filter(user_id=user_id, center_slug__in=[slug, ""], read_at__isnull=True)
