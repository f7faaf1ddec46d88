"""Files of what the register found: asked for on a page, made by a worker from the database's state, kept for a week.

The rows are those the asker may see when the file is made, by the roles he has then; the row of the export is the record of
what was asked and given. A worker that dies leaves its sign of life to grow old, and another takes the row again.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q

from blocks import actors
from blocks.actors import Actor
from blocks.charters.settings_schema import settings_of
from blocks.models import Center
from mcu import outbox
from mcu.bulk import copy_in
from mcu.errors import Invalid, NotAllowed, NotFound
from mcu.outbox import Notice
from messages import policies
from messages.documents import register_xlsx, shaped_xlsx, sstu
from messages.models import ContactAccess, Export
from messages.selectors.register.columns import COLUMNS
from messages.selectors.register.exported import OF_SOURCE, Exported, exported
from messages.selectors.register.filters import QUERY_LENGTH
from messages.services.term_book import working_hours

log = logging.getLogger(__name__)

KEPT: Final = timedelta(days=7)
SILENT: Final = timedelta(seconds=60)  # a worker without a sign of life for so long is dead
TRIES: Final = 3
WAITING_OF_ONE: Final = 3
MOST_ROWS: Final = 1_000_000  # a sheet holds a little more
BATCH: Final = 1000
_FOLDER: Final = "exports"
_PART: Final = ".part"
_WATCHED: Final = 15  # seconds: a page that asks for progress asks more often
_NONE_OF_SOURCE: Final = (
    "В файл «{}» идут только сообщения этого источника, а в отборе их нет. Измените отбор или выберите таблицу МЦУ."
)
_State = Export.State
Row = TypeVar("Row")


class _Lost(Exception):
    """Another worker has taken the export: this one's file is not wanted."""


@transaction.atomic
def ask(
    *,
    center: Center,
    actor: Actor,
    query: str,
    columns: Sequence[str] = (),
    only: Sequence[int] = (),
    with_contacts: bool = False,
    format: str = Export.Format.MCU,
    now: datetime,
) -> Export:
    """Ask for a file of what the filters find, or of the chosen cases alone. Raises ``NotAllowed`` and ``Invalid``.

    An appeal for ССТУ.РФ names its author, so that format is one with contacts whatever was ticked.
    """
    if actor.user_id is None or actor.center_id != center.pk:
        raise NotAllowed("Выгрузки делаются для людей этого Центра.")
    if format not in Export.Format.values:
        raise Invalid("Такого вида файла нет. Выберите его из списка.")
    with_contacts = with_contacts or format == Export.Format.SSTU
    if with_contacts and not (verdict := policies.may_export_contacts(actor)):
        raise NotAllowed(verdict.reason)
    unfinished = Export.objects.filter(user_id=actor.user_id, state__in=(_State.WAITING, _State.WORKING))
    if unfinished.count() >= WAITING_OF_ONE:
        raise Invalid(f"У вас уже готовятся {WAITING_OF_ONE} выгрузки. Дождитесь их и попросите снова.")
    return Export.objects.create(
        center=center,
        user_id=actor.user_id,
        query=query[:QUERY_LENGTH],
        columns=[code for code in COLUMNS if code in columns],
        only=list(dict.fromkeys(only)),
        with_contacts=with_contacts,
        format=format,
        asked_at=now,
    )


@transaction.atomic
def take(*, now: datetime) -> Export | None:
    """The next export to make, marked as taken; ``None`` when there is none or one is being made. One query when idle.

    One at a time, so that a long file leaves the other worker to the terms of cases.
    """
    rows = list(
        Export.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(state__in=(_State.WAITING, _State.WORKING))
        .order_by("asked_at", "pk")[:100]
    )
    silent = now - SILENT
    if any(row.state == _State.WORKING and row.beat_at and row.beat_at > silent for row in rows):
        return None
    for row in rows:
        if row.attempts < TRIES:
            row.state, row.attempts, row.beat_at, row.done = _State.WORKING, row.attempts + 1, now, 0
            row.save()
            return row
        _give_up(row, "обработчик трижды остановился на ней", now)
    return None


def make(*, export: Export, clock: Callable[[], datetime]) -> None:
    """Make the file of an export that was taken. ``clock`` gives the moment: a long work shows signs of life."""
    now = clock()
    center = Center.objects.get(pk=export.center_id)
    actor = actors.person(user=export.user, center=center, now=now)
    part = _place(f"{export.pk}-{export.attempts}{_PART}")
    try:
        if not actor.grants or not export.user.is_active:
            raise NotAllowed("У вас больше нет роли в этом Центре, поэтому выгружать нечего.")
        hours = working_hours(settings_of(center.settings).working_time)
        found = exported(export=export, actor=actor, center=center, hours=hours, now=now)
        if found.total > MOST_ROWS:
            raise Invalid(f"Найдено больше {MOST_ROWS} сообщений: столько не помещается на лист. Сузьте отбор.")
        if not found.total and export.format in OF_SOURCE:
            raise Invalid(_NONE_OF_SOURCE.format(export.get_format_display()))
        _owned(export, total=found.total, beat_at=clock())
        _write(part, found, export, clock)
        _finish(export, found, part, actor, clock())
    except _Lost:
        log.warning("export %s was taken by another worker", export.pk)
    except (NotAllowed, Invalid) as error:
        Export.objects.filter(pk=export.pk, attempts=export.attempts).update(
            state=_State.FAILED, error=error.message, finished_at=clock()
        )
    except Exception:
        reference = secrets.token_hex(4).upper()
        log.exception("export %s was not made, reference %s", export.pk, reference)
        _failed(export, reference, clock())
    finally:
        part.unlink(missing_ok=True)


def file_of(*, export_id: int, center: Center, actor: Actor) -> Export:
    """The export whose file the person may have: an own one, while every role its rows were seen by is still held."""
    export = Export.objects.filter(Q(user=actor.user_id), pk=export_id, center=center).first()
    if export is None or export.state != _State.DONE:
        raise NotFound("Такой выгрузки у вас нет.")
    if not export.file:
        raise NotFound("Файл удалён: выгрузки хранятся семь дней. Попросите её снова.")
    held = rights_of(actor)
    if any(right not in held for right in export.rights):
        raise NotAllowed("С тех пор ваши роли изменились, и этот файл вам больше не положен. Попросите выгрузку снова.")
    return export


def watched(*, export_id: int) -> None:
    """Somebody looks at the progress: no notice is needed when it is done."""
    cache.set(f"export-watched:{export_id}", 1, _WATCHED)


def remove_old(*, now: datetime) -> int:
    """Take away files older than a week and what broken runs left; the rows stay as the record. Returns how many."""
    removed = 0
    for export in Export.objects.filter(finished_at__lt=now - KEPT).exclude(file=""):
        name, export.file = str(export.file.name), ""
        export.save(update_fields=["file"])
        default_storage.delete(name)
        removed += 1
    for left in _place("").iterdir():  # what a broken run left; a file named by a row went above
        kept = timedelta(days=1) if left.suffix == _PART else KEPT + timedelta(days=1)
        if left.stat().st_mtime < (now - kept).timestamp():
            left.unlink(missing_ok=True)
    return removed


def rights_of(actor: Actor) -> list[list[Any]]:
    """The roles with their bounds, as plain values that can be kept and compared."""
    return [[grant.role.value, *sorted(map(list, grant.bounds().items()))] for grant in actor.grants]


def _write(part: Path, found: Exported, export: Export, clock: Callable[[], datetime]) -> None:
    """The file in the form that was asked for."""
    if export.format == Export.Format.SSTU:
        sstu.write(part, cases=_counted(found.cases(BATCH), export, clock), tz=found.heading.tz)
        return
    rows = _counted(found.batches(BATCH), export, clock)
    if export.format == Export.Format.MCU:
        register_xlsx.write(part, heading=found.heading, columns=found.columns, rows=rows)
    else:
        shaped_xlsx.write(part, shape=export.format, columns=found.columns, rows=rows)


def _counted(batches: Iterable[list[Row]], export: Export, clock: Callable[[], datetime]) -> Iterator[Row]:
    """What the batches hold, with a sign of life and the count after each."""
    done = 0
    for batch in batches:
        yield from batch
        done += len(batch)
        _owned(export, done=done, beat_at=clock())


def _owned(export: Export, **values: Any) -> None:
    """Write into the export while this worker is the one that has it."""
    if not Export.objects.filter(pk=export.pk, state=_State.WORKING, attempts=export.attempts).update(**values):
        raise _Lost


@transaction.atomic
def _finish(export: Export, found: Exported, part: Path, actor: Actor, now: datetime) -> None:
    """The file under its own name, the showings of contacts, the notice: together."""
    name = f"{_FOLDER}/{secrets.token_hex(20)}"
    _owned(export, state=_State.DONE, file=name, finished_at=now, rights=rights_of(actor), error="")
    if found.shown:
        role = (policies.may_export_contacts(actor).grant or actor.grants[0]).role.value
        copy_in(ContactAccess, ("message_id", "user_id", "role", "at"), ((pk, export.user_id, role, now) for pk in found.shown))
    if not cache.get(f"export-watched:{export.pk}"):
        _tell(export, f"Выгрузка готова: сообщений — {found.total}", now)
    part.chmod(0o600)
    part.rename(_place(Path(name).name))


def _failed(export: Export, reference: str, now: datetime) -> None:
    """Leave it to the next try, or say with a reference that it did not work out."""
    row = Export.objects.filter(pk=export.pk, attempts=export.attempts, state=_State.WORKING).first()
    if row is None:
        return
    if row.attempts < TRIES:
        row.state, row.beat_at = _State.WAITING, None
        row.save()
    else:
        _give_up(row, f"номер для технического специалиста — {reference}", now)


def _give_up(export: Export, why: str, now: datetime) -> None:
    export.state, export.finished_at = _State.FAILED, now
    export.error = f"Выгрузка не получилась после {TRIES} попыток: {why}. Попросите её снова или сузьте отбор."
    export.save()
    log.error("export %s given up: %s", export.pk, why)
    _tell(export, "Выгрузка не получилась", now)


def _tell(export: Export, words: str, now: datetime) -> None:
    center = export.center
    outbox.put(
        [
            Notice(
                key=f"export:{export.pk}:{export.state}",
                kind="export",
                user_id=export.user_id,
                subject=words,
                path=f"/{center.slug}/messages/exports/{export.pk}/",
                center_slug=center.slug,
            )
        ],
        now=now,
    )


def _place(name: str) -> Path:
    """A path in the folder of exports, which nobody else on the machine reads."""
    folder = Path(default_storage.path(_FOLDER))
    for one in (folder.parent, folder):
        one.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / name if name else folder
