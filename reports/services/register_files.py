"""Files brought to a register: kept as read, shown as a plan, put in once in one transaction."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import tablib
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.files import File
from django.db import transaction
from import_export.results import RowResult

from blocks.actors import Actor
from blocks.models import Center
from mcu.errors import Conflict, NotAllowed, NotFound, WrongState
from mcu.models import User
from mcu.uploads.brought import Brought, bring
from reports.models import RegisterEvent, RegisterImport
from reports.registers.choices import Choices
from reports.registers.resource import RegisterResource
from reports.registers.rights import Reach, reach, who_writes
from reports.registers.table import Register
from reports.registers.words import differences
from reports.services import registers as service

KEPT: Final = timedelta(days=2)
ROWS: Final = 5_000
_BATCH: Final = 500
_NEW, _CHANGED, _SAME = RowResult.IMPORT_TYPE_NEW, RowResult.IMPORT_TYPE_UPDATE, RowResult.IMPORT_TYPE_SKIP


@dataclass(frozen=True)
class Planned:
    """One line of the file: what would be done with it, and why not."""

    line: int
    kind: str  # new, update, skip or error
    row: Any = None
    changes: list[dict[str, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    """The whole file."""

    brought: Brought
    lines: list[Planned]

    def of(self, kind: str) -> list[Planned]:
        return [one for one in self.lines if one.kind == kind]

    @property
    def new(self) -> list[Planned]:
        return self.of(_NEW)

    @property
    def changed(self) -> list[Planned]:
        return self.of(_CHANGED)

    @property
    def same(self) -> list[Planned]:
        return self.of(_SAME)

    @property
    def wrong(self) -> list[Planned]:
        return self.of("error")

    @property
    def digest(self) -> str:
        """Equal plans have equal digests: what was shown is what is done."""
        told = [(one.line, one.kind, [(c["field"], c["before"], c["after"]) for c in one.changes]) for one in self.lines]
        return hashlib.sha256(repr(told).encode()).hexdigest()


class Moved(Conflict):
    """The register changed while the preview was looked at: another thing would be done than what was shown."""


@transaction.atomic
def take(*, register: Register, center: Center, actor: Actor, file: File[bytes], now: datetime) -> RegisterImport:
    """Read the file and keep its table for the preview. Raises ``Invalid`` for what is no table of this register."""
    _own(register, center, actor)
    user = User.objects.get(pk=actor.user_id or 0)
    brought = bring(file, titles=register.headers(), needed=register.needed(), most=ROWS)
    RegisterImport.objects.filter(center=center, confirmed_at__isnull=True, at__lt=now - KEPT).delete()
    return RegisterImport.objects.create(
        center=center,
        register=register.code,
        by=user,
        at=now,
        name=brought.name[:200],
        table=brought.packed(),
    )


def find(*, register: Register, center: Center, actor: Actor, upload_id: int) -> RegisterImport:
    """The file that this person brought. Raises ``NotFound``, and ``WrongState`` for one that was put in."""
    rows = RegisterImport.objects.filter(center=center, register=register.code, by_id=actor.user_id, pk=upload_id)
    found = rows.first()
    if found is None:
        raise NotFound("Такого файла нет: его убрали или приложил другой человек. Приложите файл ещё раз.")
    if found.confirmed_at is not None:
        raise WrongState("Этот файл уже внесён. Второй раз вносить его не нужно.")
    return found


def plan(*, register: Register, center: Center, actor: Actor, kept: RegisterImport, now: datetime) -> Plan:
    """What the file would do now. A fixed number of queries, whatever its length."""
    own = _own(register, center, actor)
    today = now.astimezone(center.tz).date()
    points = register.points()
    rows = register.rows.filter(center=center).order_by("pk")
    known = list(rows.select_related(*points) if points else rows)
    resource = RegisterResource(register, Choices(center), own=own, today=today, kept=known)
    before = {row.number: service.values_of(register, row) for row in known}
    brought = Brought.unpacked({"name": kept.name, **kept.table})
    dataset = tablib.Dataset(*[cells for _, cells in brought.rows], headers=brought.headers)
    numbers = {place: number for place, (number, _) in enumerate(brought.rows, 1)}
    done = resource.import_data(dataset, dry_run=False, use_transactions=False, raise_errors=False, lines=numbers)
    lines = [_planned(register, number, row, before) for (number, _), row in zip(brought.rows, done.rows, strict=True)]
    return Plan(brought, lines)


@transaction.atomic
def put_in(*, register: Register, center: Center, actor: Actor, upload_id: int, digest: str, now: datetime) -> RegisterImport:
    """Do what the preview showed: all of it or nothing. Raises ``Moved`` where it would be something else by now."""
    service.lock(center)
    kept = find(register=register, center=center, actor=actor, upload_id=upload_id)
    own = _own(register, center, actor)
    made = plan(register=register, center=center, actor=actor, kept=kept, now=now)
    if made.digest != digest:
        raise Moved("Пока вы смотрели, реестр изменился. Ничего не внесено: проверьте строки ещё раз.")
    work = _Work(register, center, actor, own, kept, now)
    new, old = _create(work, made.new), _change(work, made.changed)
    raised = [one.row for one in made.changed if any(change["field"] == "level" for change in one.changes)]
    high = [row for row in (*new, *raised) if service.is_high(row)]
    service.tell_of_risks(register, center, high, actor, now)
    kept.confirmed_at, kept.created, kept.changed, kept.table = now, len(new), len(old), {}
    kept.save()
    return kept


@dataclass(frozen=True)
class _Work:
    """What the writing of a file goes by."""

    register: Register
    center: Center
    actor: Actor
    own: Reach
    kept: RegisterImport
    now: datetime

    def record(self, lines: list[Planned], kind: str) -> list[Any]:
        """A line of history for each row; the rows."""
        rows = [one.row for one in lines]
        service.record(
            self.register,
            rows,
            kind,
            actor=self.actor,
            own=self.own,
            now=self.now,
            changes=[one.changes for one in lines],
            file_name=self.kept.name,
        )
        return rows


def _create(work: _Work, lines: list[Planned]) -> list[Any]:
    first = service.next_number(work.register, work.center)
    for place, one in enumerate(lines):
        one.row.number = first + place
        service.stamp(one.row, work.actor, work.now, new=True)
    work.register.model._default_manager.bulk_create([one.row for one in lines], batch_size=_BATCH)
    return work.record(lines, RegisterEvent.Kind.CREATED)


def _change(work: _Work, lines: list[Planned]) -> list[Any]:
    if not lines:
        return []
    for one in lines:
        service.unapprove(one.row, one.changes, work.actor)
        service.stamp(one.row, work.actor, work.now)
    touched = {change["field"] for one in lines for change in one.changes}
    approval = ["approved_on", "approved_by"] if hasattr(work.register.model, "approved_on") else []
    names = [*sorted(touched), *approval, "version", "changed_at", "changed_by"]
    work.register.model._default_manager.bulk_update([one.row for one in lines], names, batch_size=_BATCH)
    return work.record(lines, RegisterEvent.Kind.CHANGED)


def _planned(register: Register, line: int, result: RowResult, before: dict[int, dict[str, Any]]) -> Planned:
    if result.validation_error is not None or result.errors:
        return Planned(line, "error", errors=_words(register, result))
    row = result.instance
    if result.import_type == _SAME:
        return Planned(line, _SAME, row)
    after = service.values_of(register, row)
    if result.import_type == _NEW:
        return Planned(line, _NEW, row, differences(register, {}, service.filled(after)))
    return Planned(line, _CHANGED, row, differences(register, before[row.number], after))


def _words(register: Register, result: RowResult) -> list[str]:
    problem = result.validation_error
    if problem is None:
        return ["Строку не удалось прочитать: проверьте её по шаблону."]
    if not hasattr(problem, "error_dict"):
        return list(problem.messages)
    named: dict[str, list[ValidationError]] = problem.error_dict
    return [
        words if name == NON_FIELD_ERRORS else f"«{register.title(name)}»: {words.rstrip('.')}."
        for name, found in named.items()
        for one in found
        for words in one.messages
    ]


def _own(register: Register, center: Center, actor: Actor) -> Reach:
    own = reach(register, actor)
    if actor.center_id != center.pk or not own or actor.user_id is None:
        raise NotAllowed(who_writes(register))
    return own
