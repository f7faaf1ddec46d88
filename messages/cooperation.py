"""Who may do what about a case together: talk, add files, ask for parts and give them, note what the applicant says.

Pure functions like those of ``messages.policies``, with their reasons in Russian.
"""

from __future__ import annotations

from typing import Final, Protocol

from blocks.actors import Actor, ActorKind, Grant
from blocks.roles import BLOCK_ROLES, Role
from messages import policies
from messages.policies import Case, Verdict
from messages.workflow import OPEN, State

SORTERS: Final = (Role.SOURCE_CURATOR, Role.ACCOUNTS, Role.HEAD, Role.SUPPORT)
_ASKERS: Final = (Role.BLOCK_RESPONSIBLE, Role.BLOCK_CURATOR, *SORTERS)
# While the answer is written its parts are asked for; they are taken as long as it has not left.
ASKED_IN: Final = (State.ASSIGNED, State.DRAFTING)
GIVEN_IN: Final = (*ASKED_IN, State.BLOCK_APPROVAL, State.HEAD_APPROVAL)
ANSWERED: Final = (State.ANSWERED, State.CLOSED)


class AskedPart(Protocol):
    """The facts of a part that rights depend on."""

    @property
    def block_id(self) -> int: ...

    @property
    def recipient_id(self) -> int | None: ...

    @property
    def cycle(self) -> int: ...


class BroughtCase(Case, Protocol):
    client_id: int | None


class CycledCase(Case, Protocol):
    cycle: int


def reading_as(actor: Actor, case: Case) -> Grant | None:
    """The role in which the actor reads a case that he sees: the one that covers it, else that of a block asked for a part."""
    covering = _covering(actor, tuple(Role), case)
    return covering or next((grant for grant in actor.grants if grant.role in BLOCK_ROLES), None)


def may_attach(actor: Actor, case: BroughtCase, kind: str) -> Verdict:
    """Files of the message are for those who sort, of the answer for whoever may write it, internal ones for all who see it.

    A client adds to what it has brought itself, and only what belongs to the message, while that is worked on.
    """
    if actor.kind == ActorKind.CLIENT:
        return _brought(actor, case, kind)
    if actor.kind == ActorKind.SYSTEM and kind == "message":  # what came with a letter
        return Verdict(True)
    match kind:
        case "message":
            return _verdict(_covering(actor, SORTERS, case), "Файлы к сообщению добавляют куратор источника и руководитель.")
        case "answer":
            return policies.may_edit_draft(actor, case)
        case "internal":
            return _verdict(reading_as(actor, case), "Служебные файлы добавляют те, кто работает с сообщением.")
    return Verdict(False, "Выберите, к чему относится файл.")


def _brought(actor: Actor, case: BroughtCase, kind: str) -> Verdict:
    if actor.client_id is None or case.client_id != actor.client_id or kind != "message":
        return Verdict(False, "Клиент добавляет файлы только к сообщениям, которые передал сам.")
    if case.state not in OPEN:
        return Verdict(False, "Работа по сообщению закончена: файлы к нему больше не принимаются.")
    return Verdict(True)


def may_ask(actor: Actor, case: Case) -> Verdict:
    """Parts are asked for by whoever holds the case or sorts, while the answer is written."""
    if case.state not in ASKED_IN:
        return Verdict(False, "Части ответа запрашивают, пока ответ готовится.")
    return _verdict(
        _covering(actor, _ASKERS, case), "Часть ответа запрашивает тот, у кого сообщение, куратор источника или руководитель."
    )


def may_give(actor: Actor, part: AskedPart, case: CycledCase) -> Verdict:
    """A part is given, or declined, by the people of the block it is asked from."""
    if case.state not in GIVEN_IN or part.cycle != case.cycle:
        return Verdict(False, "Ответ уже не готовится: эта часть больше не нужна.")
    grants = (grant for grant in actor.grants if grant.role in BLOCK_ROLES and grant.block_id == part.block_id)
    fitting = (grant for grant in grants if grant.recipient_id is None or grant.recipient_id == part.recipient_id)
    grant = next(fitting, None) if case.center_id == actor.center_id else None
    return _verdict(grant, "Эту часть дают люди блока, у которого её запросили.")


def may_rate_for(actor: Actor, case: Case) -> Verdict:
    """What the applicant says is written down, and the link given out, by those who talk with him: not by the writers."""
    if case.state not in ANSWERED:
        return Verdict(False, "Оценку записывают, когда ответ направлен.")
    reason = "Оценку записывают куратор источника и руководитель: не те, чей это ответ."
    return _verdict(_covering(actor, SORTERS, case), reason)


def may_settle(actor: Actor, case: Case) -> Verdict:
    """A low score is settled by those who may reopen the case."""
    grant = _covering(actor, (Role.SOURCE_CURATOR, Role.ACCOUNTS, Role.HEAD), case)
    return _verdict(grant, "Решают куратор источника или руководитель: возобновить работу или оставить как есть.")


def _verdict(grant: Grant | None, reason: str) -> Verdict:
    return Verdict(True, grant=grant) if grant else Verdict(False, reason)


def _covering(actor: Actor, roles: tuple[Role, ...], case: Case) -> Grant | None:
    if case.center_id != actor.center_id:
        return None
    return next((grant for grant in actor.grants_of(*roles) if grant.reaches(case)), None)
