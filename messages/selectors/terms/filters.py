"""What is asked of the pages of terms: block, source, kind, who holds the case; as it stands in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db.models import Q, QuerySet

from blocks.actors import Actor
from blocks.models import Block, Center, Source
from blocks.roles import BLOCK_ROLES, SOURCE_ROLES, WHOLE_CENTER, Role
from blocks.selectors import Roster
from messages.models import Deadline, Message
from messages.selectors.register.words import Names, named
from messages.selectors.terms.holding import held_by
from messages.terms import KIND_RU, Kind

ME: Final = "me"
HOLDERS: Final = (*BLOCK_ROLES, *SOURCE_ROLES, Role.HEAD)
_MOST_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class TermFilters:
    """Which terms; everything that is no code of the Center's finds nothing, so that an old address shows no others'."""

    block: str = ""
    source: str = ""
    kind: str = ""
    person: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> TermFilters:
        """From the address; a kind or person that cannot be is left out."""
        kind, person = query.get("kind", ""), query.get("person", "")
        return cls(
            block=_clean(query.get("block", "")),
            source=_clean(query.get("source", "")),
            kind=kind if kind in set(Kind) else "",
            person=person if person == ME or (person.isdecimal() and len(person) <= _MOST_DIGITS) else "",
        )

    def person_id(self, actor: Actor) -> int | None:
        """Who is asked for."""
        return (actor.user_id if self.person == ME else int(self.person)) if self.person else None


def lists_of_terms(center: Center) -> Names:
    """The Center's blocks and sources, to choose from. One query."""
    blocks = Block.objects.filter(center=center, closed_at__isnull=True)
    sources = Source.objects.filter(center=center, closed_at__isnull=True)
    return Names.read(named(blocks, "block", "short").union(named(sources, "source", "short"), all=True))


def people_of(roster: Roster) -> list[tuple[int, str]]:
    """Everyone whom a case may wait for, in the order of the alphabet. No query."""
    found = {post.user_id: post.name for post in roster.posts if post.grant.role in HOLDERS}
    return sorted(found.items(), key=lambda item: item[1])


def asked_for(
    terms: QuerySet[Deadline], filters: TermFilters, *, actor: Actor, names: Names, roster: Roster
) -> QuerySet[Deadline]:
    """The terms, all of this Center, of the cases that the actor may see and the filters name. No query."""
    if filters.kind:
        terms = terms.filter(kind=filters.kind)
    wanted = Q()
    for name in ("block", "source"):
        if code := getattr(filters, name):
            wanted &= Q(**{f"{name}_id__in": [pk for known, _, pk in names.listed[name] if known == code]})
    if (user_id := filters.person_id(actor)) is not None:
        wanted &= held_by(user_id, roster)
    if not wanted and actor.has(*WHOLE_CENTER):
        return terms  # of the Center by themselves
    return terms.filter(message__in=Message.objects.visible_to(actor).filter(wanted).values("pk"))


def kinds_shown() -> list[tuple[str, str]]:
    """Kinds of terms with their words."""
    return [(kind.value, KIND_RU[kind]) for kind in Kind]


def _clean(code: str) -> str:
    return code.replace("\x00", "")[:100]
