"""Rating of recipients (КОР 3.2 2), 2.5 2), 2.6 2), 2.8 2); R145, R130, R134, R141): terms, completeness, scores, repeats.

0…100 points: the weights of the charter times four parts of 0…1 — answered in time of answered with a term; the mean mark
of completeness of 2; the mean score, from 1 to 5; answered and not reopened since. A part without data drops out and the
others are weighed anew. Whoever answered fewer than the charter's least is counted but not ranked (requirements, section 0).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Q, QuerySet, Sum

from blocks.charters.settings_schema import Rating, settings_of
from blocks.models import Center, Recipient, Source
from messages.models import Completeness, Message
from reports import answers, cases
from reports.cases import CaseFigure
from reports.periods import Period, Stretch

PARTS: Final = ("in_time", "completeness", "satisfaction", "no_repeats")
_BEST: Final = Completeness.FULL.value
_LOWEST, _SCORES = 1, 4  # the score that is worth nothing, and how many steps lead to the best


def kept(center: Center, period: Stretch) -> QuerySet[Message]:
    """Отвечено без возврата: answered in the period and not reopened since, or the answer would not stand (КОР 3.2 2))."""
    return answers.last_answers(center, period)


# What came back is the rest of what was answered in the period: its present answer is of another time, or there is none.
RATING_FIGURES: Final = {
    "kept": CaseFigure("Отвечено и не вернулось", kept),
    "came_back": CaseFigure("Отвечено и вернулось", answers.earlier_answers),
}


@dataclass(slots=True)
class Work:
    """What a recipient did in a period."""

    received: int = 0
    answered: int = 0
    in_time: int = 0
    late: int = 0
    complete: int = 0
    part: int = 0
    formal: int = 0
    scores: int = 0
    points: int = 0  # of the scores together
    kept: int = 0

    def parts(self) -> dict[str, float | None]:
        """The four parts of the rating, 0…1; None where there is nothing to tell by."""
        marks = self.complete + self.part + self.formal
        return {
            "in_time": _share(self.in_time, self.in_time + self.late),
            "completeness": _share(_BEST * self.complete + self.part, _BEST * marks),
            "satisfaction": _share(self.points - _LOWEST * self.scores, _SCORES * self.scores),
            "no_repeats": _share(self.kept, self.answered),
        }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def points(parts: Mapping[str, float | None], weights: Rating) -> float | None:
    """0…100 with two decimals, by the parts that there are; None where there is none or they weigh nothing."""
    known = {name: value for name, value in parts.items() if value is not None}
    weight: float = sum(getattr(weights, name) for name in known)
    if not weight:
        return None
    total: float = sum(getattr(weights, name) * value for name, value in known.items())
    return round(100 * total / weight, 2)


def places(scores: Mapping[int, float]) -> dict[int, int]:
    """The place of each: equal points share the place, the next one is as many further."""
    ordered = sorted(scores.values(), reverse=True)
    return {key: ordered.index(score) + 1 for key, score in scores.items()}


def count_rating(center: Center, period: Period, source: Source | None = None) -> dict[str, Any]:
    """The rating of a month as plain data: ranked by place, then who is not ranked. Seven queries."""
    weights = settings_of(center.settings).rating
    now, before = worked(center, period, source), worked(center, period.previous(), source)
    ranked = places(_ranked(now, weights))
    earlier = places(_ranked(before, weights))
    names = {row.pk: row.short or row.name for row in Recipient.objects.filter(center=center)}
    rows = [
        _row(key, names[key], work, weights) | {"place": ranked.get(key), "before": earlier.get(key)}
        for key, work in now.items()
        if key is not None
    ]
    rows.sort(key=lambda row: (row["place"] is None, row["place"], -row["work"]["answered"], row["name"]))
    nobody = now.get(None, Work())
    return {
        "period": period.code,
        "source": str(source.pk) if source else "",
        "weights": {name: getattr(weights, name) for name in PARTS},
        "least": weights.min_messages,
        "rows": rows,
        "unassigned": nobody.answered,
    }


def _ranked(work: Mapping[int | None, Work], weights: Rating) -> dict[int, float]:
    found = {
        key: points(one.parts(), weights)
        for key, one in work.items()
        if key is not None and one.answered >= weights.min_messages
    }
    return {key: score for key, score in found.items() if score is not None}


def _row(key: int, name: str, work: Work, weights: Rating) -> dict[str, Any]:
    parts = work.parts()
    marks = work.complete + work.part + work.formal
    return {
        "key": str(key),
        "name": name,
        "points": points(parts, weights),
        "parts": {part: None if value is None else round(value, 6) for part, value in parts.items()},
        "mark": round((_BEST * work.complete + work.part) / marks, 2) if marks else None,
        "score": round(work.points / work.scores, 2) if work.scores else None,
        "work": {
            "received": work.received,
            "answered": work.answered,
            "in_time": work.in_time,
            "late": work.late,
            "complete": work.complete,
            "part": work.part,
            "formal": work.formal,
            "scored": work.scores,
            "kept": work.kept,
            "repeats": work.answered - work.kept,
        },
    }


def worked(center: Center, period: Stretch, source: Source | None) -> dict[int | None, Work]:
    """What each recipient did in the period; under None, cases of no recipient. Three queries."""
    found: dict[int | None, Work] = defaultdict(Work)
    own = {} if source is None else {"source": source}
    for cell in _by_recipient(cases.received(center, period).filter(**own), "recipient_id", n=Count("pk")):
        found[cell["recipient_id"]].received = cell["n"]
    counted = _ANSWERS | {"kept": Count("pk", filter=period.holds("answered_at"))}
    for cell in _by_recipient(answers.answered(center, period).filter(**own), "recipient_id", **counted):
        work = found[cell["recipient_id"]]
        for name in counted:
            setattr(work, name, cell[name])
    of_source = {} if source is None else {"message__source": source}
    scores = answers.scores(center, period).filter(**of_source)
    for cell in _by_recipient(scores, "message__recipient_id", scores=Count("pk"), points=Sum("score")):
        work = found[cell["message__recipient_id"]]
        work.scores, work.points = cell["scores"], cell["points"]
    return dict(found)


def _by_recipient(rows: QuerySet[Any], field: str, **counted: Any) -> Iterable[dict[str, Any]]:
    found: Iterable[dict[str, Any]] = rows.order_by().values(field).annotate(**counted)
    return found


_ANSWERS: Final = {
    "answered": Count("pk"),
    "in_time": Count("pk", filter=Q(has_term=True, is_late=False)),
    "late": Count("pk", filter=Q(is_late=True)),
    "complete": Count("pk", filter=Q(completeness=Completeness.FULL)),
    "part": Count("pk", filter=Q(completeness=Completeness.PART)),
    "formal": Count("pk", filter=Q(completeness=Completeness.FORMAL)),
}
