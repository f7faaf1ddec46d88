"""Files of the case: of the message, of the answer, internal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from blocks.actors import Actor
from messages import cooperation
from messages.forms.together import FilesForm
from messages.models import Attachment, Message
from messages.selectors.extras_rows import FileRow
from messages.views.sheet.base import Part, Sheet

_SHOWN: Final = ("image/jpeg", "image/png", "image/webp", "image/gif")
_TITLES: Final = {
    Attachment.Kind.MESSAGE: "К сообщению",
    Attachment.Kind.ANSWER: "К ответу",
    Attachment.Kind.INTERNAL: "Служебные, заявителю не уходят",
}


def kinds_for(actor: Actor, message: Message) -> list[str]:
    """To what the person may add files now."""
    return [kind.value for kind in Attachment.Kind if cooperation.may_attach(actor, message, kind)]


def show(sheet: Sheet) -> dict[str, Any]:
    kinds = kinds_for(sheet.actor, sheet.case)
    form = sheet.back.forms.get("files")
    files = sheet.page.extras.files
    groups = [
        {"title": title, "rows": rows}
        for kind, title in _TITLES.items()
        if (rows := [_row(sheet, one, removable=kind in kinds) for one in files if one.kind == kind])
    ]
    return {
        "files": {
            "groups": groups,
            "count": len(files),
            "form": form or (FilesForm(kinds=kinds) if kinds else None),
            "url": sheet.url("files"),
            "opened": form is not None,
        },
        "pictures": [_row(sheet, one) for one in files if one.kind == Attachment.Kind.MESSAGE and one.content_type in _SHOWN],
    }


def sent_with(sheet: Sheet, reply_id: int) -> Iterable[dict[str, Any]]:
    """The files that went out with a version of the answer."""
    return [_row(sheet, one) for one in sheet.page.extras.files if one.reply_id == reply_id]


def _row(sheet: Sheet, one: FileRow, *, removable: bool = False) -> dict[str, Any]:
    own = one.uploaded_by is not None and one.uploaded_by.id == sheet.actor.user_id
    removable = removable and one.reply_id is None and (own or one.kind != Attachment.Kind.INTERNAL)
    return {
        "name": one.name,
        "mark": one.name.rpartition(".")[2].upper()[:4],
        "size": one.size,
        "person": one.uploaded_by.name if one.uploaded_by else one.client or "",
        "at": one.uploaded_at,
        "url": sheet.url("file", one.id),
        "remove_url": sheet.url("remove_file", one.id) if removable else "",
    }


PART = Part("messages/_case_files.html", show, styles=("css/together.css",))
