"""The bar with the steps this person may make now."""

from __future__ import annotations

from typing import Any

from messages.views.actions import actions_for
from messages.views.sheet.base import Part, Sheet
from messages.workflow import SUBMIT


def show(sheet: Sheet) -> dict[str, Any]:
    page = sheet.page
    actions = actions_for(actor=sheet.actor, message=sheet.case, lists=page.lists, latest=page.latest, failed=sheet.back.failed)
    open_parts = [part.block for part in page.extras.parts_of(sheet.case.cycle) if part.is_open]
    return {
        "actions": actions,
        "rare_actions": [action for action in actions if action.rare],
        "awaited": open_parts if any(action.name == SUBMIT.name for action in actions) else [],
    }


PART = Part("messages/_case_actions.html", show)
