"""A word to the colleagues; what they said stands in the flow."""

from __future__ import annotations

from typing import Any

from messages.forms.together import CommentForm
from messages.selectors.readers import readers_of
from messages.views.sheet.base import Part, Sheet


def show(sheet: Sheet) -> dict[str, Any]:
    form = sheet.back.forms.get("comment")
    blocks = frozenset(part.block_id for part in sheet.page.extras.parts if part.void_at is None)
    people = readers_of(sheet.case, sheet.roster, blocks)
    return {
        "talk": {
            "form": form or CommentForm(auto_id="id_comment_%s"),
            "url": sheet.url("comment"),
            "opened": form is not None,
            "people": [name for pk, name in people.items() if pk != sheet.actor.user_id],
        }
    }


PART = Part("messages/_case_talk.html", show, styles=("css/together.css",), scripts=("js/together.js",))
