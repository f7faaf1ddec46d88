"""What people do with a file of messages: bring it, look at what it would change, let it in or leave it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.core.cache import cache
from django.db import transaction
from django.db.models import Q, QuerySet

from blocks.actors import Actor, ActorKind
from blocks.models import Center, Source
from blocks.roles import Role
from mcu.errors import Invalid, NotAllowed, NotFound, WrongState
from mcu.uploads import discard
from messages import policies
from messages.exchange.formats import FORMATS
from messages.models import ImportRow, MessageImport

KEPT: Final = timedelta(days=2)  # the file itself; what became of its rows stays
WAITING_OF_ONE: Final = 3
_WATCHED: Final = 15  # seconds: a page that asks for progress asks more often
_State = MessageImport.State
NOBODY: Final = "Сообщения вносят куратор источника, руководитель Центра и ответственный за обеспечение."


def formats_of(actor: Actor, center: Center) -> list[str]:
    """The formats whose messages this person may bring in. One query."""
    codes = {source.code for source in Source.objects.filter(center=center, closed_at__isnull=True) if may(actor, source)}
    return [code for code, one in FORMATS.items() if (one.source in codes if one.source else bool(codes))]


def may(actor: Actor, source: Source) -> bool:
    """Whether the actor takes messages of the source in."""
    return bool(policies.may_take_in(actor, source=source))


@transaction.atomic
def bring(
    *, center: Center, actor: Actor, code: str, name: str, sha256: str, path: str, now: datetime, taken: bool = False
) -> MessageImport:
    """Take a file that is kept under ``path`` to be read and judged. Nothing of it stands in the register yet.

    ``taken``: whoever brings it goes through it at once, so the worker leaves it alone. Raises ``NotAllowed``, ``Invalid``.
    """
    if code not in formats_of(actor, center):
        raise NotAllowed(NOBODY if code in FORMATS else "Выберите, откуда файл.")
    user_id = actor.user_id
    going = MessageImport.objects.filter(Q(user=user_id), center=center, state__in=(_State.READING, _State.RUNNING))
    if user_id is not None and going.count() >= WAITING_OF_ONE:
        raise Invalid("Сначала дождитесь тех файлов, что уже читаются.", {"file": "Три ваших файла уже читаются."})
    return MessageImport.objects.create(
        center=center, user_id=user_id, format=code, name=name, sha256=sha256, file=path, asked_at=now, **_taken(now, taken)
    )


def seen_by(actor: Actor, center: Center) -> QuerySet[MessageImport]:
    """The files this person may look at: the head and the support all of them, a curator those of the own sources."""
    found = MessageImport.objects.filter(center=center)
    if actor.has(Role.HEAD, Role.SUPPORT) or actor.kind == ActorKind.SYSTEM:
        return found
    codes = [code for code in formats_of(actor, center) if FORMATS[code].source]
    return found.filter(Q(user=actor.user_id) | Q(format__in=codes))


@transaction.atomic
def confirm(*, import_id: int, center: Center, actor: Actor, now: datetime, taken: bool = False) -> MessageImport:
    """Let the file in: the worker puts its rows into the register in one run."""
    row = _locked(import_id, center, actor)
    if row.state != _State.READY:
        raise WrongState(f"Этот файл {row.get_state_display()}: вносить его сейчас нельзя.")
    row.state, row.confirmed_at, row.done = _State.RUNNING, now, 0
    for name, value in _taken(now, taken).items():
        setattr(row, name, value)
    row.user_id = actor.user_id  # whoever lets it in answers for it
    row.save()
    return row


@transaction.atomic
def cancel(*, import_id: int, center: Center, actor: Actor, now: datetime) -> MessageImport:
    """Leave the file: nothing of it comes into the register, and it is taken away."""
    row = _locked(import_id, center, actor)
    if row.state not in (_State.READY, _State.READING):
        raise WrongState(f"Этот файл {row.get_state_display()}: отменять уже нечего.")
    row.state, row.finished_at = _State.CANCELLED, now
    forget_file(row)
    row.save()
    return row


@transaction.atomic
def leave_no_trace(*, import_id: int, center: Center, actor: Actor) -> None:
    """Take a file that was only to be looked at out of the list, with what was said of its rows; never one that was put in."""
    row = _locked(import_id, center, actor)
    if row.state in (_State.RUNNING, _State.DONE):
        raise WrongState(f"Этот файл {row.get_state_display()}: след его остаётся.")
    forget_file(row)
    ImportRow.objects.filter(file=row).delete()
    row.delete()


def rows_of(row: MessageImport, kind: str) -> QuerySet[ImportRow]:
    """What became of the rows, or would become; of one kind if it is named."""
    found = row.rows.select_related("message").order_by("line")
    return found.filter(kind=kind) if kind in ImportRow.Kind.values else found


def watched(*, import_id: int) -> None:
    """Somebody looks at the progress: no notice is needed when it is done."""
    cache.set(f"import-watched:{import_id}", 1, _WATCHED)


def is_watched(import_id: int) -> bool:
    """Whether somebody looks at the progress."""
    return bool(cache.get(f"import-watched:{import_id}"))


def forget_file(row: MessageImport) -> None:
    """Take the file away once the change is committed; the row stays as the record. Not saved."""
    path, row.file = str(row.file.name or ""), ""
    if path:
        transaction.on_commit(lambda: discard(path))


def remove_old(*, now: datetime) -> int:
    """Take away files that nobody let in for two days. Returns how many."""
    removed = 0
    for row in MessageImport.objects.filter(asked_at__lt=now - KEPT).exclude(file="").exclude(state=_State.RUNNING):
        with transaction.atomic():
            if row.state in (_State.READY, _State.READING):
                row.state, row.finished_at = _State.CANCELLED, now
                row.error = "Файл не внесён за два дня и удалён. Если он ещё нужен, внесите его снова."
            forget_file(row)
            row.save()
        removed += 1
    return removed


def _taken(now: datetime, taken: bool) -> dict[str, Any]:
    """The marks of a file that is worked on from this moment, or of one that waits for a worker."""
    return {"beat_at": now, "attempts": 1} if taken else {"beat_at": None, "attempts": 0}


def _locked(import_id: int, center: Center, actor: Actor) -> MessageImport:
    row = seen_by(actor, center).select_for_update(of=("self",)).filter(pk=import_id).first()
    if row is None:
        raise NotFound("Такого файла среди внесённых нет.")
    if row.format not in formats_of(actor, center):
        raise NotAllowed(NOBODY)
    return row
