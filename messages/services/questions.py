"""Questions to the applicant: asked by the publisher, they hold the clock of the terms whose rule says so."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from blocks.actors import Actor
from blocks.charters.settings_schema import settings_of
from mcu.clock import local_midnight
from mcu.errors import Invalid, NotAllowed, WrongState
from messages import workflow
from messages.models import Message, Question
from messages.services import notices, posting
from messages.services.case import by_person, locked, move, permitted, words

MAX_DELIVERY: Final = 200
_NO_WAY: Final = "Укажите ссылку на вопрос или способ доставки."
_NOT_ASKED_YET: Final = "Это время ещё не наступило: укажите, когда вопрос действительно задан."
_NO_QUESTION: Final = "Вопроса, на который ждут ответа заявителя, нет: возможно, ответ уже внёс коллега. Ничего не изменилось."
_NOT_HEARD_YET: Final = "Это время ещё не наступило: укажите, когда ответ действительно пришёл."


@transaction.atomic
def ask(
    *,
    message_id: int,
    actor: Actor,
    text: str,
    url: str = "",
    delivery: str = "",
    asked_at: datetime | None = None,
    now: datetime,
) -> Question:
    """Record a question that was posted to the applicant (``asked_at``; ``None`` means now).

    The clock of the terms whose rule pauses stands until the answer comes, at the longest for the charter's days. One
    question at a time, so many in a cycle as the charter allows. What has passed by the time of asking is not put off.
    """
    message = locked(message_id=message_id, actor=actor)
    grant = permitted(message, workflow.ASK, actor)
    author = by_person(actor)
    if author is None:
        raise NotAllowed("Вопрос заявителю задаёт человек, а не программа.")
    text = words(text, field="text", missing="Напишите, что спросили у заявителя.")
    url, delivery = posting.where(url=url, delivery=delivery, missing=_NO_WAY)
    begin, early = _not_before(message, now)
    asked = posting.moment(message, asked_at, not_before=begin, early=early, now=now, future=_NOT_ASKED_YET, field="asked_at")
    days = settings_of(message.center.settings).question.max_days
    last = asked.astimezone(message.center.tz).date() + timedelta(days=days)
    until = local_midnight(last + timedelta(days=1), message.center.tz) - timedelta(microseconds=1)
    question = Question.objects.create(
        message=message,
        cycle=message.cycle,
        text=text,
        asked_at=asked,
        until=until,
        author_id=author,
        recorded_at=now,
        url=url,
        delivery=delivery[:MAX_DELIVERY],
    )
    event = move(
        message,
        workflow.ASK,
        actor=actor,
        now=now,
        apply=message.to_asked,
        grant=grant,
        data={"question": question.pk, "asked_at": asked.isoformat(), "until": until.isoformat()},
    )
    subject = f"заявителю задан вопрос, ждём ответа до {last:%d.%m.%Y}"
    notices.tell_holders(message=message, event=event, subject=subject, actor=actor, now=now)
    return question


@transaction.atomic
def hear(*, message_id: int, actor: Actor, text: str, answered_at: datetime | None = None, now: datetime) -> Question:
    """Record what the applicant answered and when it came (``None`` means now): the clock goes on from that moment.

    An answer that comes after the question's limit is kept, too; the clock has gone on without it.
    """
    message = locked(message_id=message_id, actor=actor)
    if message.state in workflow.HEAR.sources and message.question_until is None:
        raise WrongState(_NO_QUESTION)
    grant = permitted(message, workflow.HEAR, actor)
    text = words(text, field="text", missing="Напишите, что ответил заявитель.")
    question = message.questions.get(cycle=message.cycle, answered_at__isnull=True)
    heard = posting.moment(
        message,
        answered_at,
        not_before=question.asked_at,
        early="Ответ не мог прийти до вопроса",
        now=now,
        future=_NOT_HEARD_YET,
        field="answered_at",
    )
    question.answered_at, question.answer, question.answer_by_id = heard, text, by_person(actor)
    question.save(update_fields=["answered_at", "answer", "answer_by"])
    event = move(
        message,
        workflow.HEAR,
        actor=actor,
        now=now,
        apply=message.to_heard,
        grant=grant,
        data={"question": question.pk, "answered_at": heard.isoformat()},
    )
    notices.tell_holders(message=message, event=event, subject="заявитель ответил на вопрос", actor=actor, now=now)
    return question


def _not_before(message: Message, now: datetime) -> tuple[datetime, str]:
    """The moment before which the next question cannot have been asked, in words. Raises ``Invalid`` where none may be.

    A question whose limit has passed without an answer gives way to the next: it ends at its limit, with no answer.
    """
    asked = list(message.questions.filter(cycle=message.cycle).order_by("asked_at", "id"))
    times = settings_of(message.center.settings).question.times
    waiting = next((one for one in asked if one.answered_at is None), None)
    problem = ""
    if waiting is not None and waiting.until >= now:
        local = waiting.until.astimezone(message.center.tz)
        problem = f"Заявителю уже задан вопрос, ответа ждём до {local:%d.%m.%Y}. Сначала отметьте его ответ."
    elif len(asked) >= times:
        problem = f"Вопросов заявителю уже {times}: больше правила Центра не допускают, отвечайте по тому, что известно."
    if problem:
        raise Invalid(problem, {"text": problem})
    if waiting is not None:
        waiting.answered_at = waiting.until
        waiting.save(update_fields=["answered_at"])
    handed = message.handed_over_at or message.received_at
    ended = max((one.holds_until for one in asked), default=handed)
    if ended > handed:
        return ended, "Пока ждали ответа на прошлый вопрос, новый не задают"
    return handed, "Вопрос не мог быть задан до передачи в блок"
