"""The history in words: each event as one line an official understands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from blocks.actors import ActorKind
from blocks.charters.settings_schema import settings_of
from blocks.models import Center
from blocks.roles import Role
from messages.models import CAME_BY, Attachment, Completeness, Control, Letter, MessageEvent, MessageImport, Satisfaction
from messages.terms import KIND_RU, Kind
from messages.workflow import TRANSITIONS

_TITLES: Final = {
    "created": "Поступило",
    "registered": "Зарегистрировано",
    "fields": "Изменены признаки",
    "tags": "Метки",
    "control": "Контроль решения",
    "term": "Срок пересчитан",
    "term_void": "Срок больше не нужен",
    "warning": "Предупреждение о сроке",
    "breach": "Срок нарушен",
    "escalation": "О нарушении срока сообщено выше",
    "breach_corrected": "Исправление: срок был соблюдён",
    "lateness": "Причина опоздания",
    "leads": "Объединено с этим",
    "leads_no_more": "Отделено от этого",
    "comment": "Комментарий для коллег",
    "files_added": "Добавлены файлы",
    "file_removed": "Убран файл",
    "part_asked": "Запрошена часть ответа",
    "part_given": "Дана часть ответа",
    "part_declined": "Часть ответа не дана: не их вопрос",
    "part_withdrawn": "Часть ответа отозвана",
    "part_void": "Часть ответа больше не нужна",
    "part_late": "Часть ответа не дана в срок",
    "satisfaction": "Оценка заявителя",
    "low_score_kept": "Ответ оставлен как есть при низкой оценке",
    "letter": "Составлено письмо",
    "letter_delivery": "Изменена доставка письма",
    "letter_mailed": "Письмо ушло по электронной почте",
    "letter_failed": "Письмо не доставлено по электронной почте",
    "applicant_letter": "Письмо заявителя",
    "letter_note": "При приёме письма",
    "imported": "Внесено из файла",
}
_TAKEN: Final = "Принято Центром"
_TAGGED: Final = {"added": "поставлена", "removed": "снята"}
_WAYS: Final = dict(Letter.Method.choices)
_FIELDS: Final = {"topic": "тема", "settlement": "место", "recipient": "получатель", "fast_track": "фаст-трек"}
# What a source corrected of its own words (messages.services.source_changes).
_SAID_BY_SOURCE: Final = {
    "text": "текст",
    "topic_words": "тема словами источника",
    "settlement_words": "место словами источника",
    "address": "адрес",
    "place": "место на карте",
    "url": "ссылка",
    "applicant": "данные заявителя",
}

Names = Mapping[str, Mapping[int, str]]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the history as the timeline shows it."""

    at: datetime
    title: str
    person: str
    text: str
    late: bool


def lines_of(events: Iterable[MessageEvent], names: Names, center: Center, *, appeal: bool = True) -> list[Line]:
    """Events as lines, newest first. No query: users and notes are joined by the caller."""
    lines = [
        Line(
            at=event.at,
            title=_title(event, names, center, appeal=appeal),
            person=_person(event, names),
            text=event.note.text if hasattr(event, "note") else "",
            late=event.code in ("breach", "escalation", "part_late"),
        )
        for event in events
    ]
    return lines[::-1]


def _person(event: MessageEvent, names: Names) -> str:
    if event.user is None:
        return event.client.name if event.client else _machine(event, names)
    role = f", {Role(event.role).label}" if event.role else ""
    lent = f" (замещение: {event.acting_for.short_name})" if event.acting_for else ""
    return f"{event.user.short_name}{lent}{role}"


def _machine(event: MessageEvent, names: Names) -> str:
    """Which rule made the step; what the program does by itself needs no name."""
    if event.actor_kind != ActorKind.RULE:
        return ""
    name = names.get("rule", {}).get(event.data.get("rule", 0), "")
    return f"автоправило «{name}»" if name else "автоправило"


def _title(event: MessageEvent, names: Names, center: Center, *, appeal: bool) -> str:
    data: dict[str, Any] = event.data
    if event.code == "draft":
        return f"{'Набранное сохранено версией' if data.get('typed') else 'Сохранена версия'} {data['version']}"
    if event.code == "registered" and not appeal:
        return _TAKEN  # only appeals are registered
    title = TRANSITIONS[event.code].done if event.code in TRANSITIONS else _TITLES.get(event.code, event.code)
    details = _details(event.code, data, names, center)
    combined = "совмещение" if data.get("combined") else ""
    said = "; ".join(part for part in (details, combined) if part)
    return f"{title}: {said}" if said else title


@dataclass(frozen=True, slots=True)
class _Words:
    """What the data of an event is put into words with."""

    data: dict[str, Any]
    names: Names
    center: Center

    def name(self, field: str) -> str:
        return _name(self.names, field, self.data[field])

    def coded(self, rows: list[dict[str, Any]], field: str) -> str:
        return next((str(row["name"]) for row in rows if row["code"] == self.data[field]), self.data[field])

    def moment(self, field: str) -> str:
        return f"{self._local(field):%d.%m.%Y %H:%M}"

    def day(self, field: str) -> str:
        return f"{self._local(field):%d.%m.%Y}"

    def _local(self, field: str) -> datetime:
        return datetime.fromisoformat(self.data[field]).astimezone(self.center.tz)


def cause_name(center: Center, code: str) -> str:
    """A cause of lateness in the charter's words; a code that has left the charter is said as it is."""
    return next((cause.name for cause in settings_of(center.settings).late_causes if cause.code == code), code)


def _term_words(said: _Words) -> Iterable[str]:
    return (KIND_RU[Kind(said.data["kind"])], f"до {said.moment('due_at')}", _missed(said))


def _missed(said: _Words) -> str:
    return "с опозданием: программа не работала" if said.data.get("late") else ""


def _moved_term(said: _Words) -> Iterable[str]:
    """From when to when, and why where that is known."""
    what = KIND_RU[Kind(said.data["kind"])]
    by_rule = f"правило изменено {said.day('rule_at')}" if "rule_at" in said.data else ""
    if by_rule and said.data["from"] == said.data["to"]:
        return (f"{what} — прежний, до {said.moment('to')}", by_rule)
    return (f"{what} — до {said.moment('to')}, было до {said.moment('from')}", by_rule, _of_calendar(said))


def _of_calendar(said: _Words) -> str:
    years = said.data.get("calendar", ())
    return f"по производственному календарю на {', '.join(map(str, years))} год" if years else ""


def _kind_of_files(said: _Words) -> Iterable[str]:
    return (Attachment.Kind(said.data["kind"]).label,)


def _block(said: _Words) -> Iterable[str]:
    return (said.name("block"),)


_SAID: Final[Mapping[str, Callable[[_Words], Iterable[str]]]] = {
    "created": lambda said: (CAME_BY.get(said.data.get("by", ""), ""),),
    "files_added": _kind_of_files,
    "file_removed": _kind_of_files,
    "part_asked": lambda said: (said.name("block"), f"до {said.moment('due_at')}"),
    "part_given": lambda said: (said.name("block"), "с опозданием" if said.data["late"] else ""),
    "part_declined": _block,
    "part_withdrawn": _block,
    "part_void": _block,
    "part_late": lambda said: (said.name("block"), f"срок {said.moment('due_at')}", _missed(said)),
    "satisfaction": lambda said: (f"{said.data['score']} из 5", Satisfaction.Via(said.data["via"]).label),
    "low_score_kept": lambda said: (f"{said.data['score']} из 5",),
    "assign": lambda said: (said.name("block"), said.name("recipient")),
    "decline": lambda said: (said.name("block"),),
    "submit": lambda said: (f"версия {said.data['version']}",),
    "approve": lambda said: (f"версия {said.data['version']}",),
    "agree": lambda said: (
        f"версия {said.data['version']}",
        f"полнота — {Completeness(said.data['completeness']).label}",
    ),
    "dismiss": lambda said: (said.coded(said.center.legal_grounds, "ground"),),
    "close": lambda said: (said.coded(said.center.outcomes, "outcome"),),
    "send": lambda said: (said.moment("posted_at"), said.data["delivery"], said.data["url"]),
    "interim": lambda said: (f"ответ обещан до {said.day('promised_at')}", said.data["delivery"], said.data["url"]),
    "ask": lambda said: (f"задан {said.moment('asked_at')}", f"ответа ждут до {said.day('until')}"),
    "hear": lambda said: (f"пришёл {said.moment('answered_at')}",),
    "extend": lambda said: (f"на {said.data['days']} дн.", "заявитель уведомлён"),
    "merge": lambda said: (f"ведущее {said.data['leading']}",),
    "split": lambda said: (f"ведущее {said.data['leading']}",),
    "follow": lambda said: (f"ведущее {said.data['leading']}",),
    "leads": lambda said: (said.data["merged"],),
    "letter": lambda said: (f"№ {said.data['number']}", f"версия {said.data['version']}"),
    "letter_delivery": lambda said: (f"№ {said.data['number']}", _WAYS[said.data["method"]], said.data["tracking"]),
    "letter_mailed": lambda said: (f"№ {said.data['number']}",),
    "letter_failed": lambda said: (f"№ {said.data['number']}",),
    "tags": lambda said: (f"{_TAGGED[what]} «{name}»" for what, name in said.data.items() if what in _TAGGED),
    "control": lambda said: (
        Control(said.data["control"]).label if said.data["control"] else "отметка снята",
        f"прежде — {Control(said.data['former']).label}" if said.data["former"] else "",
    ),
    "leads_no_more": lambda said: (said.data["merged"],),
    "fields": lambda said: (
        *(f"{_FIELDS[field]} — {_value(field, pair[1], said.names)}" for field, pair in said.data.items() if field in _FIELDS),
        *(_SAID_BY_SOURCE[name] for name in said.data.get("said", ())),
    ),
    "imported": lambda said: (
        MessageImport.Format(said.data["format"]).label,
        f"изменено — {', '.join(said.data['changed'])}" if "changed" in said.data else "",
    ),
    "term": _moved_term,
    "term_void": _term_words,
    "warning": _term_words,
    "breach": _term_words,
    "escalation": _term_words,
    "breach_corrected": _term_words,
    "lateness": lambda said: (
        f"{KIND_RU[Kind(said.data['kind'])]}, срок до {said.moment('due_at')} — {cause_name(said.center, said.data['cause'])}",
        f"прежде — {cause_name(said.center, said.data['former'])}" if said.data["former"] else "",
    ),
}


def _details(code: str, data: dict[str, Any], names: Names, center: Center) -> str:
    """What an event's data says, by its code; a new code adds its line to ``_SAID``."""
    say = _SAID.get(code)
    return ", ".join(part for part in say(_Words(data, names, center)) if part) if say else ""


def _name(names: Names, kind: str, pk: int | None) -> str:
    return names[kind].get(pk, "") if pk else ""


def _value(field: str, value: Any, names: Names) -> str:
    if field == "fast_track":
        return "да" if value else "нет"
    return _name(names, field, value) or "не указано"
