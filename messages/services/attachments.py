"""Files of a case: of the message, of the answer, internal. A removed one is hidden; what went out stays with its version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from blocks.actors import Actor
from mcu import uploads
from mcu.errors import Invalid, NotAllowed, NotFound
from mcu.uploads import Accepted
from messages import cooperation, policies
from messages.models import Attachment, Message, Reply
from messages.services.case import by_person, locked
from messages.services.history import record

MAX_FILES: Final = 20


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that the kernel has accepted and put in its place (mcu.uploads)."""

    path: str
    name: str
    content_type: str
    size: int
    sha256: str


@contextmanager
def stored(accepted: Accepted) -> Iterator[StoredFile]:
    """The file in its place for as long as the work inside succeeds."""
    with uploads.stored(accepted) as path:
        yield StoredFile(path, accepted.name, accepted.content_type, accepted.size, accepted.sha256)


@dataclass(frozen=True, slots=True)
class Added:
    """What became of the files: kept as rows, or there already (their paths are free again)."""

    rows: tuple[Attachment, ...]
    repeated: tuple[StoredFile, ...]


@transaction.atomic
def add(*, message_id: int, actor: Actor, kind: str, files: Sequence[StoredFile], now: datetime) -> Added:
    """Add files to the message, the answer or for the colleagues, all or none. The same file is kept once."""
    message = locked(message_id=message_id, actor=actor)
    verdict = cooperation.may_attach(actor, message, kind)
    if not verdict:
        raise NotAllowed(verdict.reason)
    present = Attachment.objects.filter(message=message, removed_at__isnull=True)
    known = set(present.filter(kind=kind, reply__isnull=True).values_list("sha256", flat=True))
    new, repeated = _apart(files, known)
    count = present.count()
    if count + len(new) > MAX_FILES:
        problem = (
            f"У сообщения уже {count} файлов, можно не больше {MAX_FILES}. Ни один из новых не добавлен: "
            "соберите их в один архивный документ или уберите лишние."
        )
        raise Invalid(problem, {"upload": problem})
    rows = tuple(
        Attachment.objects.create(
            message=message,
            kind=kind,
            name=one.name,
            content_type=one.content_type,
            size=one.size,
            sha256=one.sha256,
            file=one.path,
            uploaded_by_id=by_person(actor),
            client_id=actor.client_id,
            uploaded_at=now,
        )
        for one in new
    )
    if rows:
        data = {"kind": kind, "files": [row.pk for row in rows]}
        note = ", ".join(row.name for row in rows)
        record(message=message, code="files_added", actor=actor, now=now, grant=verdict.grant, data=data, note=note)
    return Added(rows, repeated)


def _apart(files: Iterable[StoredFile], known: set[str]) -> tuple[list[StoredFile], tuple[StoredFile, ...]]:
    """The new ones, each once, and those that are there already."""
    new: dict[str, StoredFile] = {}
    repeated = []
    for one in files:
        if one.sha256 in known or one.sha256 in new:
            repeated.append(one)
        else:
            new[one.sha256] = one
    return list(new.values()), tuple(repeated)


@transaction.atomic
def remove(*, message_id: int, file_id: int, actor: Actor, now: datetime) -> Attachment:
    """Hide a file; it stays kept, and the history says who removed it. What went out with an answer is not removed."""
    message = locked(message_id=message_id, actor=actor)
    row = Attachment.objects.filter(message=message, pk=file_id, removed_at__isnull=True).first()
    if row is None:
        raise NotFound("Такого файла у сообщения уже нет: возможно, его убрал коллега.")
    if row.reply_id is not None:
        raise NotAllowed("Файл ушёл заявителю вместе с ответом: его не убирают.")
    verdict = cooperation.may_attach(actor, message, row.kind)
    if not verdict:
        raise NotAllowed(verdict.reason)
    if row.kind == Attachment.Kind.INTERNAL and row.uploaded_by_id != actor.user_id:
        raise NotAllowed("Служебный файл убирает тот, кто его добавил.")
    row.removed_at, row.removed_by_id = now, by_person(actor)
    row.save(update_fields=["removed_at", "removed_by"])
    data = {"kind": row.kind, "file": row.pk}
    record(message=message, code="file_removed", actor=actor, now=now, grant=verdict.grant, data=data, note=row.name)
    return row


def find_file(*, actor: Actor, number: str, file_id: int) -> Attachment:
    """A file of a case that the actor may see. One query. Raises ``NotFound``."""
    row = None
    if "\x00" not in number:
        cases = Message.objects.visible_to(actor).filter(number=number.upper()).values("pk")
        row = (
            Attachment.objects.select_related("message__source")
            .filter(message__in=cases, pk=file_id, removed_at__isnull=True)
            .first()
        )
    if row is None:
        raise NotFound("Такого файла нет среди тех, что вам видны.")
    if not policies.may_see_contacts(actor, row.message):
        raise NotAllowed("В файлах бывают имена и телефоны: технической роли они не открываются.")
    return row


def bind(reply: Reply) -> None:
    """The answer goes out: its files are now those of this version. One query, within the caller's transaction."""
    Attachment.objects.filter(
        message_id=reply.message_id, kind=Attachment.Kind.ANSWER, reply__isnull=True, removed_at__isnull=True
    ).update(reply=reply)


def copy_to(reply: Reply, *, answered: Reply, now: datetime) -> None:
    """Give a merged message the files that went out with the leading one's answer; the files themselves are shared."""
    rows = Attachment.objects.filter(reply=answered, removed_at__isnull=True).order_by("pk")
    known = set(
        Attachment.objects.filter(message_id=reply.message_id, kind=Attachment.Kind.ANSWER, removed_at__isnull=True, reply=None)
        .order_by()
        .values_list("sha256", flat=True)
    )
    Attachment.objects.bulk_create(
        Attachment(
            message_id=reply.message_id,
            kind=row.kind,
            name=row.name,
            content_type=row.content_type,
            size=row.size,
            sha256=row.sha256,
            file=row.file.name,
            uploaded_by_id=row.uploaded_by_id,
            uploaded_at=now,
        )
        for row in rows
        if row.sha256 not in known
    )
