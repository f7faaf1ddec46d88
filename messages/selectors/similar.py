"""Cases like this one among those of the last 90 days: likely repeats first, then the same place, then the nearest in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import Case, F, FloatField, Func, JSONField, OuterRef, Subquery, TextField, Value, When
from django.db.models.functions import Left
from django.urls import reverse

from blocks.actors import Actor
from mcu.text import folded
from messages.masking import mask_for
from messages.models import Message, MessageQuerySet
from messages.selectors.rows import MASKED_LENGTH
from messages.workflow import FAMILY, OPEN, State

WINDOW: Final = timedelta(days=90)
SHOWN: Final = 20
_TEXT: Final = 160
# How often a word may be met before it tells nothing: its letters together are what one search has to read.
_BUDGET: Final = 0.06
_RARE: Final = 0.002  # of a word that the statistics do not name
_WORDS: Final = 14
_LONG_NUMBER: Final = 5  # a number of an application tells much, that of a house nothing
_LIKE: Final = 0.18
_REPEAT: Final = 0.7  # share of common words
_REPEAT_BY_SAME: Final = 0.3  # the same applicant: less is enough
_ENOUGH: Final = 4  # words, below which only the same words in the same place are a repeat


_SHOWN_FIELDS: Final = (
    "number", "received_at", "state", "regime", "center_id", "source_id", "settlement_words", "address", "topic__name",
    "settlement__name", "block__short", "recipient__short", "recipient__name", "applicant__name", "applicant__email",
    "applicant__phone",
)  # fmt: skip


class Stems(Func):
    """The stems of the text and the address, as the index has them."""

    function = "tsvector_to_array"
    output_field = ArrayField(TextField())


class Commonness(Func):
    """How often each of these stems is met in the whole register, from the planner's own statistics: {stem: share}."""

    output_field = JSONField()
    template = (
        "(SELECT COALESCE(jsonb_object_agg(word, share), '{}') FROM pg_stats,"
        " unnest(most_common_elems::text::text[], most_common_elem_freqs) AS known(word, share)"
        " WHERE schemaname = current_schema() AND tablename = 'mcu_messages_message' AND attname = 'search'"
        " AND word = ANY(tsvector_to_array(%(expressions)s)))"
    )


@dataclass(frozen=True, slots=True)
class Similar:
    """One case like the one asked about. ``share`` of common words from 0 to 1, rare ones weigh more."""

    pk: int
    number: str
    url: str
    text: str
    received_at: datetime
    state: str
    family: str
    is_open: bool
    place: str
    block: str
    topic: str
    recipient: str
    block_id: int | None
    topic_id: int | None
    recipient_id: int | None
    share: float
    same_place: bool
    repeat: bool
    why: str
    regime: str
    leading: str  # its own number, or that of the case it was merged into


def with_words(messages: MessageQuerySet) -> MessageQuerySet:
    """The query with what ``similar`` would else read itself: the stems, how common they are, the applicant."""
    return messages.select_related("applicant").annotate(stems=Stems("search"), commonness=Commonness("search"))


def similar(*, message: Message, actor: Actor, now: datetime) -> list[Similar]:
    """Cases of the Center's last 90 days that speak of the same, among those the actor may see; contacts masked.

    Two queries, one for a message read ``with_words``.
    """
    words = _Words.of(message)
    query = words.query
    if query is None:
        return []
    nearer = Case(When(settlement_id=message.settlement_id, then=Value(2.0)), default=Value(1.0), output_field=FloatField())
    # One statement without a subquery of keys: the planner would join the whole register before it looks at them.
    rows = (
        Message.objects.visible_to(actor)
        .filter(center_id=message.center_id, received_at__gte=now - WINDOW, search=query)
        .exclude(pk=message.pk)
        .select_related("topic", "settlement", "block", "recipient", "applicant")
        .only(*_SHOWN_FIELDS)
        .annotate(head=Left("text", MASKED_LENGTH), stems=Stems("search"), leading_number=_number_of_leading())
        .order_by((SearchRank(F("search"), query) * (nearer if message.settlement_id else Value(1.0))).desc(), "-id")[:SHOWN]
    )
    hits = [hit for row in rows if (hit := _hit(row, words, actor)).share >= _LIKE or hit.repeat]
    return sorted(hits, key=lambda hit: (not hit.repeat, not hit.same_place, -hit.share, -hit.received_at.timestamp()))


def _number_of_leading() -> Subquery:
    return Subquery(Message.objects.filter(pk=OuterRef("leading_id")).values("number")[:1])


@dataclass(frozen=True, slots=True)
class _Words:
    """The message asked about, in stems with their weights."""

    message: Message
    weights: Mapping[str, float]
    commonness: Mapping[str, float]

    @classmethod
    def of(cls, message: Message) -> _Words:
        if not hasattr(message, "stems"):
            message = with_words(Message.objects.get_queryset().select_related("center")).get(pk=message.pk)
        facts: dict[str, Any] = vars(message)
        commonness: dict[str, float] = facts["commonness"]
        return cls(message, {stem: _weight(stem, commonness) for stem in facts["stems"]}, commonness)

    @property
    def query(self) -> SearchQuery | None:
        """Any of the rarest words, as many as may be read at once; all of the rarest where none is rare."""
        stems = sorted((stem for stem in self.weights if not _is_short_number(stem)), key=self._share)[:_WORDS]
        if not stems:
            return None
        taken, share = [], 0.0
        for stem in stems:
            share += self._share(stem)
            if share > _BUDGET:
                break
            taken.append(stem)
        raw = " | ".join(map(_quoted, taken)) if taken else " & ".join(map(_quoted, stems[:3]))
        return SearchQuery(raw, config="simple", search_type="raw")

    def share_with(self, stems: list[str]) -> float:
        """Weight of the common stems in that of all; a stem of the other alone weighs as ours do on the average."""
        theirs = set(stems)
        whole = sum(self.weights.values())
        common = sum(weight for stem, weight in self.weights.items() if stem in theirs)
        strange = len(theirs - self.weights.keys()) * whole / (len(self.weights) or 1)
        return common / (whole + strange) if whole else 0.0

    def _share(self, stem: str) -> float:
        return self.commonness.get(stem, _RARE)


def _hit(row: Message, words: _Words, actor: Actor) -> Similar:
    message, stems = words.message, vars(row)["stems"]
    share = words.share_with(stems)
    same_place = row.settlement_id is not None and row.settlement_id == message.settlement_id
    same_person = _same_person(row, message)
    elsewhere = not same_place and row.settlement_id is not None and message.settlement_id is not None
    enough = min(len(stems), len(words.weights)) >= _ENOUGH or (share == 1 and (same_place or same_person))
    repeat = not elsewhere and enough and share >= (_REPEAT_BY_SAME if same_person else _REPEAT)
    state = State(row.state)
    return Similar(
        pk=row.pk,
        number=row.number,
        url=reverse("messages:case", args=[message.center.slug, row.number]),
        text=_shortened(mask_for(actor, row, vars(row)["head"])),
        received_at=row.received_at,
        state=state.label,
        family=FAMILY[state],
        is_open=state in OPEN,
        place=row.settlement.name if row.settlement else mask_for(actor, row, row.settlement_words),
        block=row.block.short if row.block else "",
        topic=row.topic.name if row.topic else "",
        recipient=(row.recipient.short or row.recipient.name) if row.recipient else "",
        block_id=row.block_id,
        topic_id=row.topic_id,
        recipient_id=row.recipient_id,
        share=share,
        same_place=same_place,
        repeat=repeat,
        why=_why(share, same_person=same_person, same_address=_same_address(row, message), same_place=same_place),
        regime=row.regime,
        leading=vars(row)["leading_number"] or row.number,
    )


def _shortened(text: str) -> str:
    return text if len(text) <= _TEXT else f"{text[:_TEXT]}…"


def _why(share: float, *, same_person: bool, same_address: bool, same_place: bool) -> str:
    """In words, without a contact: «тот же заявитель, тот же адрес, текст почти тот же»."""
    parts = [
        "тот же заявитель" if same_person else "",
        "тот же адрес" if same_address else "то же место" if same_place else "",
        "текст почти тот же" if share >= _REPEAT else "похожий текст",
    ]
    return ", ".join(part for part in parts if part)


def _same_person(row: Message, message: Message) -> bool:
    """By telephone or e-mail, else by a name of several words: a nickname may be anybody's."""
    ours, theirs = (getattr(one, "applicant", None) for one in (message, row))
    if ours is None or theirs is None:
        return False
    telephones = [_digits(one.phone) for one in (ours, theirs)]
    if telephones[0] and telephones[0] == telephones[1]:
        return True
    if ours.email and ours.email.casefold() == theirs.email.casefold():
        return True
    names = [one.name.casefold().split() for one in (ours, theirs)]
    return len(names[0]) > 1 and names[0] == names[1]


def _same_address(row: Message, message: Message) -> bool:
    plain = [" ".join(folded(one.address).split()) for one in (row, message)]
    return bool(plain[0]) and plain[0] == plain[1]


def _digits(phone: str) -> str:
    """The last ten digits: «+7» and «8» are one."""
    digits = "".join(sign for sign in phone if sign.isdigit())
    return digits[-10:] if len(digits) >= 5 else ""


def _weight(stem: str, commonness: Mapping[str, float]) -> float:
    """Rare words tell more; numbers of houses hardly anything."""
    weight = -math.log(min(max(commonness.get(stem, _RARE), _RARE), 0.95))
    return weight / 4 if _is_short_number(stem) else weight


def _is_short_number(stem: str) -> bool:
    return stem.isdecimal() and len(stem) < _LONG_NUMBER


def _quoted(stem: str) -> str:
    doubled = stem.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"
