"""What was written about the letter, in the order of time: versions, remarks, interim answers, questions, comments.

A row with a ``template`` of its own is shown by that; another kind of rows is one more function of ``_ROWS``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from blocks.roles import Role
from messages import policies
from messages.models import Reply
from messages.selectors.extras_rows import QuestionRow
from messages.views.sheet.base import Part, Sheet
from messages.views.sheet.files import sent_with

Row = dict[str, Any]


def show(sheet: Sheet) -> dict[str, Any]:
    rows = [row for rows_of in _ROWS for row in rows_of(sheet)]
    rows.sort(key=lambda row: row["at"])
    return {
        "replies": [
            row | {"text": sheet.masked(row["text"]), "delivery": sheet.masked(row.get("delivery", ""))} for row in rows
        ]
    }


def _versions(sheet: Sheet) -> Iterable[Row]:
    """Open is what was sent, what collides, and the newest that is not in the editor."""
    latest, conflict = sheet.page.latest, sheet.back.conflict
    editing = is_editing(sheet)

    def is_open(version: Reply) -> bool:
        return version.posted_at is not None or (version is latest and (not editing or conflict is not None))

    for version in sheet.page.replies:
        row = _version(version, is_open=is_open(version)) | {"files": sent_with(sheet, version.pk)}
        if conflict and version.version == conflict.latest.version:
            row["title"] += " — сохранена, пока вы писали"
        yield row


def is_editing(sheet: Sheet) -> bool:
    """Whether the editor is on the page: for whoever may write now, or has just typed what must not be lost."""
    return sheet.back.draft is not None or bool(policies.may_edit_draft(sheet.actor, sheet.case))


def _version(version: Reply, *, is_open: bool) -> Row:
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


def _remarks(sheet: Sheet) -> Iterable[Row]:
    for event in sheet.page.events:
        if event.code in _REMARKS and hasattr(event, "note"):
            yield {
                "kind": "note",
                "title": _REMARKS[event.code],
                "person": event.user.short_name if event.user else "",
                "at": event.at,
                "text": event.note.text,
                "folded": False,
            }


def _interims(sheet: Sheet) -> Iterable[Row]:
    for row in sheet.page.extras.interims:
        promised = row.promised_at.astimezone(sheet.request.center.tz)
        yield {
            "kind": "final",
            "title": f"Промежуточный ответ, окончательный обещан до {promised:%d.%m.%Y}",
            "person": row.author.name if row.author else "",
            "at": row.posted_at,
            "text": row.text,
            "folded": False,
            "url": row.url,
            "delivery": row.delivery,
        }


def _questions(sheet: Sheet) -> Iterable[Row]:
    """A question to the applicant and, where it came, the answer."""
    opens = bool(policies.may_see_contacts(sheet.actor, sheet.case))
    for row in sheet.page.extras.questions:
        yield {
            "kind": "final",
            "title": f"Вопрос заявителю{_awaited(row, sheet)}",
            "person": row.author.name if row.author else "",
            "at": row.asked_at,
            "text": row.text,
            "folded": False,
            "url": row.url if opens else "",  # of a talk in a social network: it names who wrote
            "delivery": row.delivery,
        }
        if row.answered_at is not None and row.answer:
            yield {
                "kind": "heard",
                "title": "Ответ заявителя",
                "person": f"внёс {row.answer_by.name}" if row.answer_by else "",
                "at": row.answered_at,
                "text": row.answer,
                "folded": False,
            }


def _mails(sheet: Sheet) -> Iterable[Row]:
    """What the applicant wrote to us by e-mail after his message."""
    for row in sheet.page.extras.mails:
        yield {
            "kind": "heard",
            "title": "Письмо заявителя",
            "person": "по электронной почте",
            "at": row.sent_at,
            "text": row.text,
            "folded": False,
        }


def _awaited(row: QuestionRow, sheet: Sheet) -> str:
    """How long the answer is waited for, or that none came."""
    until = f"{row.until.astimezone(sheet.request.center.tz):%d.%m.%Y}"
    if row.answer:
        return ""
    if row.answered_at is None and row.cycle == sheet.case.cycle and sheet.case.is_open and sheet.now <= row.until:
        return f", ответа ждём до {until}"
    return f", ответа до {until} не было" if sheet.now > row.until else ", ответа не дождались"


def _comments(sheet: Sheet) -> Iterable[Row]:
    for row in sheet.page.extras.comments:
        yield {
            "template": "messages/_case_comment.html",
            "kind": "talk",
            "id": row.id,
            "person": row.author.name if row.author else "",
            "role": Role(row.role).label if row.role else "",
            "at": row.at,
            "text": row.text,
        }


_REMARKS: Final = {
    "return": "Замечание",
    "decline": "Причина",
    "reopen": "Причина",
    "recall": "Причина",
    "letter_note": "При приёме письма",
}
_ROWS: Final[tuple[Callable[[Sheet], Iterable[Row]], ...]] = (
    _versions, _remarks, _interims, _questions, _mails, _comments,
)  # fmt: skip

PART = Part("messages/_case_replies.html", show)
