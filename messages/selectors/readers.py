"""Who reads a case: everybody whose role covers it, and the people of blocks asked for a part of the answer."""

from __future__ import annotations

from blocks.roles import BLOCK_ROLES, Role
from blocks.selectors import Roster
from messages.models import Message, Part


def readers_of(message: Message, roster: Roster, blocks: frozenset[int] | None = None) -> dict[int, str]:
    """Short names of those who may see the case, by their ids, in the order of the alphabet.

    ``blocks`` are those asked for a part; one query where they are not given.
    """
    asked = blocks if blocks is not None else asked_blocks(message)
    found = {
        post.user_id: post.name
        for post in roster.posts
        if post.grant.role != Role.OBSERVER
        and (post.grant.reaches(message) or (post.grant.role in BLOCK_ROLES and post.grant.block_id in asked))
    }
    return dict(sorted(found.items(), key=lambda item: item[1]))


def asked_blocks(message: Message) -> frozenset[int]:
    """Blocks asked for a part of the answer, but those no longer asked. One query."""
    return frozenset(Part.objects.filter(message=message, void_at__isnull=True).values_list("block_id", flat=True))
