"""The Center's auto-rules: ready to be asked, in words for people, with what is wrong with them and how often they missed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When

from blocks.models import Block, Center, Recipient, Settlement, Source, Topic
from blocks.roles import Role
from blocks.selectors import Roster, roster_of
from mcu import memo
from mcu.text import folded
from messages.automatic import Facts, Rule, phrase_of
from messages.models import AutoMove, AutoRule, Message

RECENT: Final = timedelta(days=30)
_SHOWN: Final = 3  # names of a long list of conditions; the others are counted


@dataclass(frozen=True, slots=True)
class Known:
    """A row of the Center's lists, closed ones too; ``blocks`` of a topic or recipient."""

    name: str
    is_open: bool
    block_id: int | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """The Center's lists by kind and id, and today's people."""

    rows: Mapping[str, Mapping[int, Known]]
    roster: Roster

    def name(self, kind: str, pk: int | None) -> str:
        known = self.rows[kind].get(pk or 0)
        return known.name if known else ""

    def is_open(self, kind: str, pk: int | None) -> bool:
        known = self.rows[kind].get(pk or 0)
        return known is not None and known.is_open

    def choices(self, kind: str) -> list[tuple[int, str]]:
        """What is still open, in the order of the charter."""
        return [(pk, known.name) for pk, known in self.rows[kind].items() if known.is_open]

    def responsibles(self) -> dict[int, tuple[str, set[int]]]:
        """Who answers for which blocks today: name and blocks by the person's id."""
        found: dict[int, tuple[str, set[int]]] = {}
        for post in self.roster.posts:
            if post.grant.role == Role.BLOCK_RESPONSIBLE and post.grant.block_id:
                found.setdefault(post.user_id, (post.name, set()))[1].add(post.grant.block_id)
        return found


@dataclass(frozen=True, slots=True)
class Tally:
    """How often a rule handed over and missed."""

    moved: int = 0
    missed: int = 0

    @property
    def share(self) -> int | None:
        """Of its hand-overs, those that people left as they were, in per cent."""
        return round(100 * (self.moved - self.missed) / self.moved) if self.moved else None


@dataclass(frozen=True, slots=True)
class Line:
    """A rule of the list."""

    rule: AutoRule
    conditions: tuple[str, ...]
    does: tuple[str, ...]
    troubles: tuple[str, ...]
    """Why it is not applied, or no longer meets what it was made for."""
    works: bool
    recent: Tally = field(default_factory=Tally)


def in_force(center: Center) -> QuerySet[AutoRule]:
    """The Center's rules in their order, without those taken out of the list."""
    rules = AutoRule.objects.filter(center=center, closed_at__isnull=True)
    return rules.select_related("tag", "responsible").order_by("order", "pk")


def find_rule(center: Center, pk: int) -> AutoRule | None:
    """A rule of the Center, taken out of the list or not. One query."""
    return AutoRule.objects.filter(center=center, pk=pk).select_related("tag", "responsible", "created_by").first()


def ready_rules(center: Center, now: datetime, *, until: AutoRule | None = None) -> list[Rule]:
    """Rules that are switched on and can be carried out; of these, only those before ``until``. Three queries."""
    rules = [rule for rule in in_force(center) if rule.enabled_at and _before(rule, until)]
    names = names_of(center, now) if rules else None
    return [ready(rule) for rule in rules if names and not stops(rule, names)]


def _before(rule: AutoRule, other: AutoRule | None) -> bool:
    return other is None or other._state.adding or (rule.order, rule.pk) < (other.order, other.pk)


def ready(rule: AutoRule) -> Rule:
    """The rule as it is asked."""
    return Rule(
        pk=rule.pk or 0,
        name=rule.name,
        version=rule.version,
        sources=frozenset(rule.sources),
        topics=frozenset(rule.topics),
        settlements=frozenset(rule.settlements),
        phrases=tuple(map(phrase_of, rule.words)),
        without=tuple(map(phrase_of, rule.without_words)),
        sender=" ".join(folded(rule.sender).split()),
        confidence=rule.confidence,
        block_id=rule.block_id,
        recipient_id=rule.recipient_id,
        responsible_id=rule.responsible_id,
        fast_track=rule.fast_track,
        tag=rule.tag.name if rule.tag else "",
    )


FACTS: Final = ("source_id", "topic_id", "settlement_id", "text", "url", "applicant__name", "applicant__email")


def with_facts(messages: QuerySet[Message], *more: str) -> QuerySet[Message, dict[str, Any]]:
    """Cases as rows of what rules ask, and ``more``. No query."""
    rows: QuerySet[Message, dict[str, Any]] = messages.values("pk", *FACTS, *more)
    return rows


def facts_of(row: Mapping[str, Any]) -> Facts:
    sender = (row["applicant__name"], row["applicant__email"], row["url"])
    return Facts(
        source_id=row["source_id"],
        topic_id=row["topic_id"],
        settlement_id=row["settlement_id"],
        text=row["text"],
        sender="\n".join(part for part in sender if part),
    )


def names_of(center: Center, now: datetime) -> Names:
    """The Center's lists, closed rows too, and its people. Two queries."""
    return memo.remembered(("names of rules", center.pk), lambda: _read_names(center, now))


def _read_names(center: Center, now: datetime) -> Names:
    parts = [
        _part("source", Source.objects.all(), "short"),
        _part("block", Block.objects.all(), "short"),
        _part("topic", Topic.objects.all(), "name", "block_id"),
        _part("settlement", Settlement.objects.all(), "name"),
        _part("recipient", Recipient.objects.all(), "name"),
    ]
    of_center = [part.filter(center=center) for part in parts]
    rows: dict[str, dict[int, Known]] = {kind: {} for kind in ("source", "block", "topic", "settlement", "recipient")}
    for kind, _, name, pk, state, block_id in sorted(of_center[0].union(*of_center[1:], all=True), key=lambda row: row[:3]):
        rows[kind][pk] = Known(name, state == "open", block_id or None)
    return Names(rows, roster_of(center, now))


def _part(kind: str, rows: QuerySet[Any], name: str, block: str = "") -> QuerySet[Any, Any]:
    state = Case(When(closed_at__isnull=True, then=Value("open")), default=Value("closed"), output_field=CharField())
    named = rows.order_by().annotate(
        row_kind=Value(kind), row_name=F(name), row_state=state, row_block=F(block) if block else Value(0)
    )
    found: QuerySet[Any, Any] = named.values_list("row_kind", "order", "row_name", "pk", "row_state", "row_block")
    return found


def stops(rule: AutoRule, names: Names) -> tuple[str, ...]:
    """Why the rule cannot be carried out: what it hands over to is no more. Such a rule is passed over."""
    found = []
    if rule.block_id and not names.is_open("block", rule.block_id):
        found.append(f"блок «{names.name('block', rule.block_id)}» закрыт")
    if rule.recipient_id and not names.is_open("recipient", rule.recipient_id):
        found.append(f"получатель «{names.name('recipient', rule.recipient_id)}» закрыт")
    if rule.responsible and rule.block_id not in names.responsibles().get(rule.responsible.pk, ("", set()))[1]:
        found.append(f"{rule.responsible.short_name} больше не отвечает за этот блок")
    return tuple(found)


def narrows(rule: AutoRule, names: Names) -> tuple[str, ...]:
    """Conditions that nothing meets any more: all that they name has been closed. The rule stands, and never fits."""
    kinds = (("source", rule.sources, "источники"), ("topic", rule.topics, "темы"), ("settlement", rule.settlements, "места"))
    return tuple(
        f"{label} из условий закрыты: ничего нового под правило не попадёт"
        for kind, ids, label in kinds
        if ids and not any(names.is_open(kind, pk) for pk in ids)
    )


def lines_of(rules: Iterable[AutoRule], names: Names, tallies: Mapping[int, Tally]) -> list[Line]:
    """Rules as lines of the list. No query."""
    return [line_of(rule, names, tallies.get(rule.pk, Tally())) for rule in rules]


def line_of(rule: AutoRule, names: Names, recent: Tally) -> Line:
    stopped = stops(rule, names)
    return Line(
        rule,
        conditions_of(rule, names),
        does_of(rule, names),
        (*stopped, *narrows(rule, names)),
        works=rule.enabled_at is not None and not stopped,
        recent=recent,
    )


def conditions_of(rule: AutoRule, names: Names) -> tuple[str, ...]:
    """What the rule asks, a condition a line."""
    said = [
        _listed("источник", (names.name("source", pk) for pk in rule.sources)),
        _listed("тема", (names.name("topic", pk) for pk in rule.topics)),
        _listed("место", (names.name("settlement", pk) for pk in rule.settlements)),
        _listed("слова", map(_quoted, rule.words)),
        _listed("без слов", map(_quoted, rule.without_words)),
        f"отправитель содержит «{rule.sender}»" if rule.sender else "",
        f"подсказка увереннее {rule.confidence} %" if rule.confidence else "",
    ]
    return tuple(filter(None, said)) or ("любое новое сообщение",)


def does_of(rule: AutoRule, names: Names) -> tuple[str, ...]:
    """What the rule does, a deed a line."""
    to = [names.name("block", rule.block_id), names.name("recipient", rule.recipient_id)]
    person = rule.responsible.short_name if rule.responsible else ""
    way = " → ".join(filter(None, [*to, person]))
    said = [
        f"в блок {way}" if way else "",
        "в блок и получателю по подсказке" if rule.confidence else "",
        "фаст-трек" if rule.fast_track else "",
        f"метка «{rule.tag.name}»" if rule.tag else "",
    ]
    return tuple(filter(None, said))


def _listed(label: str, words: Iterable[str]) -> str:
    found = [word for word in words if word]
    if not found:
        return ""
    rest = f" и ещё {len(found) - _SHOWN}" if len(found) > _SHOWN else ""
    return f"{label} — {', '.join(found[:_SHOWN])}{rest}"


def _quoted(phrase: str) -> str:
    return phrase if phrase[:1] in '«„“"' else f"«{phrase}»"


def tallies_of(center: Center, *, since: datetime) -> dict[int, Tally]:
    """Hand-overs and misses of every rule of the Center since the moment. One query, by the index alone."""
    rules = AutoRule.objects.filter(center=center).values("pk")
    moves = AutoMove.objects.filter(rule__in=rules, at__gte=since).order_by().values("rule_id")
    counted = moves.annotate(moved=Count("pk"), missed=Count("pk", filter=Q(missed_at__isnull=False)))
    return {row["rule_id"]: Tally(row["moved"], row["missed"]) for row in counted}


def moves_of(rule: AutoRule) -> QuerySet[AutoMove]:
    """Hand-overs of the rule, the last first, with their cases."""
    moves = AutoMove.objects.filter(rule=rule).select_related("message", "message__block", "message__source")
    return moves.order_by("-at", "-pk")
