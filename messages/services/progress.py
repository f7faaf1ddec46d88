"""What happens to an answer on its way besides agreement: it is recalled, put off by an interim answer, or by law."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from blocks.actors import Actor
from blocks.charters.settings_schema import settings_of
from mcu.clock import local_midnight
from mcu.errors import Invalid, WrongState
from messages import workflow
from messages.models import Deadline, InterimReply, Message
from messages.services import notices, posting
from messages.services.case import by_person, locked, move, permitted, words
from messages.terms import Kind


@transaction.atomic
def recall(*, message_id: int, actor: Actor, reason: str, now: datetime) -> Message:
    """Take an answer back from agreement, or an agreed one from sending, with the reason. The text stays as it is.

    The agreement falls away and must be given anew; the block's clock goes on from the first hand-over.
    """
    message = locked(message_id=message_id, actor=actor)
    grant = permitted(message, workflow.RECALL, actor)
    reason = words(reason, field="reason", missing="Напишите, почему ответ отзывается.")
    message.submitted_at = message.agreed_at = message.agreed_version = message.approved_at = None
    message.completeness = message.submitted_by = None
    event = move(message, workflow.RECALL, actor=actor, now=now, apply=message.to_recalled, grant=grant, note=reason)
    notices.tell_holders(message=message, event=event, subject="ответ отозван на доработку", actor=actor, now=now)
    return message


@transaction.atomic
def interim(
    *,
    message_id: int,
    actor: Actor,
    text: str,
    promised_on: date | None,
    posted_at: datetime | None = None,
    url: str = "",
    delivery: str = "",
    now: datetime,
) -> InterimReply:
    """Record an interim answer that was posted, and the local day by which the answer is promised.

    A message's terms of agreement and answer go to the end of that day unless they had passed by the time of posting; the
    term of an appeal is the law's and stays (it is extended, not promised away). The charter bounds how far and how often.
    """
    message = locked(message_id=message_id, actor=actor)
    grant = permitted(message, workflow.INTERIM, actor)
    text = words(text, field="text", missing="Напишите, что сообщили заявителю.")
    url, delivery = posting.where(url=url, delivery=delivery)
    until = _promise(message, promised_on, now)
    posted = posting.moment(
        message,
        posted_at,
        not_before=message.handed_over_at or message.received_at,
        early="Промежуточный ответ не мог быть размещён до передачи в блок",
        now=now,
    )
    reply = InterimReply.objects.create(
        message=message,
        cycle=message.cycle,
        text=text,
        promised_at=until,
        author_id=by_person(actor),
        posted_at=posted,
        recorded_at=now,
        url=url,
        delivery=delivery,
    )
    event = move(
        message,
        workflow.INTERIM,
        actor=actor,
        now=now,
        apply=message.to_interim,
        grant=grant,
        data={"promised_at": until.isoformat(), "posted_at": posted.isoformat(), "url": url, "delivery": delivery},
    )
    subject = f"обещан ответ до {_last_day(until, message):%d.%m.%Y}"
    notices.tell_holders(message=message, event=event, subject=subject, actor=actor, now=now)
    return reply


@transaction.atomic
def extend(*, message_id: int, actor: Actor, days: int | None, reason: str, applicant_told: bool, now: datetime) -> Message:
    """Put off the answer to an appeal, once and not for longer than the charter allows (59-ФЗ ст. 12 ч. 2).

    The applicant must be told. A term that has passed is not extended: what is late stays late.
    """
    message = locked(message_id=message_id, actor=actor)
    grant = permitted(message, workflow.EXTEND, actor)
    most = settings_of(message.center.settings).fz59.extension.max_days
    if days is None or not 0 < days <= most:
        problem = f"Укажите, на сколько дней продлить: от 1 до {most}."
        raise Invalid(problem, {"days": problem})
    reason = words(reason, field="reason", missing="Напишите основание продления: запрос в другой орган, сложность вопроса.")
    if not applicant_told:
        problem = "По 59-ФЗ заявителя уведомляют о продлении: отметьте, что уведомление направлено."
        raise Invalid(problem, {"applicant_told": problem})
    term = Deadline.objects.filter(message=message, cycle=message.cycle, kind=Kind.ANSWER, void_at__isnull=True).first()
    if term is None:
        raise WrongState("Обращение ещё не зарегистрировано: срок ответа не начался, продлевать нечего.")
    if term.due_at < now:
        local = term.due_at.astimezone(message.center.tz)
        raise WrongState(f"Срок ответа истёк {local:%d.%m.%Y}: продление не делает просроченное своевременным.")
    message.extended_at, message.extension_days = now, days
    event = move(
        message,
        workflow.EXTEND,
        actor=actor,
        now=now,
        apply=message.to_extended,
        grant=grant,
        data={"days": days, "applicant_told": True},
        note=reason,
    )
    notices.tell_holders(message=message, event=event, subject=f"срок ответа продлён на {days} дн.", actor=actor, now=now)
    return message


def _promise(message: Message, promised_on: date | None, now: datetime) -> datetime:
    """The last moment of the promised local day. Raises ``Invalid``: not in the past, within the charter's bounds."""
    bounds = settings_of(message.center.settings).interim
    today = now.astimezone(message.center.tz).date()
    last = today + timedelta(days=bounds.max_days)
    problem = ""
    if promised_on is None:
        problem = "Укажите день, к которому обещаете ответ."
    elif promised_on < today:
        problem = "Этот день уже прошёл: обещайте ответ не раньше сегодняшнего дня."
    elif promised_on > last:
        problem = f"Слишком далеко: по правилам Центра не больше {bounds.max_days} дней, то есть не позже {last:%d.%m.%Y}."
    elif message.interims.filter(cycle=message.cycle).count() >= bounds.times:
        problem = f"Промежуточных ответов уже {bounds.times}: больше правила Центра не допускают, нужен ответ по существу."
    if problem or promised_on is None:
        raise Invalid(problem, {"promised_on": problem})
    return local_midnight(promised_on + timedelta(days=1), message.center.tz) - timedelta(microseconds=1)


def _last_day(until: datetime, message: Message) -> date:
    return until.astimezone(message.center.tz).date()
