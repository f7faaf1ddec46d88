"""Messages about the same thing: one leads and is worked on, the others are answered with it through their own channels."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from blocks import actors
from blocks.actors import Actor
from blocks.models import Center
from mcu.errors import Invalid, NotFound
from messages import workflow
from messages.models import Message, Regime, Reply
from messages.services import attachments, deadlines, notices, term_book
from messages.services.case import carry, follow_leading, locked, move, permitted
from messages.services.history import record
from messages.services.routing import register
from messages.workflow import OPEN, State


@transaction.atomic
def merge(
    *, message_id: int, actor: Actor, leading_id: int | None = None, leading_number: str = "", seen: str = "", now: datetime
) -> Message:
    """Merge a message under a leading one of the same Center, named by its id or number.

    The merged one stays in force with its own terms. The leading one takes the strictest chain of its group; an appeal
    is never merged under a message (решение раздела 0). Those already merged under this message go over to the leading one.
    """
    message, leading = _both(message_id, _leading_id(actor, leading_id, leading_number), actor=actor, seen=seen)
    grant = permitted(message, workflow.MERGE, actor)
    _fit(message, leading)
    register(message, actor=actor, now=now)
    before = _before(message)
    message.merged_from = before | {"at": now.isoformat()}
    follow_leading(message, leading, now=now)
    message.sorted_by = message.sorted_at = message.submitted_by = None
    message.group_needs_head = False  # whoever it led goes over
    move(
        message,
        workflow.MERGE,
        actor=actor,
        now=now,
        apply=message.to_merged,
        grant=grant,
        data={"leading": leading.number, **before},
    )
    gone_over = list(message.merged.filter(state=State.MERGED))
    for one in gone_over:
        one.leading, one.changed_at, one.merged_from = leading, now, {**one.merged_from, "at": now.isoformat()}
    Message.objects.bulk_update(gone_over, ["leading", "changed_at", "merged_from"])
    carry(leading, actor=actor, now=now)
    _measure(leading, actor=actor, now=now)
    record(message=leading, code="leads", actor=actor, now=now, grant=grant, data={"merged": message.number})
    return message


@transaction.atomic
def split(*, message_id: int, actor: Actor, seen: str = "", now: datetime) -> Message:
    """Take a message out of its group: it goes back to where it was before the merging."""
    row = Message.objects.visible_to(actor).filter(pk=message_id).values_list("leading_id", flat=True).first()
    if row is None:
        message = locked(message_id=message_id, actor=actor, seen=seen)
        permitted(message, workflow.SPLIT, actor)  # not merged: says so
        raise NotFound("Это сообщение ни с чем не объединено.")
    leading = Message.objects.get_queryset().select_for_update(of=("self",), no_key=True).select_related("source").get(pk=row)
    message = locked(message_id=message_id, actor=actor, seen=seen)
    grant = permitted(message, workflow.SPLIT, actor)
    if message.leading_id != leading.pk:
        raise NotFound("Пока страница была открыта, сообщение объединили с другим. Ничего не сделано, обновите страницу.")
    before = dict(message.merged_from)
    message.block_id, message.recipient_id = before["block"], before["recipient"]
    message.responsible_id = before["responsible"]
    message.handed_over_at = datetime.fromisoformat(before["handed_over_at"]) if before["handed_over_at"] else None
    message.leading = None
    event = move(
        message,
        workflow.SPLIT,
        actor=actor,
        now=now,
        apply=message.to_split,
        grant=grant,
        data={"leading": leading.number},
    )
    message.merged_from = {}
    message.save()
    _measure(leading, actor=actor, now=now)
    record(message=leading, code="leads_no_more", actor=actor, now=now, grant=grant, data={"merged": message.number})
    notices.tell_holders(message=message, event=event, subject="разъединено, снова ждёт вас", actor=actor, now=now)
    return message


def answer_merged(*, leading: Message, reply: Reply, now: datetime) -> None:
    """The answer to the leading message is out: give its text to those merged under it, each to its own publisher."""
    merged = list(
        Message.objects.get_queryset()
        .select_for_update(of=("self",), no_key=True)
        .select_related("center", "source")
        .filter(leading=leading, state=State.MERGED)
        .order_by("pk")
    )
    program = actors.system(leading.center)
    versions = dict(Reply.objects.filter(message__in=merged).order_by().values_list("message_id").annotate(Max("version")))
    for message in merged:
        follow_leading(message, leading, now=now)
        version = versions.get(message.pk, 0) + 1
        given = Reply.objects.create(
            message=message,
            version=version,
            text=reply.text,
            author=reply.author,
            author_role=reply.author_role,
            saved_at=now,
        )
        attachments.copy_to(given, answered=reply, now=now)
        message.merged_from = {**message.merged_from, "leading_cycle": leading.cycle}
        message.agreed_at, message.approved_at = term_book.agreed_for(message, leading)
        message.agreed_version, message.completeness = version, leading.completeness
        event = move(
            message,
            workflow.FOLLOW,
            actor=program,
            now=now,
            apply=message.to_followed,
            grant=None,
            data={"leading": leading.number, "version": version},
        )
        subject = f"ответ готов вместе с {leading.number}, отправьте его"
        notices.tell_holders(message=message, event=event, subject=subject, actor=program, now=now)


def _leading_id(actor: Actor, leading_id: int | None, number: str) -> int:
    """The leading message, if the actor sees it. One query where it is named by its number."""
    found = leading_id
    if found is None:
        wanted = number.replace("\x00", "").strip().upper()
        found = Message.objects.visible_to(actor).filter(number=wanted).values_list("pk", flat=True).first() if wanted else None
    if found is None:
        problem = "Такого сообщения нет среди тех, что вам видны. Проверьте номер, например ОКТ-2026-000123."
        raise Invalid(problem, {"leading_number": problem})
    return found


def _both(message_id: int, leading_id: int, *, actor: Actor, seen: str) -> tuple[Message, Message]:
    """Both messages locked, the leading one first, as each step of a leading one locks it before those merged under it.

    One merging at a time in a Center: two opposite ones would else wait for each other in a ring.
    """
    if message_id == leading_id:
        problem = "Сообщение не объединяют с ним самим. Укажите номер другого."
        raise Invalid(problem, {"leading_number": problem})
    Center.objects.select_for_update(no_key=True).get(pk=actor.center_id)
    leading = locked(message_id=leading_id, actor=actor)
    return locked(message_id=message_id, actor=actor, seen=seen), leading


def _fit(message: Message, leading: Message) -> None:
    problem = ""
    if leading.center_id != message.center_id:
        problem = "Ведущее сообщение должно быть того же Центра."
    elif leading.state == State.MERGED:
        problem = f"{leading.number} само объединено с другим. Объедините с тем, которое его ведёт."
    elif leading.state not in OPEN:
        problem = f"{leading.number} уже в состоянии «{State(leading.state).label}»: вести может только дело в работе."
    elif message.regime == Regime.APPEAL and leading.regime != Regime.APPEAL:
        problem = "Обращение по 59-ФЗ не объединяют с сообщением: ведущим должно быть обращение."
    elif leading.state == State.APPROVED and message.needs_head and not leading.needs_head:
        problem = f"Ответ на {leading.number} уже согласован без руководителя, а этому сообщению он нужен. Отзовите тот ответ."
    if problem:
        raise Invalid(problem, {"leading_number": problem})


def _before(message: Message) -> dict[str, Any]:
    """What a split gives back."""
    handed_over_at = message.handed_over_at
    return {
        "state": str(message.state),
        "block": message.block_id,
        "recipient": message.recipient_id,
        "responsible": message.responsible_id,
        "handed_over_at": handed_over_at.isoformat() if handed_over_at else None,
    }


def _measure(leading: Message, *, actor: Actor, now: datetime) -> None:
    """Store the strictest chain of the group with the leading message."""
    sources = leading.merged.filter(state=State.MERGED).select_related("source")
    leading.group_needs_head = any(message.source.needs_head for message in sources)
    leading.changed_at = now
    leading.save()
    deadlines.sync(leading, now=now, actor=actor)
