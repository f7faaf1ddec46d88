"""What a person takes down himself: a call, a visit, a paper. One sending of the form makes one case, handed over or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from blocks.actors import Actor
from blocks.models import Source
from messages.models import Attachment, Message
from messages.services import attachments, routing
from messages.services.attachments import StoredFile
from messages.services.intake import IncomingMessage, take_in


@dataclass(frozen=True, slots=True)
class TakenDown:
    """The case, whether this sending made it, and the files that are not needed again (their paths are free)."""

    message: Message
    created: bool
    unneeded: tuple[StoredFile, ...] = ()


@transaction.atomic
def take_down(
    *,
    actor: Actor,
    source: Source,
    payload: IncomingMessage,
    by: str,
    files: Sequence[StoredFile] = (),
    block_id: int | None = None,
    now: datetime,
) -> TakenDown:
    """Store what a person said, with its files, and hand it over at once where a block is named: all of it or nothing.

    ``payload.external_id`` is the form's own: sent twice, it is the same case and nothing is done again. Raises what
    ``take_in``, ``attachments.add`` and ``routing.assign`` raise; ``Conflict`` where the form was already sent with
    other words.
    """
    taken = take_in(actor=actor, source=source, payload=payload, now=now, by=by)
    if not taken.created:
        return TakenDown(taken.message, created=False, unneeded=tuple(files))
    message = taken.message
    repeated: tuple[StoredFile, ...] = ()
    if files:
        kind = Attachment.Kind.MESSAGE
        repeated = attachments.add(message_id=message.pk, actor=actor, kind=kind, files=files, now=now).repeated
    if block_id is not None:
        message = routing.assign(message_id=message.pk, actor=actor, block_id=block_id, now=now)
    return TakenDown(message, created=True, unneeded=repeated)
