"""What the forecast of lateness says, in words: of one term, of the rows of a list, and how it has done before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Case, F, JSONField, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, JSONObject

from blocks.models import Center
from mcu.durations import duration
from mcu.templatetags.mcu_ui import NBSP, num, percent, words
from messages.forecast import CHECKED, ENOUGH
from messages.models import Deadline, ForecastCheck, MessageEvent, Pace
from messages.terms.chip import LIKELY
from messages.workflow import State

_STAGES: Final = {
    State.RECEIVED: "разбор",
    State.ASSIGNED: "взятие в работу",
    State.DRAFTING: "подготовка ответа",
    State.BLOCK_APPROVAL: "согласование",
    State.HEAD_APPROVAL: "утверждение",
    State.APPROVED: "отправка",
    State.MERGED: "ожидание общего ответа",
}
_NARROWER: Final = {"topic": "по этой теме", "block": "в этом блоке", "source": "по этому источнику"}
_ENOUGH_FOR_SHARE: Final = 10
_DAYS: Final = CHECKED.days


@dataclass(frozen=True, slots=True)
class Explanation:
    """The chance of one term to be missed, with why it is so: how long such cases stand where this one does."""

    chance: int
    why: str

    @property
    def is_likely(self) -> bool:
        return self.chance >= LIKELY

    def __str__(self) -> str:
        return f"Вероятность опоздания {self.chance}{NBSP}%: {self.why}"


@dataclass(frozen=True, slots=True)
class Quality:
    """How the forecast did on terms that ended lately, learned before them; 0 of them: it was never tried."""

    terms: int = 0
    late: int = 0
    named: int = 0
    hits: int = 0

    @property
    def is_known(self) -> bool:
        return self.terms >= ENOUGH

    def __str__(self) -> str:
        if not self.is_known:
            return f"Прогноз ещё не проверен: за {_DAYS}{NBSP}дней закончилось меньше {ENOUGH}{NBSP}сроков."
        tried = words(self.terms, "сроке,сроках,сроках")
        return f"Прогноз проверен на {tried} за {_DAYS}{NBSP}дней: {self._precision}, {self._recall}."

    @property
    def _precision(self) -> str:
        if not self.named:
            return "ни один заранее не назван"
        return f"из {num(self.named)} названных опоздали {num(self.hits)}{_share(self.hits, self.named)}"

    @property
    def _recall(self) -> str:
        if not self.late:
            return "опоздавших не было"
        return f"из {num(self.late)} опоздавших заранее названы {num(self.hits)}{_share(self.hits, self.late)}"


def _share(part: int, whole: int) -> str:
    """In per cent, where there are enough of them for it to say anything."""
    return f" ({percent(part / whole)})" if whole >= _ENOUGH_FOR_SHARE else ""


def explanation(deadline: Deadline, *, now: datetime) -> Explanation | None:
    """Why a term has its chance; None where the forecast says nothing of it. One query."""
    if not _is_told(deadline, now):
        return None
    return explained(with_reasons(Deadline.objects.filter(pk=deadline.pk)).get(), now=now)


def explained(deadline: Deadline, *, now: datetime) -> Explanation | None:
    """The same for a term that was read ``with_reasons``. No query."""
    if not _is_told(deadline, now):
        return None
    read = vars(deadline)
    rest = f"здесь уже {_long(now - read['entered_at'])}, осталось {_long(deadline.due_at - now)}"
    return Explanation(deadline.chance or 0, _usually(read["stage_pace"]) + rest)


def with_reasons(terms: QuerySet[Deadline]) -> QuerySet[Deadline]:
    """Terms with what ``explained`` reads, in the one query."""
    return terms.annotate(**reasons())


def reasons() -> dict[str, Combinable]:
    """When the case of a term came to where it stands, and how long the like have stood there.

    Of the groups with enough cases the narrowest tells, as in ``messages/forecast/groups.py``.
    """
    moves = MessageEvent.objects.filter(message=OuterRef("message")).exclude(to_state="").exclude(from_state=F("to_state"))
    like = Q(center=OuterRef("center"), kind=OuterRef("kind"), state=OuterRef("message__state"), count__gte=ENOUGH)
    for name in _NARROWER:
        like &= Q(**{f"{name}__isnull": True}) | Q(**{name: OuterRef(f"message__{name}")})
    narrowest = Pace.objects.filter(like).order_by(*(F(name).desc(nulls_last=True) for name in _NARROWER))
    told = {name: name for name in ("state", "stage_median", "stage_p90", *_NARROWER)}
    found = Subquery(narrowest.values(told=JSONObject(**told))[:1])
    return {
        "entered_at": Coalesce(Subquery(moves.order_by("-at", "-pk").values("at")[:1]), F("message__received_at")),
        "stage_pace": Case(When(chance__isnull=False, then=found), default=None, output_field=JSONField()),
    }


def last_check(center: Center) -> QuerySet[ForecastCheck]:
    """The last night's check of the Center, if there was any."""
    last = ForecastCheck.objects.filter(center=center).order_by("-at").values("pk")[:1]
    return ForecastCheck.objects.filter(pk__in=last)


def quality(center: Center) -> Quality:
    """How the forecast did when it was last tried. One query."""
    check = last_check(center).first()
    return Quality() if check is None else Quality(check.terms, check.late, check.named, check.hits)


def likeliest(deadlines: Iterable[Deadline], now: datetime) -> Deadline | None:
    """Of a case's terms in force the one most likely to be missed; None where nothing is foretold of any."""
    return max((one for one in deadlines if _is_told(one, now)), key=lambda one: one.chance or 0, default=None)


def _is_told(deadline: Deadline, now: datetime) -> bool:
    """Whether the word of the forecast still holds: the term runs."""
    waits = deadline.paused_until is not None and deadline.paused_until > now
    return deadline.chance is not None and deadline.met_at is None and deadline.due_at >= now and not waits


def _usually(pace: dict[str, Any] | None) -> str:
    if pace is None:  # the case has moved on since the forecast, to where few have been
        return ""
    usual, slow = (_long(timedelta(seconds=pace[name])) for name in ("stage_median", "stage_p90"))
    return f"{_STAGES[State(pace['state'])]} {_where(pace)} обычно занимает {usual}, у каждого десятого — больше {slow}; "


def _where(pace: dict[str, Any]) -> str:
    """Of which of the like cases it is, the narrowest first."""
    return next((words for name, words in _NARROWER.items() if pace[name] is not None), "в Центре")


def _long(length: timedelta) -> str:
    """A length of time that is not broken at the end of a line."""
    return duration(length).replace(" ", NBSP)
