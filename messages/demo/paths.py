"""After the play: the rarer paths on a few of its open cases, so that each can be seen and tried at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

from blocks import actors
from blocks.actors import Actor
from blocks.models import Center
from blocks.roles import Role
from blocks.selectors import roster_of
from mcu.models import User
from messages.models import Message, Regime
from messages.services import merging, progress, questions
from messages.workflow import State

PAIRS: Final = 3
PROMISED_IN: Final = timedelta(days=6)
_BEGUN: Final = (State.ASSIGNED, State.DRAFTING)


def walk(*, center: Center, now: datetime) -> None:
    """Merge what is about the same thing, promise an answer where it is long in coming, ask applicants, extend one appeal."""
    people = _People(center, now)
    _merge(center, people, now)
    _promise(center, people, now)
    _ask(center, people, now)
    _extend(center, people, now)


class _People:
    """Those of the Center today, as actors."""

    def __init__(self, center: Center, now: datetime) -> None:
        self.center, self.now = center, now
        self.roster = roster_of(center, now)

    def first(self, users: Iterable[int]) -> Actor:
        user = User.objects.get(pk=min(users))
        return actors.person(user=user, center=self.center, now=self.now)

    @property
    def head(self) -> Actor:
        return self.first(self.roster.in_roles(Role.HEAD))


def _merge(center: Center, people: _People, now: datetime) -> None:
    """The younger of two open messages on one topic under the older one; a Center without such takes those of one block."""
    rows = list(
        Message.objects.filter(center=center, state__in=[State.RECEIVED, *_BEGUN], regime=Regime.MESSAGE, topic__isnull=False)
        .select_related("topic")
        .order_by("topic__block", "topic", "received_at")
    )
    pairs = _pairs(rows, lambda row: row.topic_id) or _pairs(rows, lambda row: row.topic.block_id if row.topic else None)[:1]
    for leading, message in pairs[:PAIRS]:
        merging.merge(message_id=message.pk, leading_id=leading.pk, actor=people.head, now=now)


def _pairs(rows: list[Message], subject: Callable[[Message], int | None]) -> list[tuple[Message, Message]]:
    """Neighbours on one subject, where the first is begun; each message in one pair at most.

    Taken from another block a case could leave somebody of that block without a single one to look at.
    """
    found, leading = [], None
    for message in rows:
        if (
            leading is not None
            and leading.state in _BEGUN
            and subject(leading) == subject(message)
            and message.block_id in (None, leading.block_id)
        ):
            found.append((leading, message))
            leading = None
        else:
            leading = message
    return found


def _promise(center: Center, people: _People, now: datetime) -> None:
    """Of what is answered in days: the two in work longest."""
    rows = (
        Message.objects.filter(center=center, state=State.DRAFTING, regime=Regime.MESSAGE, source__code="pos")
        .select_related("center", "source", "block")
        .order_by("received_at")[:2]
    )
    day = (now + PROMISED_IN).astimezone(center.tz).date()
    for message in rows:
        progress.interim(
            message_id=message.pk,
            actor=people.first(people.roster.publishers(message)),
            text=f"Здравствуйте! Вопрос в работе: назначено обследование, подрядчик вызван. Итоги сообщим до {day:%d.%m.%Y}.",
            promised_on=day,
            delivery="личный кабинет заявителя на ПОС",
            now=now,
        )


def _ask(center: Center, people: _People, now: datetime) -> None:
    """Of what is in work: one applicant has answered, another is waited for."""
    rows = (
        Message.objects.filter(center=center, state__in=_BEGUN, regime=Regime.MESSAGE, interims=None, merged=None)
        .select_related("center", "source", "block")
        .order_by("-received_at")[:2]
    )
    for answered, message in enumerate(rows):
        handed = message.handed_over_at or now
        actor = people.first(people.roster.publishers(message))
        questions.ask(
            message_id=message.pk,
            actor=actor,
            text="Здравствуйте! Чтобы ответить по существу, уточните, пожалуйста, точное место: дом, подъезд или ориентир.",
            delivery="личным сообщением",
            asked_at=handed + (now - handed) * 0.5,
            now=now,
        )
        if answered:
            said = "У второго подъезда, со стороны двора. Фотографию приложил к первому сообщению."
            questions.hear(message_id=message.pk, actor=actor, text=said, answered_at=handed + (now - handed) * 0.9, now=now)


def _extend(center: Center, people: _People, now: datetime) -> None:
    """The appeal in work longest whose term still runs."""
    message = (
        Message.objects.filter(center=center, state__in=_BEGUN, regime=Regime.APPEAL, next_due_at__gt=now)
        .order_by("received_at")
        .first()
    )
    if message is not None:
        reason = "Запрошены сведения в Росреестре (59-ФЗ ст. 12 ч. 2); без них ответить по существу нельзя."
        progress.extend(message_id=message.pk, actor=people.head, days=15, reason=reason, applicant_told=True, now=now)
