"""What the applicant says of an answer, 1 to 5: by a signed link, through the source's client, or as told to the staff.

Once for each answer: a case answered again after a reopening is asked about again. A low score waits for somebody to
reopen the case or to leave it as it is, with a reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse

from blocks import actors
from blocks.actors import Actor, Grant
from blocks.charters.settings_schema import settings_of
from blocks.selectors import roster_of
from mcu.errors import Conflict, Invalid, NotAllowed, NotFound, WrongState
from mcu.text import clean_text
from messages import cooperation
from messages.models import Message, Satisfaction
from messages.services import notices
from messages.services.case import locked, words
from messages.services.history import record

SCORES: Final = range(1, 6)
MAX_TEXT: Final = 2000
OPEN_FOR: Final = timedelta(days=60)  # after the closing
_SIGNER: Final = signing.Signer(salt="mcu.satisfaction", sep="~")


class AlreadyRated(Conflict):
    """The answer has been rated otherwise before; what was said first stays."""

    def __init__(self, given: Satisfaction) -> None:
        super().__init__(f"Этот ответ уже оценён на {given.score}: оценка ставится один раз и не меняется.")
        self.given = given


@dataclass(frozen=True, slots=True)
class Opened:
    """What the link opens: the case, and what was said of its answer if it was."""

    message: Message
    given: Satisfaction | None


def link_of(message: Message) -> str:
    """The address at which the applicant rates the present answer. Whoever has it may rate, once."""
    token = _SIGNER.sign(f"{message.pk}.{message.cycle}")
    return f"{settings.PUBLIC_URL}{reverse('satisfaction', args=[token])}"


def opened(*, token: str, now: datetime) -> Opened:
    """What the link is about. Raises ``NotFound`` for a link that is none, ``WrongState`` for one out of date. Two queries."""
    return _opened(token, now, lock=False)


def _opened(token: str, now: datetime, *, lock: bool) -> Opened:
    pk, cycle = _read(token)
    rows = Message.objects.get_queryset().select_related("center", "source", "block")
    if lock:
        rows = rows.select_for_update(of=("self",), no_key=True)
    message = rows.filter(pk=pk).first()
    if message is None:
        raise NotFound("Ссылка неверна. Скопируйте её из письма целиком.")
    given = Satisfaction.objects.filter(message=message, cycle=cycle).first()
    if given is None:
        _still_asked(message, cycle, now)
    return Opened(message, given)


def _read(token: str) -> tuple[int, int]:
    try:
        pk, cycle = _SIGNER.unsign(token).split(".")
    except (signing.BadSignature, ValueError):
        raise NotFound("Ссылка неверна. Скопируйте её из письма целиком.") from None
    return int(pk), int(cycle)


def _still_asked(message: Message, cycle: int, now: datetime) -> None:
    if message.cycle != cycle or message.state not in cooperation.ANSWERED:
        raise WrongState("Работа по вашему сообщению возобновлена. Оценить можно будет новый ответ: ссылка придёт с ним.")
    if message.closed_at is not None and now > message.closed_at + OPEN_FOR:
        raise WrongState(
            "Срок оценки прошёл: сообщение закрыто больше 60 дней назад. Если вопрос не решён, напишите нам снова."
        )


@transaction.atomic
def rate_by_link(*, token: str, score: int, text: str, now: datetime) -> Satisfaction:
    """The applicant's own word. A second sending changes nothing and gives what was said first."""
    found = _opened(token, now, lock=True)
    if found.given is not None:
        return found.given
    message = found.message
    return _rate(message, score, text, via=Satisfaction.Via.LINK, actor=actors.system(message.center, "Заявитель"), now=now)


@transaction.atomic
def rate_by_client(*, message_id: int, actor: Actor, score: int, text: str, now: datetime) -> tuple[Satisfaction, bool]:
    """As the source passes it on; whether it is new. The same again is no new one, another raises ``AlreadyRated``."""
    message = locked(message_id=message_id, actor=actor)
    if message.client_id is None or message.client_id != actor.client_id:
        raise NotFound("Среди сообщений, переданных с этим ключом, такого номера нет.")
    return _once(message, score, text, via=Satisfaction.Via.API, actor=actor, now=now)


@transaction.atomic
def rate_for(*, message_id: int, actor: Actor, score: int, text: str, now: datetime) -> Satisfaction:
    """What the applicant said to the staff by word of mouth."""
    message = locked(message_id=message_id, actor=actor)
    verdict = cooperation.may_rate_for(actor, message)
    if not verdict:
        raise NotAllowed(verdict.reason)
    rated, _ = _once(message, score, text, via=Satisfaction.Via.STAFF, actor=actor, now=now, grant=verdict.grant)
    return rated


def _once(
    message: Message, score: int, text: str, *, via: str, actor: Actor, now: datetime, grant: Grant | None = None
) -> tuple[Satisfaction, bool]:
    given = Satisfaction.objects.filter(message=message, cycle=message.cycle).first()
    if given is not None:
        if (given.score, given.text) != (score, clean_text(text)):
            raise AlreadyRated(given)
        return given, False
    if message.state not in cooperation.ANSWERED:
        raise WrongState("Оценить можно направленный ответ, а он ещё не направлен. Оценка не сохранена.")
    return _rate(message, score, text, via=via, actor=actor, now=now, grant=grant), True


def _rate(
    message: Message, score: int, text: str, *, via: str, actor: Actor, now: datetime, grant: Grant | None = None
) -> Satisfaction:
    text = clean_text(text)
    if score not in SCORES:
        problem = "Поставьте оценку от 1 до 5."
        raise Invalid(problem, {"score": problem})
    if len(text) > MAX_TEXT:
        problem = f"Слишком длинно: {len(text)} знаков, можно не больше {MAX_TEXT}."
        raise Invalid(problem, {"text": problem})
    rated = Satisfaction.objects.create(message=message, cycle=message.cycle, score=score, text=text, via=via, at=now)
    data = {"score": score, "via": via, "cycle": message.cycle}
    event = record(message=message, code="satisfaction", actor=actor, now=now, grant=grant, data=data, note=text)
    if is_low(score, message):
        roster = roster_of(message.center, now)
        people = sorted({*roster.source_curators(message), *roster.heads()})
        subject = f"заявитель оценил ответ на {score}: возобновить или оставить?"
        notices.tell(message=message, users=people, event=event, subject=subject, actor=actor, now=now, kind="low_score")
    return rated


def is_low(score: int, message: Message) -> bool:
    """Whether the charter takes the score for a reason to look at the case again."""
    return score <= settings_of(message.center.settings).low_score


def settle_reopened(message: Message, *, now: datetime) -> None:
    """The case is worked on again: its low scores are settled. One query, within the caller's transaction."""
    Satisfaction.objects.filter(message=message, settled_at__isnull=True).update(settled_at=now)


@transaction.atomic
def keep(*, message_id: int, actor: Actor, reason: str, now: datetime) -> Satisfaction:
    """Leave the answer as it is in spite of the low score, with the reason."""
    message = locked(message_id=message_id, actor=actor)
    verdict = cooperation.may_settle(actor, message)
    if not verdict:
        raise NotAllowed(verdict.reason)
    given = Satisfaction.objects.filter(message=message, cycle=message.cycle, settled_at__isnull=True).first()
    if given is None or not is_low(given.score, message):
        raise WrongState("Решать нечего: низкой оценки нет или по ней уже решили.")
    reason = words(reason, field="reason", missing="Напишите, почему ответ оставлен как есть.")
    given.settled_at = now
    given.save(update_fields=["settled_at"])
    data = {"score": given.score, "cycle": given.cycle}
    record(message=message, code="low_score_kept", actor=actor, now=now, grant=verdict.grant, data=data, note=reason)
    return given
