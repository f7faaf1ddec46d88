"""The bar with the steps this person may make now."""

from __future__ import annotations

from typing import Any

from messages.views.actions import actions_for
from messages.views.sheet.base import Part, Sheet


def show(sheet: Sheet) -> dict[str, Any]:
    page = sheet.page
    actions = actions_for(actor=sheet.actor, message=sheet.case, lists=page.lists, latest=page.latest, failed=sheet.back.failed)
    return {"actions": actions, "rare_actions": [action for action in actions if action.rare]}


PART = Part("messages/_case_actions.html", show)
