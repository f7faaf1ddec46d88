"""Who may do what with reports: pure functions of the actor, with the reason in Russian."""

from __future__ import annotations

from typing import Final

from blocks.actors import Actor, ActorKind
from blocks.roles import WHOLE_CENTER, Role
from messages.policies import Verdict

# The problemator is formed by support for the head (ОКТ Пол. 3.6); the documents are theirs.
KEEPERS: Final = (Role.SUPPORT, Role.HEAD)


def may_make(actor: Actor) -> Verdict:
    """Whether the actor may count the problemator of a week (anew)."""
    if actor.kind == ActorKind.SYSTEM or actor.has(*KEEPERS):
        return Verdict(True)
    return Verdict(False, "Проблематор составляет ответственный за обеспечение или руководитель Центра.")


def may_download(actor: Actor) -> Verdict:
    """Whether the actor may take the documents."""
    if actor.has(*KEEPERS):
        return Verdict(True)
    return Verdict(False, "Документы проблематора скачивают ответственный за обеспечение и руководитель Центра.")


def may_see_names(actor: Actor) -> bool:
    """An observer (ЦУР) reads reports without names of people; everybody else works with them."""
    return any(grant.role != Role.OBSERVER for grant in actor.grants)


def may_open_cases(actor: Actor) -> bool:
    """Whether numbers are links for this person: members who see cases at all; which ones, the register's rule says."""
    return may_see_names(actor)


def sees_whole_center(actor: Actor) -> bool:
    """Whether every case of the Center may be opened by this person."""
    return actor.has(*WHOLE_CENTER)
