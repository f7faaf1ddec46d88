"""The bar with the steps this person may make now."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from messages.views.actions import Action, actions_for
from messages.views.sheet.base import Part, Sheet
from messages.workflow import REOPEN, SUBMIT


def show(sheet: Sheet) -> dict[str, Any]:
    page = sheet.page
    actions = actions_for(actor=sheet.actor, message=sheet.case, lists=page.lists, latest=page.latest, failed=sheet.back.failed)
    actions = [_with_score(sheet, action) for action in actions]
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


PART = Part("messages/_case_actions.html", show)
