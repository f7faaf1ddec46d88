"""What the case page shows: the letter, answers and remarks, the editor, buttons, terms, holder, facts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db.models import Model
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from blocks.access import CenterRequest
from blocks.charters.settings_schema import settings_of
from blocks.selectors import roster_of
from mcu.clock import utc_now
from messages import forms, policies
from messages.masking import mask_for
from messages.models import Applicant, Message, Reply
from messages.selectors.case import CasePage, case_page
from messages.services.notices import holders
from messages.services.reply import DraftConflict
from messages.views.actions import actions_for
from messages.workflow import FAMILY, State


def render_case(
    request: CenterRequest,
    message: Message,
    *,
    failed: tuple[str, forms.StepForm] | None = None,
    draft_form: forms.DraftForm | None = None,
    classify_form: forms.ClassifyForm | None = None,
    conflict: DraftConflict | None = None,
    contacts_shown: bool = False,
    typed: Iterable[str] = (),
    status: int = 200,
) -> HttpResponse:
    """The case page, with whatever form came back and all that was typed into it."""
    now = utc_now()
    actor = request.actor
    message.center = request.center
    page = case_page(message=message, center=request.center)
    chip, chip_title = page.chip(now)
    actions = actions_for(actor=actor, message=message, lists=page.lists, latest=page.latest, failed=failed)
    draft = _draft(request, page, draft_form)
    replies = _replies(page, conflict, editing=draft is not None)

    def masked(text: str) -> str:
        """Contacts stand in answers, remarks and ways of delivery, too."""
        return mask_for(actor, message, text)

    context = {
        "case": message,
        "family": FAMILY[State(message.state)],
        "chip": chip,
        "chip_title": chip_title,
        "back_url": reverse("messages:list", args=[request.center.slug]),
        "letter": _letter(request, message, open_contacts=contacts_shown),
        "typed": typed,
        "replies": [row | {"text": masked(row["text"]), "delivery": masked(row.get("delivery", ""))} for row in replies],
        "draft": draft,
        "actions": actions,
        "rare_actions": [action for action in actions if action.rare],
        "terms": page.terms(now),
        "holder": _holder(page, request),
        "holder_words": _without_holder(message, request),
        "facts": _facts(message),
        "classify": _classify(request, page, classify_form),
        "history": [replace(line, title=masked(line.title), text=masked(line.text)) for line in page.history],
    }
    return render(request, "messages/case.html", context, status=status)


def _letter(request: CenterRequest, message: Message, *, open_contacts: bool) -> dict[str, Any]:
    applicant = getattr(message, "applicant", None)
    letter: dict[str, Any] = {
        "text": mask_for(request.actor, message, message.text),
        "address": mask_for(request.actor, message, message.address),
    }
    if applicant is None:
        return letter
    if not policies.may_see_contacts(request.actor, message):
        return letter | {"applicant": "скрыт для вашей роли"}
    letter |= applicant_words(applicant, open_contacts=open_contacts)
    if (applicant.email or applicant.phone) and not open_contacts:
        letter["contacts_url"] = reverse("messages:contacts", args=[request.center.slug, message.number])
    return letter


def applicant_words(applicant: Applicant, *, open_contacts: bool) -> dict[str, Any]:
    kind = "" if applicant.type == Applicant.Type.CITIZEN else f" ({applicant.get_type_display()})"
    contacts = [contact for contact in (applicant.phone, applicant.email) if contact] if open_contacts else []
    return {"applicant": f"{applicant.name or 'не назвался'}{kind}", "contacts": contacts}


def _replies(page: CasePage, conflict: DraftConflict | None, *, editing: bool) -> list[dict[str, Any]]:
    """Versions and remarks in the order of time; open is what was sent, what collides, and the newest not in the editor."""
    latest = page.latest

    def is_open(version: Reply) -> bool:
        return version.posted_at is not None or (version is latest and (not editing or conflict is not None))

    rows = [_version_row(version, is_open=is_open(version)) for version in page.replies]
    rows += [
        {
            "kind": "note",
            "title": "Замечание" if event.code == "return" else "Причина",
            "person": event.user.short_name if event.user else "",
            "at": event.at,
            "text": event.note.text,
            "folded": False,
        }
        for event in page.events
        if event.code in ("return", "decline", "reopen") and hasattr(event, "note")
    ]
    rows.sort(key=lambda row: row["at"])
    if conflict:
        for row in rows:
            if row.get("version") == conflict.latest.version:
                row["title"] += " — сохранена, пока вы писали"
    return rows


def _version_row(version: Reply, *, is_open: bool) -> dict[str, Any]:
    sent = version.posted_at is not None
    return {
        "kind": "final" if sent else "version",
        "title": "Направленный ответ" if sent else f"Версия {version.version}",
        "person": version.author.short_name if version.author else "",
        "at": version.posted_at if sent else version.saved_at,
        "text": version.text,
        "version": version.version,
        "folded": not is_open,
        "url": version.url,
        "delivery": version.delivery,
    }


def _draft(request: CenterRequest, page: CasePage, form: forms.DraftForm | None) -> dict[str, Any] | None:
    """The editor, for whoever may write now — or for whoever has just typed a text that must not be lost."""
    if form is None and not policies.may_edit_draft(request.actor, page.message):
        return None
    latest = page.latest
    if form is None:
        form = forms.DraftForm(initial={"text": latest.text if latest else "", "version": latest.version if latest else 0})
    elif latest and form.is_bound and not form.errors:
        form.data = {**form.data, "version": latest.version}  # the next saving is upon the version now shown beside
    saved = ""
    if latest:
        author = latest.author.short_name if latest.author else ""
        local = latest.saved_at.astimezone(request.center.tz)
        saved = f"Версия {latest.version}, {author}, {local:%d.%m.%Y %H:%M}"
    return {
        "form": form,
        "url": reverse("messages:draft", args=[request.center.slug, page.message.number]),
        "title": "Проект ответа",
        "saved": saved,
    }


def _holder(page: CasePage, request: CenterRequest) -> dict[str, Any] | None:
    """Who has the case now: named people and the role, since when. Two queries."""
    message = page.message
    if not message.is_open:
        return None
    roster = roster_of(request.center, utc_now())
    names = roster.names_of(holders(message, roster))
    rest = f" и ещё {len(names) - 3}" if len(names) > 3 else ""
    return {
        "name": (", ".join(names[:3]) + rest) or "Никто не назначен",
        "role": message.block.short if message.block else "на разборе",
        "since": page.holder_since,
    }


def _without_holder(message: Message, request: CenterRequest) -> str:
    """What is said where nobody has the case: an answered one is not over until it is closed."""
    if message.state != State.ANSWERED or message.answered_at is None:
        return "Ни у кого: работа завершена."
    closes = message.answered_at + timedelta(days=settings_of(request.center.settings).close_after_days)
    return f"Ответ направлен. Закроется само {closes.astimezone(request.center.tz):%d.%m.%Y}, если не возобновят."


def _facts(message: Message) -> list[tuple[str, str]]:
    facts = [
        ("Блок", message.block.short if message.block else ""),
        ("Тема", _name(message.topic) or message.topic_words),
        ("Место", _name(message.settlement) or message.settlement_words),
        ("Получатель", _name(message.recipient)),
        ("Ответственный", message.responsible.short_name if message.responsible else ""),
        ("Режим", message.get_regime_display()),
        ("Номер в источнике", message.external_id),
    ]
    optional = [
        ("Рег. номер в СЭД", message.outside_number),
        ("Адресат", message.redirected_to),
        ("Полнота ответа", message.get_completeness_display() if message.completeness is not None else ""),
    ]
    return facts + [(name, value) for name, value in optional if value]


def _name(row: Model | None) -> str:
    return str(row) if row else ""


def _classify(request: CenterRequest, page: CasePage, form: forms.ClassifyForm | None) -> dict[str, Any] | None:
    if not policies.may_classify(request.actor, page.message):
        return None
    return {
        "form": form or forms.ClassifyForm(message=page.message, lists=page.lists),
        "url": reverse("messages:classify", args=[request.center.slug, page.message.number]),
        "opened": form is not None,
    }
