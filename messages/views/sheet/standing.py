"""Where the case stands: its terms, who has it now, what it is about, what happened to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db.models import Model
from django.urls import reverse

from blocks.actors import ActorKind
from blocks.charters.settings_schema import settings_of
from messages import forms, policies
from messages.services.notices import holders
from messages.views.sheet.base import Part, Sheet
from messages.workflow import ASSIGN, State


def show_terms(sheet: Sheet) -> dict[str, Any]:
    return {
        "terms": [replace(term, cause_note=sheet.masked(term.cause_note)) for term in sheet.page.terms(sheet.now)],
        "may_explain": bool(policies.may_explain_lateness(sheet.actor, sheet.case)),
    }


def show_holder(sheet: Sheet) -> dict[str, Any]:
    return {"holder": _holder(sheet), "holder_words": _without_holder(sheet)}


def _holder(sheet: Sheet) -> dict[str, Any] | None:
    """Who has the case now: named people and the role, since when."""
    message = sheet.case
    if not message.is_open or message.state == State.MERGED:
        return None
    names = sheet.roster.names_of(holders(message, sheet.roster))
    rest = f" и ещё {len(names) - 3}" if len(names) > 3 else ""
    return {
        "name": (", ".join(names[:3]) + rest) or "Никто не назначен",
        "role": message.block.short if message.block else "на разборе",
        "since": sheet.page.holder_since,
        "rule": _moved_by(sheet),
    }


def _moved_by(sheet: Sheet) -> dict[str, str] | None:
    """The auto-rule that made the last hand-over; its address for those who may read rules."""
    last = next((event for event in reversed(sheet.page.events) if event.code == ASSIGN.name), None)
    if last is None or last.actor_kind != ActorKind.RULE or sheet.case.block_id is None:
        return None
    rule_id = last.data.get("rule", 0)
    url = reverse("messages:auto-rule", args=[sheet.request.center.slug, rule_id])
    return {"name": sheet.page.rules.get(rule_id, ""), "url": url if policies.may_see_auto_rules(sheet.actor) else ""}


def _without_holder(sheet: Sheet) -> str:
    """What is said where nobody has the case: an answered one is not over until it is closed."""
    message, center = sheet.case, sheet.request.center
    if message.state == State.MERGED and (leading := sheet.page.extras.leading):
        return f"Ждёт ответа на ведущее сообщение {leading.number}: оно отвечает и на это."
    if message.state != State.ANSWERED or message.answered_at is None:
        return "Ни у кого: работа завершена."
    closes = message.answered_at + timedelta(days=settings_of(center.settings).close_after_days)
    return f"Ответ направлен. Закроется само {closes.astimezone(center.tz):%d.%m.%Y}, если не возобновят."


def show_facts(sheet: Sheet) -> dict[str, Any]:
    return {"facts": _facts(sheet), "classify": _classify(sheet), "mark_control": _mark_control(sheet)}


def _facts(sheet: Sheet) -> list[tuple[str, str]]:
    message = sheet.case
    facts = [
        ("Блок", message.block.short if message.block else ""),
        ("Тема", _name(message.topic) or sheet.masked(message.topic_words)),
        ("Место", _name(message.settlement) or sheet.masked(message.settlement_words)),
        ("Получатель", _name(message.recipient)),
        ("Ответственный", message.responsible.short_name if message.responsible else ""),
        ("Режим", message.get_regime_display()),
        ("Номер в источнике", message.external_id),
    ]
    optional = [
        ("Рег. номер в СЭД", message.outside_number),
        ("Адресат", message.redirected_to),
        ("Контроль решения", message.get_control_display() if message.control else ""),
        ("Полнота ответа", message.get_completeness_display() if message.completeness is not None else ""),
    ]
    return facts + [(name, value) for name, value in optional if value]


def _name(row: Model | None) -> str:
    return str(row) if row else ""


def _classify(sheet: Sheet) -> dict[str, Any] | None:
    if not policies.may_classify(sheet.actor, sheet.case):
        return None
    form = sheet.back.classify
    return {
        "form": form or forms.ClassifyForm(message=sheet.case, lists=sheet.page.lists),
        "url": sheet.url("classify"),
        "opened": form is not None,
    }


def _mark_control(sheet: Sheet) -> dict[str, Any] | None:
    if not policies.may_mark_control(sheet.actor, sheet.case):
        return None
    return {"form": forms.ControlForm(message=sheet.case), "url": sheet.url("control")}


def show_history(sheet: Sheet) -> dict[str, Any]:
    lines = sheet.page.history
    return {"history": [replace(line, title=sheet.masked(line.title), text=sheet.masked(line.text)) for line in lines]}


TERMS = Part("messages/_case_terms.html", show_terms)
HOLDER = Part("messages/_case_holder.html", show_holder)
FACTS = Part("messages/_case_facts.html", show_facts)
HISTORY = Part("messages/_case_history.html", show_history)
