"""What the forecast of lateness says, in words: of one term, of the rows of a list, and how it has done before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from blocks.models import Center
from mcu.templatetags.mcu_ui import NBSP, num, words
from messages.forecast import ENOUGH, Group, telling_group
from messages.models import Deadline, ForecastCheck, Message, Pace
from messages.selectors.term_history import entered
from messages.terms.chip import LIKELY, duration
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
_TENTHS: Final = 10


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
    """How the forecast did on terms that ended lately, learned before them; None of them: it was never tried."""

    days: int
    terms: int = 0
    late: int = 0
    named: int = 0
    hits: int = 0

    @property
    def is_known(self) -> bool:
        return self.terms >= ENOUGH

    def __str__(self) -> str:
        if not self.is_known:
            return f"Прогноз ещё не проверен: за {self.days}{NBSP}дней закончилось меньше {ENOUGH}{NBSP}сроков."
        tried = words(self.terms, "сроке,сроках,сроках")
        return f"Прогноз проверен на {tried} за {self.days}{NBSP}дней: {self._precision}, {self._recall}."

    @property
    def _precision(self) -> str:
        if not self.named:
            return "ни один заранее не назван"
        return f"из {num(self.named)} названных опоздали {num(self.hits)}{_of_ten(self.hits, self.named)}"

    @property
    def _recall(self) -> str:
        if not self.late:
            return "опоздавших не было"
        return f"из {num(self.late)} опоздавших заранее названы {num(self.hits)}{_of_ten(self.hits, self.late)}"


def _of_ten(part: int, whole: int) -> str:
    return f" ({round(_TENTHS * part / whole)} из {_TENTHS})" if whole > _TENTHS else ""


def explanation(deadline: Deadline, *, now: datetime) -> Explanation | None:
    """Why a term has its chance; None where the forecast says nothing of it. Two queries, and one if its case is not read."""
    return explanations([(deadline, deadline.message)], now=now).get(deadline.pk)


def explanations(terms: Iterable[tuple[Deadline, Message]], *, now: datetime) -> dict[int, Explanation]:
    """The same for terms of one Center with their cases, by the id of the term. Two queries; none where nothing is foretold."""
    terms = list(terms)
    asked = [(deadline, _group(deadline, message)) for deadline, message in terms if _is_told(deadline, now)]
    if not asked:
        return {}
    center_id = asked[0][0].center_id
    of_stages = Pace.objects.filter(center=center_id, count__gte=ENOUGH).filter(
        kind__in={group.kind for _, group in asked}, state__in={group.state for _, group in asked}
    )
    stays = {
        Group(*key): (count, median, p90)
        for *key, count, median, p90 in of_stages.values_list(
            "kind", "state", "source_id", "block_id", "topic_id", "count", "stage_median", "stage_p90"
        )
    }
    counts = {group: count for group, (count, _, _) in stays.items()}
    since = entered({deadline.message_id for deadline, _ in asked})
    received = {message.pk: message.received_at for _, message in terms}
    found = {}
    for deadline, group in asked:
        stood = now - since.get(deadline.message_id, received[deadline.message_id])
        rest = f"здесь уже {_long(stood)}, осталось {_long(deadline.due_at - now)}"
        found[deadline.pk] = Explanation(deadline.chance or 0, _usually(telling_group(counts, group), stays) + rest)
    return found


def quality(center: Center) -> Quality:
    """How the forecast did when it was last tried. One query."""
    check = ForecastCheck.objects.filter(center=center).order_by("-at").first()
    if check is None:
        return Quality(30)
    return Quality((check.until - check.since).days, check.terms, check.late, check.named, check.hits)


def likeliest(deadlines: Iterable[Deadline], now: datetime) -> Deadline | None:
    """Of a case's terms in force the one most likely to be missed; None where nothing is foretold of any."""
    return max((one for one in deadlines if _is_told(one, now)), key=lambda one: one.chance or 0, default=None)


def _is_told(deadline: Deadline, now: datetime) -> bool:
    """Whether the word of the forecast still holds: the term runs."""
    waits = deadline.paused_until is not None and deadline.paused_until > now
    return deadline.chance is not None and deadline.met_at is None and deadline.due_at >= now and not waits


def _group(deadline: Deadline, message: Message) -> Group:
    topic = message.topic_id if message.block_id is not None else None
    return Group(deadline.kind, message.state, message.source_id, message.block_id, topic)


def _usually(group: Group | None, stays: dict[Group, tuple[int, int, int]]) -> str:
    if group is None:  # the case has moved on since the forecast, to where few have been
        return ""
    _, median, p90 = stays[group]
    usual, slow = (_long(timedelta(seconds=seconds)) for seconds in (median, p90))
    return f"{_STAGES[State(group.state)]} {_where(group)} обычно занимает {usual}, у каждого десятого — больше {slow}; "


def _where(group: Group) -> str:
    if group.topic is not None:
        return "по этой теме"
    if group.block is not None:
        return "в этом блоке"
    return "по этому источнику" if group.source is not None else "в Центре"


def _long(length: timedelta) -> str:
    """A length of time that is not broken at the end of a line."""
    return duration(length).replace(" ", NBSP)
