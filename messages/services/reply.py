"""The answer: draft versions that are never lost, the way to agreement, and the sending."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from blocks.actors import Actor, Grant
from mcu.errors import Conflict, Invalid, NotAllowed, NotFound
from mcu.text import clean_text
from messages import policies, workflow
from messages.models import Message, Reply
from messages.services import attachments, drafts, letters, merging, notices, open_parts, posting
from messages.services.case import by_person, locked, move, permitted
from messages.services.history import record
from messages.workflow import State

MAX_REPLY = 20_000


class DraftConflict(Conflict):
    """Somebody saved a newer version meanwhile: both texts are kept, the page shows them side by side."""

    def __init__(self, latest: Reply, text: str) -> None:
        author = latest.author.short_name if latest.author else "программа"
        super().__init__(
            f"Пока вы писали, появилась версия {latest.version} ({author}). Ваш текст не потерян: он ниже, рядом с ней. "
            "Соедините их и сохраните ещё раз."
        )
        self.latest = latest
        self.text = text


class VersionChanged(Conflict):
    """The text that was read for agreement is no longer the newest."""

    def __init__(self, latest: Reply) -> None:
        author = f" ({latest.author.short_name})" if latest.author else ""
        super().__init__(
            f"Текст изменился, пока вы его читали: теперь это версия {latest.version}{author}. Прочитайте её и решите ещё раз."
        )


@transaction.atomic
def start(*, message_id: int, actor: Actor, now: datetime, text: str = "", base_version: int = 0, known: str = "") -> Message:
    """Take the case into work; whoever takes it becomes responsible if nobody was named. A text already typed is saved."""
    message = locked(message_id=message_id, actor=actor)
    _start(message, actor=actor, now=now)
    if clean_text(text):
        _save(message, actor=actor, text=text, base_version=base_version, known=known, now=now)
    return message


def _start(message: Message, *, actor: Actor, now: datetime) -> None:
    grant = permitted(message, workflow.START, actor)
    if message.responsible_id is None and grant is not None and grant.role == "block_responsible":
        message.responsible_id = by_person(actor)
    move(message, workflow.START, actor=actor, now=now, apply=message.to_started, grant=grant)


@transaction.atomic
def save_draft(*, message_id: int, actor: Actor, text: str, base_version: int, known: str = "", now: datetime) -> Reply:
    """Save the answer's text as a new version; writing takes an assigned case into work.

    ``base_version`` is the version the writer saw (0: none). Raises ``DraftConflict`` if a newer one exists; an
    unchanged text makes no new version. ``known`` is the mark of the working copy that the saved text has grown from.
    """
    message = locked(message_id=message_id, actor=actor)
    return _save(message, actor=actor, text=text, base_version=base_version, known=known, now=now)


@transaction.atomic
def restore(*, message_id: int, actor: Actor, version: int, base_version: int, now: datetime) -> Reply:
    """Make the text of an earlier version the newest one. What the person was typing meanwhile becomes a version before it."""
    message = locked(message_id=message_id, actor=actor)
    chosen = Reply.objects.filter(message=message, version=version).first()
    if chosen is None:
        raise NotFound(f"Версии {version} у этого ответа нет.")
    return _save(message, actor=actor, text=chosen.text, base_version=base_version, known="", now=now)


def _save(message: Message, *, actor: Actor, text: str, base_version: int, known: str, now: datetime) -> Reply:
    verdict = policies.may_edit_draft(actor, message)
    if not verdict:
        raise NotAllowed(verdict.reason)
    text = clean_text(text)
    if not text:
        problem = "Напишите текст ответа: пустой не сохраняется."
        raise Invalid(problem, {"text": problem})
    if len(text) > MAX_REPLY:
        problem = f"Ответ длиннее {MAX_REPLY} знаков ({len(text)}): сократите его."
        raise Invalid(problem, {"text": problem})
    latest = latest_reply(message)
    if latest and latest.text != text and latest.version != base_version:
        raise DraftConflict(latest, text)
    newest = drafts.give_way(message, latest, actor=actor, text=text, known=known, now=now)
    if newest and newest.text == text:
        return newest
    if message.state == State.ASSIGNED:
        _start(message, actor=actor, now=now)
    role = verdict.grant.role if verdict.grant else ""
    reply = drafts.add_version(message, latest=newest, text=text, author_id=by_person(actor), role=role, now=now)
    record(message=message, code="draft", actor=actor, now=now, grant=verdict.grant, data={"version": reply.version})
    return reply


@transaction.atomic
def submit(
    *,
    message_id: int,
    actor: Actor,
    now: datetime,
    text: str | None = None,
    base_version: int = 0,
    known: str = "",
    without_parts: bool = False,
) -> Message:
    """Hand the draft to the block curator, saving ``text`` first if given. An empty answer is refused.

    While other blocks have not given their parts it is handed over only ``without_parts``, which the person says.
    """
    message = locked(message_id=message_id, actor=actor)
    grant = permitted(message, workflow.SUBMIT, actor)
    open_parts.require_given(message, without=without_parts)
    if text is not None:
        _save(message, actor=actor, text=text, base_version=base_version, known=known, now=now)
    latest = latest_reply(message)
    if latest is None:
        problem = "Сначала напишите текст ответа."
        raise Invalid(problem, {"text": problem})
    message.submitted_at, message.submitted_by_id = now, by_person(actor)
    event = move(
        message,
        workflow.SUBMIT,
        actor=actor,
        now=now,
        apply=message.to_submitted,
        grant=grant,
        data={"version": latest.version},
    )
    notices.tell_holders(message=message, event=event, subject="ответ ждёт вашего согласования", actor=actor, now=now)
    return message


@transaction.atomic
def send(
    *,
    message_id: int,
    actor: Actor,
    posted_at: datetime | None,
    url: str = "",
    delivery: str = "",
    method: str = "",
    tracking: str = "",
    handed_to: str = "",
    now: datetime,
) -> Message:
    """Record that the approved answer was posted: when (by the publisher's word), and its link or way of delivery.

    ``posted_at`` is aware; not before the approval, not in the future; ``None`` means now. Both times are kept.
    An answer to an appeal goes out as a letter by ``method``: the way of delivery is then told by the letter.
    """
    message = locked(message_id=message_id, actor=actor)
    grant = permitted(message, workflow.SEND, actor)
    if method:
        letter = letters.for_sending(
            message, actor=actor, method=method, tracking_number=tracking, handed_to=handed_to, now=now
        )
        delivery = letters.delivery_words(letter)
    url, delivery = posting.where(url=url, delivery=delivery)
    posted = posting.moment(
        message,
        posted_at,
        not_before=message.approved_at or now,
        early="Ответ не мог быть размещён до утверждения",
        now=now,
    )
    reply = Reply.objects.get(message=message, version=message.agreed_version or 0)
    reply.posted_at, reply.recorded_at, reply.url, reply.delivery = posted, now, url, delivery
    reply.completeness = message.completeness
    reply.save()
    message.answered_at, message.sent_recorded_at = posted, now
    move(
        message,
        workflow.SEND,
        actor=actor,
        now=now,
        apply=message.to_sent,
        grant=grant,
        data={"version": reply.version, "posted_at": posted.isoformat(), "delivery": delivery, "url": reply.url},
    )
    attachments.bind(reply)
    merging.answer_merged(leading=message, reply=reply, now=now)
    return message


def latest_reply(message: Message) -> Reply | None:
    """The newest version of the answer. One query."""
    return Reply.objects.select_related("author").filter(message=message).order_by("-version").first()


def require_version(message: Message, version: int) -> Reply:
    """The newest version, if it is the one that was seen: agreement binds to it. Raises ``VersionChanged``."""
    latest = latest_reply(message)
    if latest is None:
        raise Invalid("У дела ещё нет текста ответа.")
    if latest.version != version:
        raise VersionChanged(latest)
    return latest


def is_combined(reply: Reply, actor: Actor, grant: Grant | None) -> bool:
    """Whether the approver is the author of the text («совмещение»)."""
    return grant is not None and reply.author_id is not None and reply.author_id == actor.user_id
