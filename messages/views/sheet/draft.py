"""The editor of the answer."""

from __future__ import annotations

from typing import Any

from messages import forms
from messages.views.sheet.base import Part, Sheet
from messages.views.sheet.flow import is_editing


def show(sheet: Sheet) -> dict[str, Any]:
    return {"draft": _draft(sheet) if is_editing(sheet) else None}


def _draft(sheet: Sheet) -> dict[str, Any]:
    latest, form = sheet.page.latest, sheet.back.draft
    if form is None:
        form = forms.DraftForm(initial={"text": latest.text if latest else "", "version": latest.version if latest else 0})
    elif latest and form.is_bound and not form.errors:
        form.data = {**form.data, "version": latest.version}  # the next saving is upon the version now shown beside
    saved = ""
    if latest:
        author = latest.author.short_name if latest.author else ""
        local = latest.saved_at.astimezone(sheet.request.center.tz)
        saved = f"Версия {latest.version}, {author}, {local:%d.%m.%Y %H:%M}"
    return {"form": form, "url": sheet.url("draft"), "title": "Проект ответа", "saved": saved}


PART = Part("messages/_case_draft.html", show)
