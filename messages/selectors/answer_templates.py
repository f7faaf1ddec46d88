"""Answer templates: those that fit a case, in the order in which they are likely to be wanted, and the Center's list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from blocks.models import Center
from messages.models import AnswerTemplate, Message


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A template that fits a case, and why it stands where it does."""

    template: AnswerTemplate
    why: str


def suggested(message: Message) -> list[Suggestion]:
    """Templates that fit the case: for its topic, then its block, then its source, then any; the used ones first. One query."""
    fit = Case(When(topic__isnull=False, then=Value(4)), default=Value(0), output_field=IntegerField()) + Case(
        When(block__isnull=False, then=Value(2)), default=Value(0), output_field=IntegerField()
    )
    fit = fit + Case(When(source__isnull=False, then=Value(1)), default=Value(0), output_field=IntegerField())
    rows = (
        _open(message.center)
        .filter(Q(topic__isnull=True) | Q(topic=message.topic_id))
        .filter(Q(block__isnull=True) | Q(block=message.block_id))
        .filter(Q(source__isnull=True) | Q(source=message.source_id))
        .annotate(fit=fit)
        .order_by("-fit", "-used", "name")
    )
    return [Suggestion(row, _why(row)) for row in rows[:40]]


def templates_of(center: Center) -> list[AnswerTemplate]:
    """All templates in force. One query."""
    return list(_open(center).order_by("name"))


def find_template(center: Center, pk: int) -> AnswerTemplate | None:
    return _open(center).filter(pk=pk).first()


def bounds_words(template: AnswerTemplate) -> str:
    """For what the template is, in words."""
    return ", ".join(_named(template)) or "для любых ответов"


def _open(center: Center) -> QuerySet[AnswerTemplate]:
    rows = AnswerTemplate.objects.filter(center=center, closed_at__isnull=True)
    return rows.select_related("source", "block", "topic", "created_by")


def _why(template: AnswerTemplate) -> str:
    if template.topic:
        return "по теме"
    if template.block:
        return "по блоку"
    return "по источнику" if template.source else "общий"


def _named(template: AnswerTemplate) -> Iterable[str]:
    if template.topic:
        yield f"тема «{template.topic.name}»"
    if template.block:
        yield f"блок «{template.block.short}»"
    if template.source:
        yield template.source.short
