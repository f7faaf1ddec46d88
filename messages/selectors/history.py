"""The history in words: each event as one line an official understands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from blocks.actors import ActorKind
from blocks.models import Center
from blocks.roles import Role
from messages.models import Completeness, MessageEvent
from messages.terms import KIND_RU, Kind
from messages.workflow import TRANSITIONS

_TITLES: Final = {
    "created": "Поступило",
    "registered": "Зарегистрировано",
    "fields": "Изменены признаки",
    "term": "Срок пересчитан",
    "warning": "Предупреждение о сроке",
    "breach": "Срок нарушен",
    "escalation": "О нарушении срока сообщено выше",
    "breach_corrected": "Исправление: срок был соблюдён",
}
_FIELDS: Final = {"topic": "тема", "settlement": "место", "recipient": "получатель", "fast_track": "фаст-трек"}

Names = Mapping[str, Mapping[int, str]]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the history as the timeline shows it."""

    at: datetime
    title: str
    person: str
    text: str
    late: bool


def lines_of(events: Iterable[MessageEvent], names: Names, center: Center) -> list[Line]:
    """Events as lines, newest first. No query: users and notes are joined by the caller."""
    lines = [
        Line(
            at=event.at,
            title=_title(event, names, center),
            person=_person(event),
            text=event.note.text if hasattr(event, "note") else "",
            late=event.code in ("breach", "escalation"),
        )
        for event in events
    ]
    return lines[::-1]


def _person(event: MessageEvent) -> str:
    if event.user is None:
        return event.client.name if event.client else "" if event.actor_kind == ActorKind.SYSTEM else event.actor_kind
    role = f", {Role(event.role).label}" if event.role else ""
    lent = f" (замещение: {event.acting_for.short_name})" if event.acting_for else ""
    return f"{event.user.short_name}{lent}{role}"


def _title(event: MessageEvent, names: Names, center: Center) -> str:
    data: dict[str, Any] = event.data
    if event.code == "draft":
        return f"Сохранена версия {data['version']}"
    title = TRANSITIONS[event.code].done if event.code in TRANSITIONS else _TITLES.get(event.code, event.code)
    details = _details(event.code, data, names, center)
    combined = "совмещение" if data.get("combined") else ""
    said = "; ".join(part for part in (details, combined) if part)
    return f"{title}: {said}" if said else title


def _details(code: str, data: dict[str, Any], names: Names, center: Center) -> str:
    parts: Iterable[str] = ()
    match code:
        case "assign":
            parts = (_name(names, "block", data["block"]), _name(names, "recipient", data["recipient"]))
        case "decline":
            parts = (_name(names, "block", data["block"]),)
        case "submit" | "approve":
            parts = (f"версия {data['version']}",)
        case "agree":
            parts = (f"версия {data['version']}", f"полнота — {Completeness(data['completeness']).label}")
        case "dismiss":
            parts = (_coded(center.legal_grounds, data["ground"]),)
        case "close":
            parts = (_coded(center.outcomes, data["outcome"]),)
        case "send":
            parts = (_local(data["posted_at"], center), data["delivery"], data["url"])
        case "fields":
            parts = (f"{_FIELDS[field]} — {_value(field, pair[1], names)}" for field, pair in data.items())
        case "term":
            kind, until, before = KIND_RU[Kind(data["kind"])], _local(data["to"], center), _local(data["from"], center)
            parts = (f"{kind} — до {until}, было до {before}",)
        case "warning" | "breach" | "escalation" | "breach_corrected":
            parts = (KIND_RU[Kind(data["kind"])], f"до {_local(data['due_at'], center)}")
    return ", ".join(part for part in parts if part)


def _name(names: Names, kind: str, pk: int | None) -> str:
    return names[kind].get(pk, "") if pk else ""


def _coded(rows: list[dict[str, Any]], code: str) -> str:
    return next((str(row["name"]) for row in rows if row["code"] == code), code)


def _value(field: str, value: Any, names: Names) -> str:
    if field == "fast_track":
        return "да" if value else "нет"
    return _name(names, field, value) or "не указано"


def _local(moment: str, center: Center) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(center.tz):%d.%m.%Y %H:%M}"
