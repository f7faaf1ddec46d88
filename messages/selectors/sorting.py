"""The sorting desk: which cases wait to be handed over, and the lists to choose from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, F, Func, JSONField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import JSONObject, Left

from blocks.actors import Actor
from blocks.models import Block, Center, Membership, Recipient, Settlement, Topic
from blocks.roles import Role
from messages import policies
from messages.masking import mask_for
from messages.models import Deadline, Message, MessageEvent, MessageQuerySet
from messages.selectors.guess import lesson_in_use
from messages.selectors.orders import NEAREST_TERM
from messages.selectors.rows import MASKED_LENGTH, chip_of, rule_words
from messages.selectors.similar import with_words
from messages.terms import Chip
from messages.workflow import State

SORTERS: Final = (Role.SOURCE_CURATOR, Role.ACCOUNTS, Role.HEAD, Role.SUPPORT)
COUNT_CAP: Final = 1000
LINE_LENGTH: Final = 110
FIRST: Final = datetime(1, 1, 2, tzinfo=UTC)


class KeywordHits(Func):
    """Open topics of the Center whose keywords stand in the text in any form of the words: [[topic, keyword, its stems], …]."""

    output_field = JSONField()
    template = (
        "(SELECT COALESCE(jsonb_agg(jsonb_build_array(topic.id, keyword, stems::text)), '[]')"
        " FROM blocks_topic AS topic, unnest(topic.keywords) AS keyword,"
        " phraseto_tsquery('russian', translate(keyword, 'ёЁ', 'еЕ')) AS stems"
        " WHERE topic.center_id = %(center)d AND topic.closed_at IS NULL AND %(expressions)s @@ stems)"
    )


class Ids(Func):
    """Ids as an array of the database."""

    template = "ARRAY[%(expressions)s]::bigint[]"
    output_field = ArrayField(BigIntegerField())


@dataclass(frozen=True, slots=True)
class Waiting:
    """A line of the list, ready to be written: fifty of them are the dearest part of the page."""

    pk: int
    number: str
    chip: Chip | None
    chip_title: str
    tone: str
    term: str
    source: str
    text: str
    place: str
    foot: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A row to choose. ``ids``: a topic's block, a recipient's or a person's blocks, the settlements of a territorial block."""

    pk: int
    name: str
    ids: tuple[int, ...] = ()
    flag: bool = False  # of a topic: fast-track


@dataclass(frozen=True, slots=True)
class Choices:
    """Open rows of the Center by kind, in the order of the charter; people by name."""

    block: list[Choice] = field(default_factory=list)
    topic: list[Choice] = field(default_factory=list)
    recipient: list[Choice] = field(default_factory=list)
    person: list[Choice] = field(default_factory=list)


def to_sort(actor: Actor) -> MessageQuerySet:
    """Cases that wait to be handed over by this person, in the roles that may. No query."""
    mine = policies.rows(actor.narrowed(*SORTERS))
    return Message.objects.get_queryset().filter(mine, center_id=actor.center_id, state=State.RECEIVED)


def for_lines(messages: MessageQuerySet) -> MessageQuerySet:
    """The query of the list: the beginning of the text and two names, nothing that a line does not show."""
    shown = ("number", "state", "center_id", "cycle", "next_due_at", "settlement_words", "source__short", "settlement__name")
    names = messages.select_related("source", "settlement").only(*shown, "block_id", "recipient_id")
    return names.annotate(head=Left("text", MASKED_LENGTH))


def lines_of(messages: Iterable[Message], *, actor: Actor, now: datetime) -> list[Waiting]:
    """Lines for messages read by ``for_lines`` or ``find``. One query, for the terms that run."""
    messages = list(messages)
    cycles = {message.pk: message.cycle for message in messages}
    running = Deadline.objects.filter(message_id__in=cycles, void_at__isnull=True, met_at__isnull=True).select_related("rule")
    nearest: dict[int, Deadline] = {}
    for deadline in running.order_by("-due_at"):
        if deadline.cycle == cycles[deadline.message_id]:
            nearest[deadline.message_id] = deadline
    return [_line(message, nearest.get(message.pk), actor, now) for message in messages]


def _line(message: Message, deadline: Deadline | None, actor: Actor, now: datetime) -> Waiting:
    text = mask_for(actor, message, getattr(message, "head", ""))
    chip = chip_of(deadline, now)
    place = message.settlement.name if message.settlement else message.settlement_words
    return Waiting(
        pk=message.pk,
        number=message.number,
        chip=chip,
        chip_title=rule_words(deadline.rule) if deadline else "",
        tone=f"{chip.tone} chip--breached" if chip and chip.breached else chip.tone if chip else "none",
        term=chip.words if chip else "без срока",
        source=message.source.short,
        text=text if len(text) <= LINE_LENGTH else f"{text[:LINE_LENGTH]}…",
        place=place,
        foot=f"{message.number} · {place}" if place else message.number,
    )


def waiting(actor: Actor) -> int:
    """How many wait, counted up to a thousand. One query."""
    return to_sort(actor).order_by()[:COUNT_CAP].count()


def number_after(actor: Actor, due_at: datetime = FIRST, pk: int = 0) -> str:
    """The next case by the term, else the first of all: what was skipped comes round again. Two queries at most."""
    rows = to_sort(actor).exclude(pk=pk).order_by(*NEAREST_TERM.by()).values_list("number", flat=True)
    beyond = rows.filter(Q(next_due_at__gte=due_at) & (Q(next_due_at__gt=due_at) | Q(pk__gt=pk)))
    return beyond.first() or rows.first() or ""


def find(*, actor: Actor, number: str) -> Message | None:
    """The case with what its suggestions need, if the actor may see it. One query."""
    if "\x00" in number:  # which the database refuses even to compare with
        return None
    # A case that waits for sorting has neither block nor responsible: their joins would only cost.
    rows = Message.objects.visible_to(actor).select_related("source", "topic", "settlement")
    hits = KeywordHits("search", center=actor.center_id)
    found = with_words(rows).annotate(keyword_hits=hits, declined=_last_decline(), letter_note=_note_of_letter())
    return found.annotate(lesson=Subquery(lesson_in_use(actor.center_id))).filter(number=number.upper()).first()


def _last_decline() -> Subquery:
    """Which block gave the case back last, and its words."""
    events = MessageEvent.objects.filter(message=OuterRef("pk"), code="decline").order_by("-at", "-id")
    return Subquery(events.values(found=JSONObject(block=F("data__block"), words=F("note__text")))[:1])


def _note_of_letter() -> Subquery:
    """What was noted when the case's letter was taken in: files refused, a number it names."""
    events = MessageEvent.objects.filter(message=OuterRef("pk"), code="letter_note").order_by("at", "id")
    return Subquery(events.values("note__text")[:1])


def choices_of(message: Message, center: Center, now: datetime) -> Choices:
    """Open blocks, topics and recipients of the Center, and today's responsibles of its blocks. One query."""
    parts = [
        _part("block", _open(Block, center), F("short"), _served(center), F("territorial")),
        _part("topic", _open(Topic, center), F("name"), Ids("block_id"), F("fast_track")),
        _part("recipient", _open(Recipient, center), F("name"), _blocks_of_recipient(), Value(False)),
        _people(message, center, now),
    ]
    choices = Choices()
    for kind, _, name, pk, ids, flag in sorted(parts[0].union(*parts[1:], all=True), key=lambda row: row[:3]):
        getattr(choices, kind).append(Choice(pk, name, tuple(ids), flag))
    return choices


def _open(model: Any, center: Center) -> QuerySet[Any]:
    rows: QuerySet[Any] = model.objects.filter(center=center, closed_at__isnull=True).order_by()
    return rows


def _part(kind: str, rows: QuerySet[Any], name: Combinable, ids: Combinable, flag: Combinable) -> QuerySet[Any, Any]:
    named = rows.annotate(row_kind=Value(kind), row_name=name, row_ids=ids, row_flag=flag)
    found: QuerySet[Any, Any] = named.values_list("row_kind", "order", "row_name", "pk", "row_ids", "row_flag")
    return found


def _people(message: Message, center: Center, now: datetime) -> QuerySet[Any, Any]:
    """Whom a block may name as responsible for this case; the service judges it once more."""
    rows = Membership.objects.active_on(now.astimezone(center.tz).date()).filter(
        Q(source__isnull=True) | Q(source=message.source_id),
        Q(settlement__isnull=True) | Q(settlement=message.settlement_id),
        center=center,
        role=Role.BLOCK_RESPONSIBLE,
        block__isnull=False,
        recipient__isnull=True,
    )
    found: QuerySet[Any, Any] = (
        rows.order_by()
        .annotate(row_kind=Value("person"), order=Value(0), row_name=F("user__full_name"))
        .annotate(row_ids=Ids("block_id"), row_flag=Value(False))
        .values_list("row_kind", "order", "row_name", "user_id", "row_ids", "row_flag")
    )
    return found


def _served(center: Center) -> ArraySubquery:
    """Settlements of a territorial block: its own and those of the same municipality (КОР П2 п.13)."""
    own = Q(pk=OuterRef("settlement_id"))
    beside = Q(parent=OuterRef("settlement__parent")) & ~Q(parent="")
    return ArraySubquery(Settlement.objects.filter(own | beside, center=center).order_by().values("pk"))


def _blocks_of_recipient() -> ArraySubquery:
    return ArraySubquery(Recipient.blocks.through.objects.filter(recipient=OuterRef("pk")).values("block_id"))
