"""Who may do what with reports: pure functions of the actor and the report, with the reason in Russian."""

from __future__ import annotations

from typing import Final, Protocol

from blocks.actors import Actor, ActorKind, Grant
from blocks.charters.settings_schema import ReportPlan
from blocks.roles import WHOLE_CENTER, Role
from messages.policies import Verdict

# They are told when a report is presented; until it is signed it is work in progress of others.
ONLY_SIGNED: Final = frozenset({Role.OBSERVER, Role.DISTRICT_HEAD})


class Signable(Protocol):
    """What of a report rights depend on."""

    @property
    def is_signed(self) -> bool: ...


class Written(Protocol):
    """A place to write at, with the roles that write there."""

    @property
    def roles(self) -> frozenset[Role]: ...


def may_make(actor: Actor, plan: ReportPlan | None, source_id: int | None = None) -> Verdict:
    """Whether the actor may have a report counted, complete it and correct it: whom the charter names, and the head."""
    if plan is None:
        return Verdict(False, "Такой отчёт в этом Центре не составляется.")
    if actor.kind == ActorKind.SYSTEM:
        return Verdict(True)
    grant = _first(actor, frozenset(Role(role) for role in plan.by), source_id) or _first(actor, frozenset({Role.HEAD}), None)
    if grant is not None:
        return Verdict(True, grant=grant)
    return Verdict(False, "Отчёт составляют ответственный по уставу и руководитель Центра.")


def may_write(actor: Actor, place: Written, *, block_id: int | None, source_id: int | None) -> Verdict:
    """Whether the actor may write at the place: by role, and there only of the own block or source."""
    for grant in actor.grants:
        if grant.role not in place.roles:
            continue
        if grant.role == Role.BLOCK_CURATOR and (block_id is None or grant.block_id != block_id):
            continue
        if source_id is not None and grant.source_id not in (None, source_id):
            continue
        return Verdict(True, grant=grant)
    return Verdict(False, "Этот раздел пишут другие: его роль указана рядом с ним.")


def may_sign(actor: Actor) -> Verdict:
    """Whether the actor may approve, return and present: the head of the Center (ОКТ Пол. 3.3 ¶8)."""
    grant = _first(actor, frozenset({Role.HEAD}), None)
    return Verdict(True, grant=grant) if grant else Verdict(False, "Отчёт утверждает руководитель Центра.")


def may_see(actor: Actor, report: Signable) -> bool:
    """Whether the report is shown: what is not signed yet is for those who work on it."""
    return report.is_signed or sees_drafts(actor)


def sees_drafts(actor: Actor) -> bool:
    """Whether the actor works on reports, and so sees them before they are signed."""
    return actor.kind == ActorKind.SYSTEM or any(grant.role not in ONLY_SIGNED for grant in actor.grants)


def may_see_names(actor: Actor) -> bool:
    """An observer (ЦУР) reads reports without names of people; everybody else works with them."""
    return actor.kind == ActorKind.SYSTEM or any(grant.role != Role.OBSERVER for grant in actor.grants)


def may_open_cases(actor: Actor) -> bool:
    """Whether numbers are links for this person: members who see cases at all; which ones, the register's rule says."""
    return may_see_names(actor)


def sees_whole_center(actor: Actor) -> bool:
    """Whether every case of the Center may be opened by this person."""
    return actor.has(*WHOLE_CENTER)


def counts_whole_center(actor: Actor) -> bool:
    """Whether numbers are counted over all cases of the Center: for whoever sees them all, and for observers, who see none."""
    return actor.kind == ActorKind.SYSTEM or actor.has(*WHOLE_CENTER, Role.OBSERVER)


def may_plan(actor: Actor) -> bool:
    """Whether the person may slice the numbers of the whole Center for planning (R9, R104)."""
    return counts_whole_center(actor)


def _first(actor: Actor, roles: frozenset[Role], source_id: int | None) -> Grant | None:
    """A grant of one of the roles, of the person's own before a lent one; bound to the source where the role is."""
    fitting = [
        grant for grant in actor.grants if grant.role in roles and (source_id is None or grant.source_id in (None, source_id))
    ]
    return min(fitting, key=lambda grant: grant.acting_for_id is not None, default=None)
