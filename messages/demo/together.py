"""After the play: what colleagues said to each other, parts of answers from other blocks, pictures, applicants' scores."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.core.files.base import ContentFile
from django.db.models import Max
from PIL import Image, ImageDraw

from blocks import actors
from blocks.actors import Actor
from blocks.models import Block, Center
from blocks.selectors import Roster, roster_of
from mcu import uploads
from mcu.errors import Invalid
from mcu.models import User
from messages.demo.rhythm import Chance
from messages.models import Attachment, Message, Part
from messages.services import attachments, comments, open_parts, parts, satisfaction
from messages.services.notices import holders
from messages.services.parts import Question
from messages.workflow import State

MINUTE: Final = timedelta(minutes=1)
SCORED: Final = 24
TALKED_OF: Final = 5
SEEN: Final = 4
_BEGUN: Final = (State.ASSIGNED, State.DRAFTING)

_SAID: Final = (
    "@{name}, заявитель уже обращался по этому адресу весной: проверьте, что тогда обещали.",
    "Звонил подрядчик: бригада выйдет завтра с утра. @{name}, можно называть этот срок в ответе.",
    "@{name}, фото заявителя приложены. Если нужно, запросите у соседнего блока их часть.",
    "Прошу не затягивать: сообщение обсуждают в группе посёлка. @{name}, ответ нужен сегодня.",
    "Проверил на месте, всё так, как пишет заявитель. @{name}, акт будет к вечеру.",
)
_PRAISE: Final = ("", "Спасибо, сделали быстро.", "", "Ответили по делу.", "", "Теперь светло.")
_BLAME: Final = ("Ответили, но ничего не изменилось.", "Отписка: срок не назван.")


def talk(*, center: Center, now: datetime) -> None:
    """Fill a few cases of the Center with what people do about them together."""
    people = _People(center, now)
    _score(center, now)
    _show(center, people, now)
    _share(center, people, now)
    _say(center, people, now)


class _People:
    """Those of the Center today, as actors."""

    def __init__(self, center: Center, now: datetime) -> None:
        self.center, self.now = center, now
        self.roster: Roster = roster_of(center, now)

    def first(self, users: Iterable[int]) -> Actor | None:
        chosen = min(users, default=None)
        if chosen is None:
            return None
        return actors.person(user=User.objects.get(pk=chosen), center=self.center, now=self.now)


def _score(center: Center, now: datetime) -> None:
    """Of those answered last: most are content, every eighth is not."""
    rows = (
        Message.objects.filter(center=center, state__in=[State.ANSWERED, State.CLOSED])
        .select_related("center")
        .annotate(last=Max("events__at"))
        .order_by("-answered_at")[: SCORED * 2 : 2]
    )
    for place, message in enumerate(rows):
        chance = Chance(f"score {message.number}")
        score, text = chance_of(chance, place)
        token = satisfaction.link_of(message).rstrip("/").rpartition("/")[2]
        at = min(vars(message)["last"] + chance.minutes("after", 20, 900), now)
        satisfaction.rate_by_link(token=token, score=score, text=text, now=at)


def chance_of(chance: Chance, place: int) -> tuple[int, str]:
    """A score with its words."""
    if place % 8 == 3:
        return 1 + int(chance.share("low") * 2), _BLAME[place % len(_BLAME)]
    return 3 + int(chance.share("score") * 2.9), _PRAISE[place % len(_PRAISE)]


def _open_cases(center: Center, now: datetime) -> list[tuple[Message, datetime]]:
    """Cases in work for some hours, and when something last happened to each."""
    rows = (
        Message.objects.filter(center=center, state__in=_BEGUN, merged__isnull=True)
        .select_related("center", "source", "block")
        .annotate(last=Max("events__at"))
        .filter(last__lt=now - timedelta(minutes=40))
        .order_by("-last")
    )
    return [(message, vars(message)["last"]) for message in rows]


def _share(center: Center, people: _People, now: datetime) -> None:
    """Parts of three answers: one given in time, one late, one still awaited."""
    blocks = list(
        Block.objects.filter(center=center, closed_at__isnull=True, memberships__isnull=False).distinct().order_by("order")
    )
    for place, (message, last) in enumerate(_open_cases(center, now)[:3]):
        asker = people.first(people.roster.responsibles(message) or people.roster.block_curators(message))
        block = next((row for row in blocks if row.pk != message.block_id), None)
        if asker is None or block is None:
            continue
        span = now - last
        questions = [Question(block.pk, "Дайте вашу часть: что сделано по этому адресу и когда закончите.")]
        due = last + span * (0.9, 0.5, 0.0)[place] if place < 2 else None
        try:
            (part,) = parts.ask(
                message_id=message.pk, actor=asker, questions=questions, due_at=due, now=last + span * 0.1 if due else now
            )
        except Invalid:  # the case's own term stands too near: nothing is asked
            continue
        _answer(part, people, at=last + span * 0.6, place=place)


def _answer(part: Part, people: _People, *, at: datetime, place: int) -> None:
    if place == 1:
        open_parts.sweep_late(now=part.due_at + MINUTE)
    elif place == 0 and (giver := people.first(open_parts.people_of(part, people.roster))) is not None:
        text = "По нашей части: осмотр проведён, работы внесены в план, закончим в течение двух недель."
        parts.give(message_id=part.message_id, part_id=part.pk, actor=giver, text=text, now=at)


def _show(center: Center, people: _People, now: datetime) -> None:
    """Pictures of the applicants, drawn for the occasion."""
    for number, (message, last) in enumerate(_open_cases(center, now)[3 : 3 + SEEN]):
        sorter = people.first(people.roster.source_curators(message))
        if sorter is None:
            continue
        accepted = uploads.accept(ContentFile(_picture(number), name=f"фото-{number + 1}.jpg"))
        with attachments.stored(accepted) as file:
            kind = Attachment.Kind.MESSAGE.value
            attachments.add(message_id=message.pk, actor=sorter, kind=kind, files=[file], now=last + (now - last) * 0.3)


def _picture(number: int) -> bytes:
    """A street at dusk with a lamp: nothing real."""
    picture = Image.new("RGB", (640, 480), (96, 112 + number * 12, 136))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 330, 640, 480), fill=(72, 72, 76))
    draw.rectangle((60 + number * 40, 160, 240 + number * 40, 330), fill=(140, 116, 98))
    draw.polygon([(50 + number * 40, 160), (150 + number * 40, 90), (250 + number * 40, 160)], fill=(94, 64, 58))
    draw.rectangle((470, 120, 480, 350), fill=(40, 40, 44))
    draw.ellipse((455, 96, 495, 136), fill=(66, 66, 70))
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=80)
    return content.getvalue()


def _say(center: Center, people: _People, now: datetime) -> None:
    """A word to whoever holds the case."""
    for place, (message, _) in enumerate(_open_cases(center, now)[:TALKED_OF]):
        author = people.first(people.roster.source_curators(message))
        names = people.roster.names_of(holders(message, people.roster))
        if author is not None and names:
            text = _SAID[place % len(_SAID)].format(name=names[0])
            comments.add(message_id=message.pk, actor=author, text=text, now=now - MINUTE * (place + 2))
