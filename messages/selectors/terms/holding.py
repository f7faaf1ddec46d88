"""Whose a case is now, as a condition of the database: the same as ``messages.services.notices.holders`` says of one case."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.db.models import Q

from blocks.models import Source
from blocks.roles import SOURCE_ROLES, Role
from blocks.selectors import Roster
from blocks.selectors.audience import Post
from messages.workflow import State

_NONE = Q(pk__in=())
_IN_BLOCK = (State.ASSIGNED, State.DRAFTING)


def held_by(user_id: int | None, roster: Roster) -> Q:
    """The cases in work that wait for the person: the responsible's while the block works on them, then the next one's."""
    return Q(center_id=roster.center_id) & (
        Q(state=State.RECEIVED) & _reached(_of(user_id, roster, *SOURCE_ROLES))
        | Q(state__in=_IN_BLOCK) & (_written_by(user_id, roster) | _unwritten(roster) & _curated_by(user_id, roster))
        | Q(state=State.BLOCK_APPROVAL) & _curated_by(user_id, roster)
        | (Q(state=State.HEAD_APPROVAL) if user_id in roster.heads() else _NONE)
        | Q(state=State.APPROVED) & _published_by(user_id, roster)
    )


def _written_by(user_id: int | None, roster: Roster) -> Q:
    """The responsible named, or whoever stands in for that person; where nobody is, those of the recipient or the block."""
    named = reduce(or_, map(_named, _of(user_id, roster, Role.BLOCK_RESPONSIBLE)), _NONE)
    anybody = reduce(or_, map(_named, _in_role(roster, Role.BLOCK_RESPONSIBLE)), _NONE)
    return named | ~anybody & _nearest(user_id, roster, Role.BLOCK_RESPONSIBLE)


def _unwritten(roster: Roster) -> Q:
    """Nobody is responsible in the block at all."""
    return ~_reached(_in_role(roster, Role.BLOCK_RESPONSIBLE))


def _curated_by(user_id: int | None, roster: Roster) -> Q:
    return _nearest(user_id, roster, Role.BLOCK_CURATOR)


def _published_by(user_id: int | None, roster: Roster) -> Q:
    """As the source says who sends its answers."""
    found = Q(source__in=_sources(roster, Role.BLOCK_RESPONSIBLE)) & _written_by(user_id, roster)
    for role in SOURCE_ROLES:
        found |= Q(source__in=_sources(roster, role)) & _reached(_of(user_id, roster, role))
    return found


def _nearest(user_id: int | None, roster: Roster, role: Role) -> Q:
    """The person's cases in the role; what a recipient has people of its own for is theirs."""
    own = _of(user_id, roster, role)
    of_recipients = _reached(post for post in _in_role(roster, role) if post.grant.recipient_id is not None)
    return _reached(post for post in own if post.grant.recipient_id is not None) | (
        _reached(post for post in own if post.grant.recipient_id is None) & ~of_recipients
    )


def _named(post: Post) -> Q:
    people = {post.user_id, post.grant.acting_for_id} - {None}
    return _bounds(post) & Q(responsible_id__in=people)


def _reached(posts: Iterable[Post]) -> Q:
    return reduce(or_, map(_bounds, posts), _NONE)


def _bounds(post: Post) -> Q:
    """What ``Grant.reaches`` says of one case."""
    bounds = post.grant.bounds()
    return Q(**bounds) if bounds else _NONE


def _of(user_id: int | None, roster: Roster, *roles: Role) -> list[Post]:
    return [post for post in _in_role(roster, *roles) if post.user_id == user_id]


def _in_role(roster: Roster, *roles: Role) -> list[Post]:
    return [post for post in roster.posts if post.grant.role in roles]


def _sources(roster: Roster, role: Role) -> object:
    return Source.objects.filter(center_id=roster.center_id, publisher=role).values("pk")
