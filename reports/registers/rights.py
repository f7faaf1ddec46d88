"""Who reads and who writes a register: one rule for page, form, file and service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from blocks.actors import Actor, ActorKind, Grant
from blocks.models import Recipient
from blocks.roles import BLOCK_ROLES, Role
from messages.policies import Verdict
from reports.registers.table import Register

WHO_RU: Final = {
    Role.SUPPORT: "ответственный за обеспечение",
    Role.HEAD: "руководитель Центра",
    Role.ACCOUNTS: "ответственный за официальные аккаунты",
    Role.SOURCE_CURATOR: "кураторы источников",
}


def may_read(register: Register, actor: Actor) -> bool:
    """Whether the register is shown to the person at all: an observer (ЦУР) reads those without inner talk."""
    return any(grant.role != Role.OBSERVER or register.model.FOR_OBSERVERS for grant in actor.grants)


def may_see_names(actor: Actor) -> bool:
    """An observer reads what was written, not who wrote it."""
    return any(grant.role != Role.OBSERVER for grant in actor.grants)


@dataclass(frozen=True)
class Reach:
    """Which rows of a register the actor writes: all, or those of the blocks and recipients named."""

    register: Register
    whole: bool = False
    blocks: frozenset[int] = frozenset()
    recipients: frozenset[int] = frozenset()
    grants: tuple[Grant, ...] = ()

    def __bool__(self) -> bool:
        return self.whole or bool(self.blocks or self.recipients)

    def covers(self, values: Mapping[str, Any]) -> bool:
        """Whether a row with these values (rows of the charter by field) is the actor's to write."""
        if self.whole:
            return True
        if "recipient" in self.register.fields:
            return getattr(values.get("recipient"), "pk", None) in self.recipients
        return getattr(values.get("block"), "pk", None) in self.blocks

    @property
    def grant(self) -> Grant | None:
        """The role in which the actor writes, for the history."""
        return self.grants[0] if self.grants else None


def reach(register: Register, actor: Actor) -> Reach:
    """What the actor writes in the register. One query for people of blocks."""
    if actor.kind == ActorKind.SYSTEM:
        return Reach(register, whole=True)
    if whole := actor.grants_of(*register.writers):
        return Reach(register, whole=True, grants=whole)
    grants = tuple(grant for grant in actor.grants if grant.role in BLOCK_ROLES)
    if not register.by_blocks or not grants:
        return Reach(register)
    bound = {grant.block_id for grant in grants if grant.block_id}
    only = {grant.recipient_id for grant in grants if grant.recipient_id and not grant.block_id}
    named = {grant.recipient_id for grant in grants if grant.recipient_id}
    if "recipient" in register.fields:
        links = Recipient.blocks.through.objects.filter(block_id__in=bound).values_list("recipient_id", flat=True)
        free = any(grant.block_id and not grant.recipient_id for grant in grants)
        return Reach(register, recipients=frozenset([*named, *(links if free else ())]), grants=grants)
    through = Recipient.blocks.through.objects.filter(recipient_id__in=only).values_list("block_id", flat=True)
    return Reach(register, blocks=frozenset([*bound, *(through if only else ())]), grants=grants)


def may_write(register: Register, own: Reach) -> Verdict:
    """Whether the actor writes any row of the register."""
    return Verdict(True) if own else Verdict(False, who_writes(register))


def who_writes(register: Register) -> str:
    """Who keeps the register, in words."""
    names = [WHO_RU[role] for role in register.writers]
    words = f"{', '.join(names[:-1])} и {names[-1]}"
    ending = "; записи своих блоков — люди этих блоков" if register.by_blocks else ""
    return f"Записи вносят {words}{ending}."


def may_approve(actor: Actor, block_id: int) -> Verdict:
    """A roadmap is approved by the curator of its block (ОКТ Пол. 3.4)."""
    for grant in actor.grants_of(Role.BLOCK_CURATOR):
        if grant.block_id == block_id and grant.recipient_id is None:
            return Verdict(True, grant=grant)
    return Verdict(False, "Дорожную карту утверждает куратор её блока.")
