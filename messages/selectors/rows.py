"""Cases as rows of a list: the term chip, names and the beginning of the text, masked where it must be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from django.db.models.functions import Left

from blocks.actors import Actor
from blocks.models import DeadlineRule
from messages.masking import mask_for
from messages.models import Deadline, Message, MessageQuerySet
from messages.selectors import forecast
from messages.selectors.forecast import likeliest
from messages.terms import PUT_OFF_BY_QUESTION, Chip, chip
from messages.workflow import FAMILY, State

HEAD_LENGTH: Final = 240
MASKED_LENGTH: Final = HEAD_LENGTH + 60  # a telephone that the cut would halve is still seen whole and hidden


@dataclass(frozen=True, slots=True)
class Row:
    """What a line of a desk or of the register shows."""

    pk: int
    url: str
    chip: Chip | None
    chip_title: str
    number: str
    source: str
    topic: str
    text: str
    settlement: str
    block: str
    responsible: str
    state: str
    family: str
    chance: str = ""
    forecast: str = ""
    """Why the case is likely to be late, where a list says so."""


def for_rows(messages: MessageQuerySet) -> MessageQuerySet:
    """The query of a list: names joined, the long text left out, its beginning taken."""
    return messages.with_names().defer("text", "search").annotate(head=Left("text", MASKED_LENGTH))


def rows_of(messages: Iterable[Message], *, actor: Actor, center_slug: str, now: datetime, foretell: bool = False) -> list[Row]:
    """Rows for messages read by ``for_rows``. One query, for the terms; ``foretell`` says of each that is likely to be late
    why it is."""
    messages = list(messages)
    terms = terms_of(messages, with_reasons=foretell)
    rows = [_row(message, terms[message.pk], actor, center_slug, now) for message in messages]
    return [replace(row, forecast=_forecast(terms[row.pk], now)) for row in rows] if foretell else rows


def _forecast(terms: list[Deadline], now: datetime) -> str:
    """Why a case is likely to be late, by its term that is most so."""
    likely = likeliest(terms, now)
    told = forecast.explained(likely, now=now) if likely else None
    return str(told) if told and told.is_likely else ""


def terms_of(messages: Iterable[Message], *, with_reasons: bool = False) -> dict[int, list[Deadline]]:
    """Terms in force of each case's present cycle, with their rules; with what explains their chances. One query."""
    cycles = {message.pk: message.cycle for message in messages}
    found: dict[int, list[Deadline]] = defaultdict(list)
    deadlines = Deadline.objects.filter(message_id__in=cycles, void_at__isnull=True).select_related("rule")
    for deadline in forecast.with_reasons(deadlines) if with_reasons else deadlines:
        if deadline.cycle == cycles[deadline.message_id]:
            found[deadline.message_id].append(deadline)
    return found


def telling(deadlines: Iterable[Deadline]) -> Deadline | None:
    """The one term a list shows: the nearest still running; of finished ones the late one, else the last; never internal."""
    deadlines = list(deadlines)
    running = [deadline for deadline in deadlines if deadline.met_at is None]
    if running:
        return min(running, key=lambda deadline: deadline.due_at)
    decisive = [deadline for deadline in deadlines if not deadline.internal]
    return max(decisive, key=lambda deadline: (_is_late(deadline), deadline.due_at), default=None)


def chip_of(deadline: Deadline | None, now: datetime) -> Chip | None:
    """The chip of a term; amber from the last warning of its rule, or where the forecast says so."""
    if deadline is None:
        return None
    return chip(
        due_at=deadline.due_at,
        started_at=deadline.started_at,
        met_at=deadline.met_at,
        breached_at=deadline.breached_at,
        threat_at=deadline.threat_at,
        paused_until=deadline.paused_until,
        chance=deadline.chance,
        now=now,
    )


def rule_words(rule: DeadlineRule) -> str:
    """The rule and its clause in words: the title, then where it comes from."""
    where = {"decree": rule.clause, "law": rule.clause, "default": "правило программы, не из постановления"}
    pauses = "; пока ждём ответа заявителя на вопрос, часы стоят" if rule.pauses and rule.kind in PUT_OFF_BY_QUESTION else ""
    return f"{rule.name} ({where.get(rule.basis) or rule.clause}){pauses}"


def _is_late(deadline: Deadline) -> bool:
    return deadline.met_at is not None and deadline.met_at > deadline.due_at


def _row(message: Message, deadlines: list[Deadline], actor: Actor, center_slug: str, now: datetime) -> Row:
    deadline, likely = telling(deadlines), likeliest(deadlines, now)
    state = State(message.state)
    return Row(
        pk=message.pk,
        url=f"/{center_slug}/messages/{message.number}/",
        chip=chip_of(deadline, now),
        chip_title=rule_words(deadline.rule) if deadline else "",
        number=message.number,
        source=message.source.short,
        topic=message.topic.name if message.topic else mask_for(actor, message, message.topic_words),
        text=mask_for(actor, message, getattr(message, "head", ""))[:HEAD_LENGTH],
        settlement=message.settlement.name if message.settlement else mask_for(actor, message, message.settlement_words),
        block=message.block.short if message.block else "",
        responsible=message.responsible.short_name if message.responsible else "",
        state=state.label,
        family=FAMILY[state],
        chance=chance_words(likely),
    )


def chance_words(deadline: Deadline | None) -> str:
    """The chance of a term to be missed, of one of which the forecast says anything."""
    return "" if deadline is None else f"{deadline.chance}\N{NO-BREAK SPACE}%"
