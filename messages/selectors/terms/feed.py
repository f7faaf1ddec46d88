"""The terms of one person for a calendar program: what the person holds now, and may see now."""

from __future__ import annotations

from typing import Final

from blocks.actors import Actor
from blocks.models import Center
from messages.models import Deadline, Message
from messages.selectors.pressure import running_terms
from messages.selectors.terms.filters import held_by

MOST: Final = 500


def terms_held(actor: Actor, center: Center) -> list[Deadline]:
    """The nearest running terms of the cases that the person is responsible for or that wait for the person. One query."""
    mine = Message.objects.visible_to(actor).open().filter(held_by(actor, center))
    rows = running_terms(center.pk).filter(message__in=mine.values("pk"))
    names = rows.select_related("rule", "message__source", "message__block", "message__topic")
    return list(names.defer("message__text", "message__search").order_by("due_at", "pk")[:MOST])
