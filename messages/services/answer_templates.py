"""Answer templates: kept by those who answer for the Center, a source or a block; put into an answer with fields filled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.dateformat import format as format_date

from blocks.actors import Actor
from blocks.models import Block, Center, Source, Topic
from mcu.errors import Invalid, NotAllowed, NotFound
from mcu.text import clean_text
from messages import policies
from messages.answer_fields import NAME, Filled, fill, named, problem_of
from messages.masking import mask_for
from messages.models import AnswerTemplate, Applicant, ContactAccess, Deadline, Message
from messages.services.case import by_person
from messages.services.reply import MAX_REPLY

MAX_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class Bounds:
    """For what a template is; nothing named: for any answer."""

    source_id: int | None = None
    block_id: int | None = None
    topic_id: int | None = None


@transaction.atomic
def save_template(
    *, center: Center, actor: Actor, name: str, text: str, bounds: Bounds, template_id: int | None = None, now: datetime
) -> AnswerTemplate:
    """Make a template or change it. Who keeps it must keep it both as it was and as it becomes. Raises ``Invalid`` by field."""
    row = AnswerTemplate(center=center, created_by_id=by_person(actor), created_at=now)
    if template_id is not None:
        row = _kept(center, actor, template_id)
    _require(actor, center, bounds.source_id, bounds.block_id)
    row.name, row.text = _words(name, text)
    row.source = _one(Source, center, bounds.source_id, "source")
    row.block = _one(Block, center, bounds.block_id, "block")
    row.topic = _one(Topic, center, bounds.topic_id, "topic")
    if row.topic and row.block and row.topic.block_id != row.block_id:
        problem = f"Тема «{row.topic.name}» не этого блока: выберите её блок или оставьте блок пустым."
        raise Invalid(problem, {"topic": problem})
    same = AnswerTemplate.objects.filter(center=center, name=row.name, closed_at__isnull=True).exclude(pk=row.pk)
    if same.exists():
        problem = f"Шаблон «{row.name}» уже есть: назовите этот иначе."
        raise Invalid(problem, {"name": problem})
    row.changed_at = now
    row.save()
    return row


@transaction.atomic
def close_template(*, center: Center, actor: Actor, template_id: int, now: datetime) -> AnswerTemplate:
    """Take a template out of use; answers written from it stay as they are."""
    row = _kept(center, actor, template_id)
    row.closed_at = row.changed_at = now
    row.save()
    return row


@transaction.atomic
def use_template(*, message_id: int, template_id: int, actor: Actor, now: datetime) -> Filled:
    """The template's text for this case. The use is counted; a name put into it is a showing of personal data."""
    message = (
        Message.objects.visible_to(actor)
        .select_related("center", "source", "block", "topic", "settlement", "responsible")
        .filter(pk=message_id)
        .first()
    )
    if message is None:
        raise NotFound("Такого дела нет среди тех, что вам видны.")
    verdict = policies.may_edit_draft(actor, message)
    if not verdict:
        raise NotAllowed(verdict.reason)
    rows = AnswerTemplate.objects.filter(center_id=message.center_id, pk=template_id, closed_at__isnull=True)
    template = rows.first()
    if template is None:
        raise NotFound("Этого шаблона больше нет: его убрали. Выберите другой.")
    rows.update(used=F("used") + 1, used_at=now)
    fields = named(template.text)
    values = _values(message, actor)
    if "срок" in fields:
        values["срок"] = _due(message)
    if NAME in fields:
        values[NAME] = _name(message, actor, now)
    return fill(template.text, values)


def preview(text: str) -> Filled:
    """How a template reads, with an invented case."""
    sample = {
        "номер": "ОКТ-2026-000123",
        "дата": "18 ноября 2026 года",
        "имя": "Анна Петровна Сидорова",
        "тема": "Уличное освещение",
        "срок": "25 ноября 2026 года",
        "блок": "Дорожное хозяйство и транспорт",
        "исполнитель": "Иванова А. П.",
        "адрес": "ул. Мира, 5",
    }
    return fill(text, sample)


def _values(message: Message, actor: Actor) -> dict[str, str]:
    place = mask_for(actor, message, message.address) or (
        message.settlement.name if message.settlement else message.settlement_words
    )
    return {
        "номер": message.outside_number or message.number,
        "дата": _day(message, message.received_at),
        "тема": message.topic.name if message.topic else message.topic_words,
        "блок": message.block.name if message.block else "",
        "исполнитель": message.responsible.short_name if message.responsible else actor.name,
        "адрес": place,
    }


def _due(message: Message) -> str:
    """The day of the answer's own term of the present cycle. One query."""
    rows = Deadline.objects.filter(message=message, cycle=message.cycle, void_at__isnull=True, internal=False)
    last = rows.order_by("-due_at").first()
    return _day(message, last.due_at) if last else ""


def _name(message: Message, actor: Actor, now: datetime) -> str:
    """The applicant's name for whoever may see it; the showing is written down."""
    verdict = policies.may_see_contacts(actor, message)
    applicant = Applicant.objects.filter(message=message).first() if verdict else None
    if applicant is None or not applicant.name or actor.user_id is None:
        return ""
    role = verdict.grant.role if verdict.grant else ""
    ContactAccess.objects.create(message=message, user_id=actor.user_id, role=role, at=now)
    return applicant.name


def _day(message: Message, moment: datetime) -> str:
    return format_date(timezone.localtime(moment, message.center.tz), "j E Y") + " года"


def _kept(center: Center, actor: Actor, template_id: int) -> AnswerTemplate:
    row = AnswerTemplate.objects.select_for_update().filter(center=center, pk=template_id, closed_at__isnull=True).first()
    if row is None:
        raise NotFound("Этого шаблона нет: возможно, его уже убрали.")
    _require(actor, center, row.source_id, row.block_id)
    return row


def _require(actor: Actor, center: Center, source_id: int | None, block_id: int | None) -> None:
    verdict = policies.may_keep_template(actor, center_id=center.pk, source_id=source_id, block_id=block_id)
    if not verdict:
        raise NotAllowed(verdict.reason)


def _words(name: str, text: str) -> tuple[str, str]:
    name, text = " ".join(clean_text(name).split()), clean_text(text)
    fields = {}
    if not name:
        fields["name"] = "Назовите шаблон: по названию его выбирают."
    elif len(name) > MAX_NAME:
        fields["name"] = f"Название длиннее {MAX_NAME} знаков: сократите его."
    if not text:
        fields["text"] = "Напишите текст шаблона."
    elif len(text) > MAX_REPLY:
        fields["text"] = f"Текст длиннее {MAX_REPLY} знаков: сократите его."
    elif problem := problem_of(text):
        fields["text"] = problem
    if fields:
        raise Invalid("Шаблон не сохранён.", fields)
    return name, text


def _one(model: Any, center: Center, pk: int | None, field: str) -> Any:
    if pk is None:
        return None
    row = model._default_manager.filter(center=center, pk=pk, closed_at__isnull=True).first()
    if row is None:
        problem = "Выберите значение из списка."
        raise Invalid(problem, {field: problem})
    return row
