"""What the pages of the registers read beside the list: counts of all, a row's history, messages around a campaign."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Count, Q, Value

from blocks.actors import Actor
from blocks.models import Center
from blocks.roles import Role
from mcu.clock import local_midnight
from messages.models import Message
from reports.models import Campaign, RegisterEvent
from reports.registers.definitions import REGISTERS
from reports.registers.rights import may_read, may_see_names
from reports.registers.table import Attention, Register

AROUND: Final = timedelta(weeks=4)
HISTORY: Final = 300


def readable(actor: Actor) -> list[Register]:
    """The registers shown to the person, in order."""
    return [one for one in REGISTERS.values() if may_read(one, actor)]


def totals(center: Center, actor: Actor, since: date) -> dict[str, tuple[int, int]]:
    """Of each register: how many rows there are, how many of them since the day. One query."""
    parts = []
    for one in readable(actor):
        new = Q(**{f"{one.model.DAY}__gte": since})
        rows = one.rows.visible_to(actor).valid().filter(center=center).order_by()
        parts.append(
            rows.values(code=Value(one.code)).annotate(all=Count("pk", distinct=True), new=Count("pk", new, distinct=True))
        )
    found = (
        parts[0]
        .values_list("code", "all", "new")
        .union(*(one.values_list("code", "all", "new") for one in parts[1:]), all=True)
    )
    return {code: (every, new) for code, every, new in found}


def waiting(center: Center, actor: Actor, today: date) -> dict[str, list[tuple[Attention, int]]]:
    """Of each register: what waits for somebody, and how much of it. One query."""
    parts = [
        _counted(one.attention[place].rows(one.rows.visible_to(actor).valid().filter(center=center), today), one.code, place)
        for one in readable(actor)
        for place in range(len(one.attention))
    ]
    found: dict[str, list[tuple[Attention, int]]] = {}
    for code, place, count in sorted(parts[0].union(*parts[1:], all=True)):
        found.setdefault(code, []).append((REGISTERS[code].attention[place], count))
    return found


def history(register: Register, row: Any, actor: Actor) -> list[dict[str, Any]]:
    """Lines of the row's history, the last first, in words. One query."""
    events = (
        RegisterEvent.objects.filter(register=register.code, row=row.pk)
        .select_related("user", "acting_for")
        .order_by("-pk")[:HISTORY]
    )
    named = may_see_names(actor)
    return [
        {
            "at": event.at,
            "title": event.get_kind_display() + (f" из файла «{event.file_name}»" if event.file_name else ""),
            "person": _who(event, named=named),
            "changes": event.changes if event.kind == RegisterEvent.Kind.CHANGED else [],
            "text": event.reason,
        }
        for event in events
    ]


def since_version(register: Register, row: Any, version: int, actor: Actor) -> list[dict[str, Any]]:
    """What others saved after the version, the first change first. One query."""
    lines = [line for line in history(register, row, actor)[: max(row.version - version, 0)]]
    return list(reversed(lines))


def around(campaign: Campaign) -> dict[str, int]:
    """Messages on the campaign's topic in the four weeks before it and after its end. One query."""
    tz = campaign.center.tz
    start = local_midnight(campaign.starts_on, tz)
    end = local_midnight(campaign.ends_on + timedelta(days=1), tz)
    counted = Message.objects.filter(
        center=campaign.center_id, topic=campaign.topic_id, received_at__gte=start - AROUND, received_at__lt=end + AROUND
    ).aggregate(
        before=Count("pk", Q(received_at__lt=start)),
        during=Count("pk", Q(received_at__gte=start, received_at__lt=end)),
        after=Count("pk", Q(received_at__gte=end)),
    )
    return {name: int(count) for name, count in counted.items()}


def _counted(rows: Any, code: str, place: int) -> Any:
    return (
        rows.order_by()
        .values(code=Value(code), place=Value(place))
        .annotate(n=Count("pk", distinct=True))
        .values_list("code", "place", "n")
    )


def _who(event: RegisterEvent, *, named: bool) -> str:
    role = Role(event.role).label if event.role else ""
    if event.user is None:
        return "программа"
    if not named:
        return str(role)
    name = event.user.short_name + (f" за {event.acting_for.short_name}" if event.acting_for else "")
    return f"{name}, {role}" if role else name
