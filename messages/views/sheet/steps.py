"""The bar with the steps this person may make now."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from blocks.charters.settings_schema import settings_of
from messages.terms import KIND_RU, Kind
from messages.views.actions import Action, actions_for
from messages.views.sheet.base import Part, Sheet
from messages.workflow import ASK, HEAR, REOPEN, SUBMIT


def show(sheet: Sheet) -> dict[str, Any]:
    page = sheet.page
    actions = actions_for(actor=sheet.actor, message=sheet.case, lists=page.lists, latest=page.latest, failed=sheet.back.failed)
    actions = [_with_question(sheet, _with_score(sheet, action)) for action in actions]
    open_parts = [part.block for part in page.extras.parts_of(sheet.case.cycle) if part.is_open]
    return {
        "actions": actions,
        "rare_actions": [action for action in actions if action.rare],
        "awaited": open_parts if any(action.name == SUBMIT.name for action in actions) else [],
    }


def _with_score(sheet: Sheet, action: Action) -> Action:
    """Whoever reopens reads what the applicant said of the answer."""
    given = sheet.page.extras.score_of(sheet.case.cycle) if action.name == REOPEN.name else None
    if given is None:
        return action
    words = f": {sheet.masked(given.text)}" if given.text else "."
    return replace(action, why=f"Заявитель оценил ответ на {given.score} из 5{words}")


def _with_question(sheet: Sheet, action: Action) -> Action:
    """Whoever asks the applicant reads what it does to the terms; whoever brings the answer, what was asked."""
    if action.name == ASK.name:
        return replace(action, why=_asking(sheet))
    question = sheet.page.extras.question_of(sheet.case.cycle) if action.name == HEAR.name else None
    if question is None:
        return action
    asked = question.asked_at.astimezone(sheet.request.center.tz)
    goes_on = " Часы пойдут дальше с того времени, когда пришёл ответ." if sheet.page.pausing() else ""
    return replace(action, why=f"Спросили {asked:%d.%m.%Y %H:%M}: {sheet.masked(question.text)}{goes_on}")


def _asking(sheet: Sheet) -> str:
    """Which terms stand while the applicant is asked, or plainly that none does."""
    terms = sheet.page.pausing()
    if not terms:
        return "По этому источнику срок не останавливается: он идёт и пока ждём ответа заявителя."
    late = [row for row in terms if row.due_at < sheet.now]
    if len(late) == len(terms):
        return "Срок уже прошёл: вопрос заявителю его не отодвинет."
    names = ", ".join(KIND_RU[Kind(row.kind)] for row in terms if row not in late)
    days = settings_of(sheet.request.center.settings).question.max_days
    return f"Пока ждём ответа, часы стоят, но не дольше {days} дней. Остановится срок: {names}."


PART = Part("messages/_case_actions.html", show)
