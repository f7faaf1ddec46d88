"""How many came in and how many were answered, week by week: the counts of reports.cases for many weeks in few passes."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Case, Count, F, IntegerField, Value, When
from django.db.models.functions import Coalesce

from blocks.models import Center
from messages.models import Message, MessageEvent
from messages.workflow import SEND
from reports.cases import POSTED
from reports.panels.numbers import Branch, Numbers
from reports.periods import Span, Week

WEEKS = 8
_NONE = -1


def weeks_to(week: Week, number: int = WEEKS) -> list[Week]:
    """So many weeks, the given one last."""
    return [week.previous(back) for back in range(number - 1, -1, -1)]


def branches(center: Center, weeks: Sequence[Week]) -> list[Branch]:
    """``flow_received`` and ``flow_answered`` by the place of the week in the list.

    Equal to ``received`` and ``answered`` of reports.cases for each of the weeks (tests/reports/test_present.py): an answer
    of an earlier cycle is found in the history, and a case answered twice in a week counts once.
    """
    whole = Span(weeks[0].start, weeks[-1].end)
    sent = MessageEvent.objects.filter(
        code=SEND.name, at__gte=whole.start, message__center=center, message__cycle__gt=0
    ).annotate(posted=POSTED)
    earlier = (
        sent.filter(whole.holds("posted"))
        .alias(posted_week=_place("posted", weeks), last_week=_place("message__answered_at", weeks))
        .exclude(posted_week=F("last_week"))
    )
    return [
        Branch(
            "flow_received", Message.objects.filter(whole.holds("received_at"), center=center), _place("received_at", weeks)
        ),
        Branch(
            "flow_answered", Message.objects.filter(whole.holds("answered_at"), center=center), _place("answered_at", weeks)
        ),
        Branch("flow_answered", earlier, _place("posted", weeks), n=Count("message", distinct=True)),
    ]


def series(numbers: Numbers, weeks: Sequence[Week]) -> list[tuple[Week, int, int]]:
    """(week, received, answered), oldest first."""
    received, answered = numbers.by_first("flow_received"), numbers.by_first("flow_answered")
    return [(week, received.get(place, 0), answered.get(place, 0)) for place, week in enumerate(weeks)]


def _place(field: str, weeks: Sequence[Week]) -> Coalesce:
    """The place of the week that holds the field's moment."""
    whens = [When(week.holds(field), then=Value(place)) for place, week in enumerate(weeks)]
    return Coalesce(Case(*whens, output_field=IntegerField()), Value(_NONE))
