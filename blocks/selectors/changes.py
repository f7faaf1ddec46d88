"""The history of a Center's composition in words: who was given which role, when and by whom (R1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from blocks.models import Block, Center, Membership, RosterEvent, Source
from blocks.selectors.composition import BOUNDS, bounds_words
from blocks.selectors.titles import Titles, titles_of
from mcu.models import User

PAGE: Final = 50

WORDS: Final = {
    "invited": "Приглашение",
    "first_account": "Первая учётная запись",
    "role_added": "Назначение",
    "role_ended": "Завершение роли",
    "role_revoked": "Роль снята сразу",
    "substitution_added": "Замещение",
    "substitution_ended": "Замещение сокращено",
    "substitution_revoked": "Замещение отменено",
    "blocked": "Учётная запись заблокирована",
    "unblocked": "Учётная запись разблокирована",
    "link_issued": "Новая ссылка для входа",
    "link_used": "Пароль задан по ссылке",
    "duty_added": "Дежурство",
    "duty_called_off": "Дежурство отменено",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the history."""

    pk: int
    at: datetime
    what: str
    person: str
    person_id: int
    text: str
    by: str


@dataclass(frozen=True, slots=True)
class Changes:
    """A page of the history, latest first; ``before`` is the cursor of the next page, if there is one."""

    rows: tuple[Change, ...]
    before: int | None


def changes_of(center: Center, *, person_id: int | None = None, before: int | None = None) -> Changes:
    """Four queries whatever the length, with a duty among the changes six."""
    events = RosterEvent.objects.filter(center=center).select_related("user", "by").order_by("-pk")
    if person_id is not None:
        events = events.filter(user_id=person_id)
    if before is not None:
        events = events.filter(pk__lt=before)
    found = list(events[: PAGE + 1])
    page = found[:PAGE]
    ids = {event.data["membership"] for event in page if "membership" in event.data}
    memberships = Membership.objects.select_related(*BOUNDS).in_bulk(ids)
    substitutes = User.objects.in_bulk({event.data["substitute"] for event in page if "substitute" in event.data})
    scopes = _scopes(center) if any("duty" in event.data for event in page) else {}
    known = _Known(memberships, substitutes, titles_of(center), scopes, center.tz)
    rows = tuple(_change(event, known) for event in page)
    return Changes(rows, page[-1].pk if len(found) > PAGE else None)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the lines of one page name by ids and codes."""

    memberships: dict[int, Membership]
    substitutes: dict[int, User]
    titles: Titles
    scopes: dict[str, str]
    tz: ZoneInfo


def _change(event: RosterEvent, known: _Known) -> Change:
    membership = known.memberships.get(event.data.get("membership", 0))
    parts = []
    if membership is not None:
        parts += [known.titles.name_of(membership), bounds_words(membership)]
    if substitute := known.substitutes.get(event.data.get("substitute", 0)):
        parts.append(f"замещает {substitute.full_name}")
    parts.append(_dates(event.kind, event.data))
    if "duty" in event.data:
        bound = next((f"{name}:{event.data[name]}" for name in ("block", "source") if name in event.data), "")
        parts += [known.scopes.get(bound, "весь Центр"), _hours(event.data, known.tz)]
    if event.data.get("second_factor_cleared"):
        parts.append("второй шаг входа сброшен")
    return Change(
        pk=event.pk,
        at=event.at,
        what=WORDS.get(event.kind, event.kind),
        person=event.user.full_name,
        person_id=event.user_id,
        text=" · ".join(part for part in parts if part),
        by=event.by.short_name if event.by else "",
    )


def _scopes(center: Center) -> dict[str, str]:
    """Blocks and sources in words by ``block:code`` and ``source:code``. Two queries."""
    blocks = {f"block:{row.code}": row.short or row.name for row in Block.objects.filter(center=center)}
    return blocks | {f"source:{row.code}": row.short or row.name for row in Source.objects.filter(center=center)}


def _hours(data: dict[str, Any], tz: ZoneInfo) -> str:
    since, until = (datetime.fromisoformat(data[key]).astimezone(tz) for key in ("from", "to"))
    return f"с {since:%d.%m.%Y %H:%M} по {until:%d.%m.%Y %H:%M}"


def _dates(kind: str, data: dict[str, Any]) -> str:
    since, until = (date.fromisoformat(data[key]) if data.get(key) else None for key in ("since", "until"))
    if kind in {"role_revoked", "substitution_revoked"} or since is None:
        return ""
    if kind == "role_ended":
        return f"по {until:%d.%m.%Y}" if until else ""
    return f"с {since:%d.%m.%Y}" + (f" по {until:%d.%m.%Y}" if until else "")
