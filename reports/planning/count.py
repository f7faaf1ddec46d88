"""The numbers of a slice, by the definitions of ``reports.cases``. One query, whatever the size."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib.postgres.search import SearchQuery
from django.db.models import Count, Q, QuerySet, Sum, Value
from django.db.models.expressions import Combinable

from messages.models import Message
from messages.models.case import YO
from reports import answers, cases, present
from reports.cases import UNKNOWN
from reports.heat import kept
from reports.paper import Form
from reports.planning.slices import Dimension, Slice, place

FEWEST: Final = 3  # cases at one address: of fewer it would tell of a person, not of a place
MOST_ADDRESSES: Final = 200
OTHERS: Final = "прочие адреса"
Key = tuple[str, str]
_EACH: Final = Count("pk")


@dataclass(frozen=True, slots=True)
class Sum2:
    """A number and, of a share or a mean, what it is divided by."""

    number: float = 0
    of: int | None = None

    def __add__(self, other: Sum2) -> Sum2:
        of = None if self.of is None and other.of is None else (self.of or 0) + (other.of or 0)
        return Sum2(self.number + other.number, of)

    @property
    def value(self) -> float | None:
        """A count, a share or a mean; None where there is nothing to divide by."""
        if self.of is None:
            return self.number
        return self.number / self.of if self.of else None


Cells = dict[Key, Sum2]


def counted(asked: Slice, now: datetime) -> Cells:
    """Every cell with a number, by the keys of its row and column; few cases of one address stand together. One query."""
    found: Cells = defaultdict(Sum2)
    first, *others = [_grouped(asked, part) for part in _PARTS[asked.measure.code](asked, now)]
    has_of = asked.measure.form is not Form.COUNT
    for row, column, number, of in first.union(*others, all=True) if others else first:
        key = _said(asked.rows, row), _said(asked.columns, column) if asked.columns else ""
        found[key] += Sum2(number, of if has_of else None)
    return _pooled(found) if asked.rows.kind == "address" else dict(found)


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows to be counted: how they lead to the case, the field of their moment, what they add to a number and its divisor."""

    rows: QuerySet[Any]
    moment: str
    number: Combinable = _EACH
    of: Combinable = _EACH
    to_case: str = ""


def _received(asked: Slice, now: datetime) -> list[_Part]:
    return [_Part(cases.received(asked.center, asked.period.until(now)), "received_at")]


def _overdue(asked: Slice, now: datetime) -> list[_Part]:
    return [_Part(present.overdue(asked.center, now), "received_at")]


def _answered(asked: Slice, now: datetime) -> list[_Part]:
    return [_Part(part.answered, part.answer_at) for part in kept.parts(asked.center, asked.period.until(now))]


def _late(asked: Slice, now: datetime) -> list[_Part]:
    return [_Part(part.late, part.answer_at) for part in kept.parts(asked.center, asked.period.until(now))]


def _in_time(asked: Slice, now: datetime) -> list[_Part]:
    """Of those judged by a term, less the late ones."""
    parts = kept.parts(asked.center, asked.period.until(now))
    judged = [_Part(part.judged, part.answer_at) for part in parts]
    return judged + [_Part(part.late, part.answer_at, -1 * Count("pk"), 0 * Count("pk")) for part in parts]


def _score(asked: Slice, now: datetime) -> list[_Part]:
    given = answers.scores(asked.center, asked.period.until(now))
    return [_Part(given, "at", Sum("score"), to_case="message__")]


_PARTS: Final[dict[str, Callable[[Slice, datetime], list[_Part]]]] = {
    "received": _received,
    "answered": _answered,
    "in_time": _in_time,
    "late": _late,
    "score": _score,
    "overdue": _overdue,
}


def _grouped(asked: Slice, part: _Part) -> QuerySet[Any, Any]:
    of, tz = part.to_case, asked.center.tz
    rows = part.rows.filter(asked.scope(of))
    if asked.words and of:
        rows = rows.filter(message__in=_with_words(Message.objects.filter(center=asked.center), asked))
    elif asked.words:
        rows = _with_words(rows, asked)
    column = asked.columns.key(of, part.moment, tz) if asked.columns else Value("")
    grouped = rows.order_by().values(slice_row=asked.rows.key(of, part.moment, tz), slice_column=column)
    counted_rows: QuerySet[Any, Any] = grouped.annotate(slice_n=part.number, slice_of=part.of)
    return counted_rows.values_list("slice_row", "slice_column", "slice_n", "slice_of")


def _said(dimension: Dimension, key: Any) -> str:
    if dimension.kind == "time":
        return str(key.date().isoformat())
    if dimension.kind == "address":
        return " ".join(str(key).split())
    return UNKNOWN if key is None else str(key)


def _with_words(rows: QuerySet[Any], asked: Slice) -> QuerySet[Any]:
    """Words of the address: found by the index of texts and addresses, then held against the address without its flat."""
    words = re.findall(r"[^\W_]+", asked.words.translate(str.maketrans(*YO)))[:8]
    if not words:
        return rows
    raw = " & ".join(f"'{word}':*" if len(word) > 2 else f"'{word}'" for word in words)
    found = Q(search=SearchQuery(raw, config="russian", search_type="raw"))
    for word in words:
        # From the start of a word; a number whole, or «12» of a flat would be found in a house 112.
        shown = f"{word}\\M" if word.isdigit() else re.sub("[её]", "[её]", word[: max(len(word) - 2, 3)].lower())
        found &= Q(slice_place__iregex=f"\\m{shown}")
    narrowed: QuerySet[Any] = rows.alias(slice_place=place()).filter(found)
    return narrowed


def is_few(cells: Cells) -> bool:
    """Whether so few cases stand behind the cells that they tell of a person, not of a place."""
    return sum(_cases(one) for one in cells.values()) < FEWEST


def _cases(one: Sum2) -> float:
    return one.number if one.of is None else one.of


def _pooled(found: Cells) -> Cells:
    """The addresses with most cases by name; those with few, and the rest beyond the limit, together."""
    sizes: dict[str, float] = defaultdict(float)
    for (row, _), one in found.items():
        sizes[row] += _cases(one)
    named = sorted((row for row in sizes if row and sizes[row] >= FEWEST), key=lambda row: (-sizes[row], row))[:MOST_ADDRESSES]
    kept_names = {*named, ""}
    pooled: Cells = defaultdict(Sum2)
    for (row, column), one in found.items():
        pooled[row if row in kept_names else OTHERS, column] += one
    return dict(pooled)
