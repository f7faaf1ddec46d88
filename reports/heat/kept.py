"""Answers of a long period told kept or late by sets: what ``answers.answered`` says of each case, for a whole year."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from blocks.models import Center
from messages.models import Deadline, Message
from messages.models.deadline import JUDGED, NOT_MET
from reports import answers
from reports.periods import Stretch


@dataclass(frozen=True, slots=True)
class Part:
    """Answered cases; those of them with a term that «в срок» is judged by; of these, the late ones."""

    answered: QuerySet[Message]
    judged: QuerySet[Message]
    late: QuerySet[Message]
    answer_at: str  # the field with the moment of the answer


def parts(center: Center, stretch: Stretch) -> tuple[Part, Part]:
    """Cases never reopened and the others, none in both.

    Nearly all were never reopened: their terms are all of one cycle, so that PostgreSQL joins cases and terms at once
    instead of looking up the terms of each. The few others are looked at one by one.
    """
    own = Deadline.objects.filter(message=OuterRef("pk"))
    first = answers.last_answers(center, stretch).filter(cycle=0)
    again = answers.answered(center, stretch).filter(cycle__gt=0)
    return (
        Part(
            first,
            first.filter(Exists(own.filter(JUDGED))),
            first.filter(Exists(own.filter(NOT_MET))),
            "answered_at",
        ),
        Part(again, again.filter(Q(has_term=True) | Q(is_late=True)), again.filter(is_late=True), "answer_at"),
    )
