"""The editor of the answer: the newest version or what this person was typing, two texts to merge, who else is here."""

from __future__ import annotations

from typing import Any

from messages import forms, policies
from messages.models import Reply
from messages.selectors.extras_rows import CopyRow
from messages.views import marks
from messages.views.sheet.base import Part, Sheet
from messages.views.sheet.flow import is_editing


def show(sheet: Sheet) -> dict[str, Any]:
    return {
        "here": _here(sheet),
        "versions_url": sheet.url("versions") if len(sheet.page.replies) > 1 else "",
        "draft": _draft(sheet) if is_editing(sheet) else None,
    }


def _here(sheet: Sheet) -> dict[str, Any] | None:
    """What the page tells the others, and with what it compares what it hears; a case that is over has no others."""
    if not sheet.case.is_open:
        return None
    return {
        "url": sheet.url("here"),
        "stage": sheet.case.stage,
        "version": _number(sheet.page.latest),
        "versions_url": sheet.url("versions"),
    }


def _draft(sheet: Sheet) -> dict[str, Any]:
    latest, copy = sheet.page.latest, _own(sheet)
    came_back = sheet.back.draft
    form = came_back or _form(latest, copy)
    base = copy.base_version if copy else _number(latest)
    if came_back and came_back.is_bound:
        base = came_back.cleaned_data.get("version") or 0 if hasattr(came_back, "cleaned_data") else base
        shown: dict[str, Any] = {"known": copy.saved_at.isoformat() if copy else ""}
        if sheet.back.conflict:  # the next saving is upon the version now shown beside
            shown["version"] = _number(latest)
        came_back.data = {**came_back.data, **shown}
    is_restored = copy is not None and came_back is None
    return {
        "form": form,
        "url": sheet.url("draft"),
        "title": "Проект ответа",
        "saved": _saved(sheet, latest),
        "versions_url": sheet.url("versions") if latest else "",
        "latest": _number(latest),
        "base": base,
        "keep_url": sheet.url("autosave"),
        "drop_url": sheet.url("drop"),
        "take_url": sheet.url("take"),
        "copy": _copy_words(copy) if copy and is_restored else None,
        "newer": _newer(sheet, latest, copy) if is_restored else None,
        "merge": _merge(sheet),
        "others": _others(sheet, latest),
        "templates_url": sheet.url("suggestions") if policies.may_edit_draft(sheet.actor, sheet.case) else "",
    }


def _form(latest: Reply | None, copy: CopyRow | None) -> forms.DraftForm:
    if copy:
        known = copy.saved_at.isoformat()
        return forms.DraftForm(initial={"text": copy.text, "version": copy.base_version, "known": known})
    return forms.DraftForm(initial={"text": latest.text if latest else "", "version": _number(latest)})


def _own(sheet: Sheet) -> CopyRow | None:
    """What this person was typing, unless it is just what the newest version says."""
    latest = sheet.page.latest
    mine = next((row for row in sheet.page.extras.copies if row.user.id == sheet.actor.user_id), None)
    return None if mine is None or (latest and latest.text == mine.text) else mine


def _others(sheet: Sheet, latest: Reply | None) -> list[dict[str, Any]]:
    """Unsaved texts of other people: whoever writes now can go on from them."""
    return [
        {"id": row.id, "name": row.user.name, "at": row.saved_at, "text": sheet.masked(row.text)}
        for row in sheet.page.extras.copies
        if row.user.id != sheet.actor.user_id and not (latest and latest.text == row.text)
    ]


def _saved(sheet: Sheet, latest: Reply | None) -> str:
    if latest is None:
        return ""
    author = latest.author.short_name if latest.author else ""
    local = latest.saved_at.astimezone(sheet.request.center.tz)
    return f"Версия {latest.version}, {author}, {local:%d.%m.%Y %H:%M}"


def _copy_words(copy: CopyRow) -> dict[str, Any]:
    return {"mark": copy.saved_at.isoformat(), "at": copy.saved_at, "version": copy.base_version}


def _newer(sheet: Sheet, latest: Reply | None, copy: CopyRow | None) -> dict[str, Any] | None:
    """A version saved since the typing began."""
    if latest is None or copy is None or latest.version <= copy.base_version:
        return None
    return {"number": latest.version, "url": f"{sheet.url('versions')}?a={latest.version}&b=copy"}


def _merge(sheet: Sheet) -> dict[str, Any] | None:
    conflict = sheet.back.conflict
    if conflict is None:
        return None
    latest = conflict.latest
    person = latest.author.short_name if latest.author else "программа"
    return {
        "number": latest.version,
        "person": person,
        "theirs": latest.text,
        "left_title": f"Версия {latest.version}, {person}",
        "pairs": marks.table(latest.text, conflict.text),
    }


def _number(reply: Reply | None) -> int:
    return reply.version if reply else 0


PART = Part("messages/_case_draft.html", show, styles=("css/draft.css",), scripts=("js/draft.js",))
