"""Who may see and change the composition of a Center: pure functions returning (allowed, reason in Russian)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from blocks.roles import Role

# The head organises the work of the people (ОКТ Пол. 3.3), the technical role keeps their accounts (Пол. 3.7).
MANAGERS: Final = (Role.HEAD, Role.TECH)
MEMBERS: Final = tuple(role for role in Role if role != Role.OBSERVER)

WHO_MANAGES: Final = "Состав ведут руководитель Центра и ответственный за техническое обеспечение."


class _Grant(Protocol):
    @property
    def block_id(self) -> int | None: ...


WHO_LENDS: Final = "Замещение своей роли назначает сам человек, чужой — руководитель, обеспечение или техника."
LENDERS: Final = (*MANAGERS, Role.SUPPORT)  # of roles of others


class Actor(Protocol):
    """What is asked of ``blocks.actors.Actor``; policies know nothing of the database."""

    @property
    def kind(self) -> str: ...

    @property
    def user_id(self) -> int | None: ...

    def has(self, *roles: Role) -> bool: ...

    def grants_of(self, *roles: Role) -> Sequence[_Grant]: ...


class Verdict(NamedTuple):
    """Whether something is allowed and, if not, why: words for the user."""

    allowed: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.allowed


YES: Final = Verdict(True)


def may_manage_roster(actor: Actor) -> Verdict:
    """Invite, give roles, end them, name substitutes."""
    if actor.kind == "system" or (actor.kind == "person" and actor.has(*MANAGERS)):
        return YES
    return Verdict(False, WHO_MANAGES)


WHO_KEEPS_LISTS: Final = "Темы и получателей ведут руководитель Центра и ответственный за обеспечение."


def may_keep_lists(actor: Actor) -> Verdict:
    """Add, change and close topics and recipients."""
    if actor.kind == "person" and actor.has(Role.HEAD, Role.SUPPORT):
        return YES
    return Verdict(False, WHO_KEEPS_LISTS)


def may_keep_clients(actor: Actor) -> Verdict:
    """Keys of programs, what they may, and where they are told of changes."""
    if actor.kind == "person" and actor.has(Role.TECH):
        return YES
    return Verdict(False, "Программы и ключи ведёт ответственный за техническое обеспечение.")


def may_lend(actor: Actor, *, owner_id: int, substitute_id: int | None = None) -> Verdict:
    """A substitute is named by the absent person, by whoever keeps the composition, and by support for the others.

    Support names itself for nobody: it would give itself rights that nobody gave it. ``substitute_id`` empty: to end one.
    """
    if may_manage_roster(actor) or (actor.kind == "person" and actor.user_id == owner_id):
        return YES
    if actor.kind == "person" and actor.has(Role.SUPPORT):
        if substitute_id is not None and substitute_id == actor.user_id:
            return Verdict(False, "Себя замещающим назначает не обеспечение: попросите руководителя или самого отсутствующего.")
        return YES
    return Verdict(False, WHO_LENDS)


def may_end_role(actor: Actor, *, leaves_no_tech: bool) -> Verdict:
    """A role may be ended unless nobody would be left to keep the accounts of the Center."""
    if not (verdict := may_manage_roster(actor)):
        return verdict
    if leaves_no_tech:
        return Verdict(False, f"Это последний, кто отвечает за техническое обеспечение. {_NAME_ANOTHER}")
    return YES


def may_block(actor: Actor, *, user_id: int, foreign: Sequence[str], last_tech_in: Sequence[str]) -> Verdict:
    """Blocking stops the person everywhere, so it needs a manager of every Center where the person works.

    ``foreign``: Centers where the person works and the actor does not manage; ``last_tech_in``: Centers that would be
    left without anyone for the technical role.
    """
    if not (verdict := may_manage_roster(actor)):
        return verdict
    if user_id == actor.user_id:
        return Verdict(False, "Себя заблокировать нельзя: попросите другого, кто ведёт состав.")
    if foreign:
        return Verdict(
            False,
            f"Человек работает и в другом Центре ({', '.join(foreign)}), а учётная запись у него одна. "
            "Завершите его роли в своём Центре; заблокировать может тот, кто ведёт состав во всех этих Центрах.",
        )
    if last_tech_in:
        return Verdict(
            False, f"Это последний, кто отвечает за техническое обеспечение ({', '.join(last_tech_in)}). {_NAME_ANOTHER}"
        )
    return YES


def may_reset(actor: Actor, *, user_id: int, foreign: Sequence[str]) -> Verdict:
    """A new sign-in link opens everything the person may do, so it needs the same breadth as blocking."""
    if not (verdict := may_manage_roster(actor)):
        return verdict
    if user_id == actor.user_id:
        return Verdict(False, "Свой пароль меняют в меню под своим именем, ссылка для этого не нужна.")
    if foreign:
        return Verdict(
            False,
            f"Человек работает и в другом Центре ({', '.join(foreign)}): новая ссылка открыла бы и его дела. "
            "Выдать её может тот, кто ведёт состав во всех этих Центрах.",
        )
    return YES


_NAME_ANOTHER: Final = "Сначала дайте эту роль другому человеку и дождитесь, чтобы он задал пароль."


DUTY_WRITERS: Final = (Role.HEAD, Role.SUPPORT)
WHO_WRITES_DUTY: Final = "Дежурства ведут руководитель Центра и ответственный за обеспечение, по своему блоку — его куратор."


def may_write_duty(actor: Actor, *, block_id: int | None) -> Verdict:
    """Put on duty and call off: in the whole Center, or a block's curator for the block."""
    if actor.kind == "system" or (actor.kind == "person" and actor.has(*DUTY_WRITERS)):
        return YES
    if block_id is not None and any(grant.block_id == block_id for grant in actor.grants_of(Role.BLOCK_CURATOR)):
        return YES
    return Verdict(False, WHO_WRITES_DUTY)
