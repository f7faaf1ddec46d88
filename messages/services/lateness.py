"""Why a term was broken: a cause of the charter's list with a remark, by those who answer for it (R69)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction

from blocks.actors import Actor
from blocks.charters.settings_schema import settings_of
from mcu.errors import Invalid, NotAllowed, NotFound, WrongState
from mcu.text import clean_text
from messages import policies
from messages.models import Deadline, Lateness, Message
from messages.services.case import locked
from messages.services.history import record

OTHER: Final = "other"
MAX_NOTE: Final = 1000


@transaction.atomic
def explain(*, deadline_id: int, actor: Actor, cause: str, note: str, now: datetime) -> Lateness:
    """Name the cause of a broken term, or name it anew; the history keeps every former one. The same again is no change."""
    term = Deadline.objects.filter(pk=deadline_id, center_id=actor.center_id).first()
    if term is None:
        raise NotFound("Такого срока нет среди тех, что вам видны.")
    message = locked(message_id=term.message_id, actor=actor)
    term = Deadline.objects.get(pk=deadline_id)  # as it stands under the lock
    verdict = policies.may_explain_lateness(actor, message)
    if not verdict or actor.user_id is None:
        raise NotAllowed(verdict.reason)
    if not is_broken(term, now):
        raise WrongState("Этот срок не нарушен: причина опоздания ему не нужна. Ничего не записано.")
    note = clean_text(note)
    _check(message, cause, note)
    known = Lateness.objects.filter(deadline=term).first()
    if known is not None and (known.cause, known.note) == (cause, note):
        return known
    said, _ = Lateness.objects.update_or_create(
        deadline=term, defaults={"cause": cause, "note": note, "by_id": actor.user_id, "at": now}
    )
    data = {
        "term": term.pk,
        "kind": term.kind,
        "due_at": term.due_at.isoformat(),
        "cause": cause,
        "former": known.cause if known else "",
    }
    record(message=message, code="lateness", actor=actor, now=now, grant=verdict.grant, data=data, note=note)
    return said


def is_broken(term: Deadline, now: datetime) -> bool:
    """Whether the term is still asked for and has ended unmet, or was met too late."""
    return term.void_at is None and (term.met_at or now) > term.due_at


def _check(message: Message, cause: str, note: str) -> None:
    fields = {}
    if cause not in {one.code for one in settings_of(message.center.settings).late_causes}:
        fields["cause"] = "Выберите причину из списка."
    elif cause == OTHER and not note:
        fields["note"] = "Напишите, какая это причина."
    if len(note) > MAX_NOTE:
        fields["note"] = f"Слишком длинно: {len(note)} знаков, можно не больше {MAX_NOTE}."
    if fields:
        raise Invalid(" ".join(fields.values()), fields)
