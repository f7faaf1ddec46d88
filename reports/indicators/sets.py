"""The sets that indicators are divided of, each with the clause it follows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from blocks.actors import ActorKind
from blocks.models import Center, Recipient, RoadmapMeasure
from blocks.models.roadmaps import RoadmapMeasureQuerySet
from messages.models import Message, MessageEvent
from messages.models.history import DELIVERED
from messages.workflow import ASSIGN
from reports.cases import with_answer
from reports.models import Publication, PublicHearing, ResidentDecision
from reports.models.registers.public import DecisionQuerySet, HearingQuerySet
from reports.periods import Stretch

_INSTANT: Final = timedelta(microseconds=1)
BY_HAND: Final = (ActorKind.PERSON, ActorKind.CLIENT)


def fast_track(center: Center, period: Stretch) -> QuerySet[Message]:
    """Answered in the period, fast track (ОКТ КПЭ 1): the numerator; the denominator is all that was answered."""
    return with_answer(center, period).filter(fast_track=True)


def first_assigns(center: Center, period: Stretch) -> QuerySet[MessageEvent]:
    """Lines of history that first handed their case over to a block, made in the period.

    A case received within the period can have no earlier one; only the few received before it are asked about the past.
    """
    assigns = MessageEvent.objects.filter(code=ASSIGN.name)
    of_case = assigns.filter(message=OuterRef("message"))
    earlier = Q(at__lt=OuterRef("at")) | Q(at=OuterRef("at"), pk__lt=OuterRef("pk"))
    before = Q(message__received_at__lt=period.start) & Q(Exists(of_case.filter(at__lt=period.start)))
    return (
        assigns.filter(period.holds("at"), message__center=center)
        .filter(~Exists(of_case.filter(earlier, at__gte=period.start)))
        .filter(~before)
    )


def made_by_rule(first: QuerySet[MessageEvent], period: Stretch) -> QuerySet[MessageEvent]:
    """Of first hand-overs, those by an auto-rule that named the executor, whose cases nobody handed on by hand since."""
    by_hand = MessageEvent.objects.filter(
        code=ASSIGN.name, actor_kind__in=BY_HAND, at__gte=period.start, message=OuterRef("message")
    )
    return first.filter(DELIVERED).filter(~Exists(by_hand))


def handed_over(center: Center, period: Stretch) -> QuerySet[Message]:
    """Handed over to a block for the first time in the period (ОКТ КПЭ 2): the denominator."""
    return Message.objects.filter(center=center, pk__in=first_assigns(center, period).values("message"))


def delivered(center: Center, period: Stretch) -> QuerySet[Message]:
    """Of these, brought to the final executor by an auto-rule and not re-assigned by hand (ОКТ КПЭ 2): the numerator."""
    made = made_by_rule(first_assigns(center, period), period)
    return Message.objects.filter(center=center, pk__in=made.values("message"))


def recipients(center: Center, period: Stretch) -> QuerySet[Recipient]:
    """Recipients in force at the end of the period (ОКТ КПЭ 3): the denominator."""
    return Recipient.objects.filter(Q(closed_at__isnull=True) | Q(closed_at__gte=period.end), center=center)


def publications(center: Center, period: Stretch) -> QuerySet[Publication]:
    """What recipients published in social networks in the period."""
    return Publication.objects.filter(center=center).published().in_period(period, center.tz)


def informing(center: Center, period: Stretch) -> QuerySet[Recipient]:
    """Of these, with a publication in social networks in the period (ОКТ КПЭ 3): the numerator."""
    return recipients(center, period).filter(Exists(publications(center, period).filter(recipient=OuterRef("pk"))))


def decisions(center: Center, period: Stretch) -> DecisionQuerySet:
    """Decided with residents through the ПОС in the period (ОКТ КПЭ 4): the denominator."""
    return ResidentDecision.objects.filter(center=center).via_pos().in_period(period, center.tz)


def announced(center: Center, period: Stretch) -> DecisionQuerySet:
    """Of these, whose execution residents were told of by the period's end (ОКТ КПЭ 4): the numerator."""
    return decisions(center, period).announced(until=last_day(center, period))


def done_measures(center: Center, day: date) -> RoadmapMeasureQuerySet:
    """Measures of roadmaps carried out by the end of the day."""
    return RoadmapMeasure.objects.filter(center=center).done_by(day)


def with_measure(center: Center, period: Stretch) -> QuerySet[Message]:
    """Answered in the period, a measure for the topic and the territory done by its end (ОКТ КПЭ 5): the numerator."""
    there = done_measures(center, last_day(center, period)).covering(topic=OuterRef("topic"), settlement=OuterRef("settlement"))
    return with_answer(center, period).filter(Exists(there))


def controlled(center: Center, period: Stretch) -> QuerySet[Message]:
    """Answered in the period with a mark of automated control (ОКТ КПЭ 6): the numerator."""
    return with_answer(center, period).exclude(control="")


def hearings(center: Center, period: Stretch) -> HearingQuerySet:
    """Public hearings held in the period (ОКТ КПЭ 7): the denominator."""
    return PublicHearing.objects.filter(center=center).valid().in_period(period, center.tz)


def hearings_with_pos(center: Center, period: Stretch) -> HearingQuerySet:
    """Of these, held with the ПОС (ОКТ КПЭ 7): the numerator."""
    return hearings(center, period).with_pos()


def last_day(center: Center, period: Stretch) -> date:
    """The last local day that the period has anything of."""
    return (period.end - _INSTANT).astimezone(center.tz).date()
