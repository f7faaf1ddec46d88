"""The only writer of the registers: one row at a time, or a whole file at once; every change leaves a line of history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from blocks.actors import Actor
from blocks.models import Center, RoadmapMeasure
from blocks.selectors import roster_of
from mcu import outbox
from mcu.errors import Conflict, Invalid, NotAllowed, NotFound, WrongState
from mcu.outbox import Notice
from mcu.text import clean_text
from reports.models import InformationRisk, RegisterEvent
from reports.registers.checking import cleaned, problems
from reports.registers.definitions import RISKS, ROADMAPS
from reports.registers.rights import Reach, may_approve, reach, who_writes
from reports.registers.table import Register, Values
from reports.registers.words import differences

Kind = RegisterEvent.Kind
NOT_SAVED = "Запись не сохранена: исправьте отмеченное."


class Outrun(Conflict):
    """Somebody saved the row meanwhile; ``version`` is the present one, the history says what changed since."""

    def __init__(self, row: Any) -> None:
        super().__init__("Пока вы писали, эту запись сохранил другой человек. Ваше осталось в полях, его изменения — ниже.")
        self.row = row


@transaction.atomic
def create(*, register: Register, center: Center, actor: Actor, values: Values, now: datetime) -> Any:
    """Add a row with the next number. Raises ``Invalid`` by field."""
    own = _writer(register, center, actor)
    lock(center)
    full = blank(register) | cleaned(register, values)
    demand(register, center, own, full, now=now, changed=set(register.fields))
    row = register.model(center=center, number=next_number(register, center), **full)
    stamp(row, actor, now, new=True)
    row.save()
    record(register, [row], Kind.CREATED, actor=actor, own=own, now=now, changes=[differences(register, {}, filled(full))])
    tell_of_risks(register, center, [row] if is_high(row) else [], actor, now)
    return row


@transaction.atomic
def change(
    *, register: Register, center: Center, actor: Actor, number: int, version: int, values: Values, now: datetime
) -> Any:
    """Change a row as it was seen in its ``version``. Raises ``Outrun`` where somebody was faster, ``Invalid`` by field."""
    own, row = _held(register, center, actor, number)
    if row.version != version:
        raise Outrun(row)
    before = values_of(register, row)
    after = before | cleaned(register, values)
    changes = differences(register, before, after)
    if not changes:
        return row
    was_high = is_high(row)
    demand(register, center, own, after, now=now, changed={one["field"] for one in changes})
    for one in changes:
        setattr(row, one["field"], after[one["field"]])
    unapprove(row, changes, actor)
    stamp(row, actor, now)
    row.save()
    record(register, [row], Kind.CHANGED, actor=actor, own=own, now=now, changes=[changes])
    tell_of_risks(register, center, [row] if is_high(row) and not was_high else [], actor, now)
    return row


@transaction.atomic
def void(*, register: Register, center: Center, actor: Actor, number: int, reason: str, now: datetime) -> Any:
    """Take a row out of every list and figure; it stays to be read, with the reason."""
    own, row = _held(register, center, actor, number)
    words = " ".join(clean_text(reason).split())
    if not words:
        raise Invalid("Запись не аннулирована.", {"reason": "Напишите, почему запись не должна учитываться."})
    if len(words) > 300:
        raise Invalid("Запись не аннулирована.", {"reason": "Причина длиннее 300 знаков: сократите."})
    row.voided_at, row.voided_by_id, row.void_reason = now, actor.user_id, words
    stamp(row, actor, now)
    row.save()
    record(register, [row], Kind.VOIDED, actor=actor, own=own, now=now, reason=words)
    return row


@transaction.atomic
def approve(*, center: Center, actor: Actor, number: int, now: datetime) -> int:
    """The block's curator approves the roadmap that the measure belongs to: all its measures not approved yet (R56)."""
    lock(center)
    measure = RoadmapMeasure.objects.valid().visible_to(actor).filter(number=number).first()
    if measure is None or measure.center_id != center.pk:
        raise NotFound("Такого мероприятия нет среди тех, что вам видны.")
    verdict = may_approve(actor, measure.block_id)
    if not verdict:
        raise NotAllowed(verdict.reason)
    rows = list(RoadmapMeasure.objects.waiting().filter(center=center, block=measure.block_id, roadmap=measure.roadmap))
    if not rows:
        raise WrongState("Эта дорожная карта уже утверждена.")
    for row in rows:
        row.approved_on, row.approved_by_id = now.astimezone(center.tz).date(), actor.user_id
        stamp(row, actor, now)
    RoadmapMeasure.objects.bulk_update(rows, ["approved_on", "approved_by", "version", "changed_at", "changed_by"])
    grants = (verdict.grant,) if verdict.grant else ()
    record(ROADMAPS, rows, Kind.APPROVED, actor=actor, own=Reach(ROADMAPS, grants=grants), now=now)
    return len(rows)


# What the import of files (``register_files``) shares with the changes of one row.


def lock(center: Center) -> None:
    """Writers of a Center's registers go one after another: numbers have no gaps and files meet no half-written rows."""
    list(Center.objects.select_for_update(no_key=True).filter(pk=center.pk).values_list("pk"))


def next_number(register: Register, center: Center) -> int:
    """The number of the next row; under the lock."""
    last = register.rows.filter(center=center).aggregate(last=Max("number"))["last"]
    return int(last or 0) + 1


def blank(register: Register) -> dict[str, Any]:
    """Values of a row in which nothing is written."""
    return {name: register.of(name).get_default() for name in register.fields}


def filled(values: Values) -> dict[str, Any]:
    """Only what says something."""
    return {name: value for name, value in values.items() if value is not None and value != ""}


def values_of(register: Register, row: Any) -> dict[str, Any]:
    """The row's values by field."""
    return {name: getattr(row, name) for name in register.fields}


def demand(register: Register, center: Center, own: Reach, values: Values, *, now: datetime, changed: set[str]) -> None:
    """Go on only with values that can stand. Raises ``Invalid``."""
    today = now.astimezone(center.tz).date()
    if found := problems(register, center, own, values, today=today, changed=changed):
        raise Invalid(NOT_SAVED, found)


def stamp(row: Any, actor: Actor, now: datetime, *, new: bool = False) -> None:
    """Who wrote the row and when."""
    if new:
        row.created_at, row.created_by_id = now, actor.user_id
    else:
        row.version += 1
    row.changed_at, row.changed_by_id = now, actor.user_id


def record(
    register: Register,
    rows: Sequence[Any],
    kind: str,
    *,
    actor: Actor,
    own: Reach,
    now: datetime,
    changes: Sequence[list[dict[str, str]]] = (),
    reason: str = "",
    file_name: str = "",
) -> None:
    """Add a line of history for each row."""
    grant = own.grant
    RegisterEvent.objects.bulk_create(
        RegisterEvent(
            center_id=row.center_id,
            register=register.code,
            row=row.pk,
            at=now,
            kind=kind,
            user_id=actor.user_id,
            role=grant.role if grant else "",
            acting_for_id=grant.acting_for_id if grant else None,
            file_name=file_name,
            changes=changes[place] if changes else [],
            reason=reason,
        )
        for place, row in enumerate(rows)
    )


def is_high(row: Any) -> bool:
    """Whether the row is a risk that the head is told of."""
    return isinstance(row, InformationRisk) and row.level == InformationRisk.Level.HIGH and row.closed_on is None


def tell_of_risks(register: Register, center: Center, rows: Iterable[Any], actor: Actor, now: datetime) -> None:
    """Tell the heads of risks that have become high, in one notice a person."""
    told = list(rows)
    if register is not RISKS or not told:
        return
    one = told[0]
    subject = (
        f"Высокий информационный риск: {one.summary}"
        if len(told) == 1
        else f"Высоких информационных рисков внесено: {len(told)}"
    )
    path = row_path(center, register, one) if len(told) == 1 else list_path(center, register)
    outbox.put(
        (
            Notice(
                key=f"risk:{one.pk}:{one.version}:{user_id}",
                kind="risk",
                user_id=user_id,
                subject=subject,
                path=path,
                center_slug=center.slug,
            )
            for user_id in roster_of(center, now).heads()
            if user_id != actor.user_id
        ),
        now=now,
    )


def list_path(center: Center, register: Register) -> str:
    """The address of the register."""
    return f"/{center.slug}/reports/registers/{register.code}/"


def row_path(center: Center, register: Register, row: Any) -> str:
    """The address of a row."""
    return f"{list_path(center, register)}{row.number}/"


def _writer(register: Register, center: Center, actor: Actor) -> Reach:
    own = reach(register, actor)
    if actor.center_id != center.pk or not own:
        raise NotAllowed(who_writes(register))
    return own


def _held(register: Register, center: Center, actor: Actor, number: int) -> tuple[Reach, Any]:
    """The row to change, locked, and the rights of whoever changes it."""
    lock(center)
    points = register.points()
    rows = register.rows.visible_to(actor).filter(center=center, number=number)
    row = rows.select_related(*points).first() if points else rows.first()
    if row is None:
        raise NotFound("Такой записи нет среди тех, что вам видны.")
    own = _writer(register, center, actor)
    if row.voided_at is not None:
        raise WrongState("Эта запись аннулирована: её больше не меняют. Внесите новую.")
    if not own.covers(values_of(register, row)):
        raise NotAllowed(who_writes(register))
    return own, row


def unapprove(row: Any, changes: Iterable[Mapping[str, str]], actor: Actor) -> None:
    """A measure whose substance somebody else than the block's curator changes waits for approval again."""
    if not isinstance(row, RoadmapMeasure) or row.approved_on is None or may_approve(actor, row.block_id):
        return
    if {one["field"] for one in changes} - {"done_on", "result", "executor"}:
        row.approved_on = row.approved_by = None
