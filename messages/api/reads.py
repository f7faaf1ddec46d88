"""What a client may read back: its own messages, their terms and the answer that was sent."""

from __future__ import annotations

from blocks.actors import Actor
from messages.models import Deadline, Message, Reply

NUMBER_MAX = 40


def own_message(*, actor: Actor, number: str) -> Message | None:
    """The message with this number if this very client pushed it and still has its source. One query or none."""
    if actor.client_id is None or len(number) > NUMBER_MAX or "\x00" in number:
        return None
    rows = Message.objects.visible_to(actor).select_related("source")
    return rows.filter(number=number, client_id=actor.client_id).first()


def terms_of(message: Message) -> list[Deadline]:
    """The terms in force of the present cycle without the Center's internal ones, nearest first. One query."""
    rows = Deadline.objects.filter(message=message, cycle=message.cycle, internal=False, void_at__isnull=True)
    return list(rows.select_related("rule").order_by("due_at", "id"))


def answer_of(message: Message) -> Reply | None:
    """The version sent last; None until one was. One query."""
    return Reply.objects.filter(message=message, posted_at__isnull=False).order_by("-version").first()
