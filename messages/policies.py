"""Who may do what with a case: pure functions of an actor and the facts of the case, with the reason in Russian.

The same functions decide for the page, the API and the commands, and say which buttons a person sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from django.apps import apps
from django.db.models import Q, QuerySet

from blocks.actors import Actor, ActorKind, Grant
from blocks.models import Source
from blocks.roles import BLOCK_ROLES, WHOLE_CENTER, Role
from messages.workflow import DONE, OPEN, ROLES_OF, TRANSITIONS, WHO_RU, State, Who


class Case(Protocol):
    """The facts of a case that rights depend on."""

    state: str
    center_id: int
    regime: str
    registered_at: datetime | None
    extended_at: datetime | None
    source_id: int
    block_id: int | None
    recipient_id: int | None
    settlement_id: int | None
    submitted_by_id: int | None
    sorted_by_id: int | None

    @property
    def publisher_role(self) -> str: ...

    @property
    def question_until(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a step is allowed, in which grant, and if not, why (words for the user)."""

    allowed: bool
    reason: str = ""
    grant: Grant | None = None

    def __bool__(self) -> bool:
        return self.allowed


def rows(actor: Actor) -> Q:
    """The filter of the cases an actor may see; the same rule as ``Grant.reaches``, for the database. Deny by default."""
    if actor.kind in (ActorKind.SYSTEM, ActorKind.RULE):
        return Q(center_id=actor.center_id)
    if actor.kind == ActorKind.CLIENT:
        return Q(center_id=actor.center_id, source_id__in=actor.source_ids)
    if actor.has(*WHOLE_CENTER):
        return Q(center_id=actor.center_id)
    condition = Q(pk__in=())
    for grant in actor.grants:
        if bounds := grant.bounds():
            condition |= Q(**bounds)
            if grant.role in BLOCK_ROLES and grant.block_id:
                # Whose part of an answer is asked for reads the case; a list of ids keeps the counts on their index.
                condition |= Q(pk__in=_parts_asked(grant.block_id))
    return Q(center_id=actor.center_id) & condition


_MACHINES: Final = {ActorKind.SYSTEM: Who.SYSTEM, ActorKind.RULE: Who.AUTO_RULE}


def may(actor: Actor, transition: str, case: Case) -> Verdict:
    """Whether the actor may make the transition now. The state is judged first, then the person."""
    rule = TRANSITIONS[transition]
    if case.center_id != actor.center_id:
        return Verdict(False, "Это дело другого Центра.")
    if case.state not in rule.sources:
        return Verdict(False, f"Из состояния «{State(case.state).label}» шаг «{rule.label}» не делается.")
    if transition == "extend" and (reason := _not_extended(case)):
        return Verdict(False, reason)
    who = rule.who[State(case.state)]
    if actor.kind in _MACHINES:
        meant = _MACHINES[actor.kind] in who
        return Verdict(meant, "" if meant else _refusal(who))
    grant = _covering(actor, who, case)
    reason = _refusal(who) if grant is None else _not_heard(transition, case)
    return Verdict(False, reason) if reason else Verdict(True, grant=grant)


def allowed(actor: Actor, case: Case) -> tuple[str, ...]:
    """Names of the transitions the actor may make now, in the order of the table."""
    return tuple(name for name in TRANSITIONS if may(actor, name, case))


def may_edit_draft(actor: Actor, case: Case) -> Verdict:
    """Drafting is the responsible's; an approver's edit is a new version under the approver's name (решение раздела 0)."""
    by_state = {
        State.ASSIGNED: (Who.BLOCK_RESPONSIBLE, Who.BLOCK_CURATOR),
        State.DRAFTING: (Who.BLOCK_RESPONSIBLE, Who.BLOCK_CURATOR),
        State.BLOCK_APPROVAL: (Who.BLOCK_CURATOR,),
        State.HEAD_APPROVAL: (Who.HEAD,),
    }
    who = by_state.get(State(case.state), ())
    if grant := _covering(actor, who, case):
        return Verdict(True, grant=grant)
    return Verdict(False, _refusal(who) if who else "На этом этапе текст ответа не меняется.")


def may_classify(actor: Actor, case: Case) -> Verdict:
    """Topic, settlement, recipient and fast-track are set by those who sort and by the block's people, while open."""
    if case.state in DONE:
        return Verdict(False, "Дело завершено; чтобы изменить его признаки, возобновите работу.")
    if _rule_on_new(actor, case):
        return Verdict(True)
    roles = (Role.SOURCE_CURATOR, Role.ACCOUNTS, Role.HEAD, Role.SUPPORT, Role.BLOCK_CURATOR, Role.BLOCK_RESPONSIBLE)
    if grant := _first(actor, roles, case):
        return Verdict(True, grant=grant)
    return Verdict(False, "Признаки меняют куратор источника, руководитель и люди блока.")


def may_slow(actor: Actor, case: Case) -> Verdict:
    """Whoever answers in the short term does not lengthen it: fast-track is taken off by those who sort."""
    if grant := _first(actor, ROLES_OF[Who.SORTER], case):
        return Verdict(True, grant=grant)
    return Verdict(False, "Фаст-трек снимают куратор источника и руководитель: срок от этого становится длиннее.")


CONTROL_MARKERS: Final = (Role.BLOCK_RESPONSIBLE, Role.BLOCK_CURATOR, Role.SOURCE_CURATOR, Role.ACCOUNTS, Role.HEAD)


def may_mark_control(actor: Actor, case: Case) -> Verdict:
    """What a solution was checked by is said by the block's people, the source's and the head, until the case is closed."""
    if case.state not in (*OPEN, State.ANSWERED):
        return Verdict(False, "Контроль решения отмечают, пока дело не закрыто.")
    if grant := _first(actor, CONTROL_MARKERS, case):
        return Verdict(True, grant=grant)
    return Verdict(False, "Контроль решения отмечают люди блока, куратор источника и руководитель.")


def may_take_in(actor: Actor, *, source: Source) -> Verdict:
    """Who brings messages of a source in: the program, a client bound to it, its curator, the head and the support."""
    if actor.center_id != source.center_id:
        return Verdict(False, "Источник относится к другому Центру.")
    if actor.kind == ActorKind.SYSTEM:
        return Verdict(True)
    if actor.kind == ActorKind.CLIENT:
        if source.pk in actor.source_ids:
            return Verdict(True)
        return Verdict(False, f"Ключ клиента не даёт передавать сообщения источника «{source.code}».")
    for grant in actor.grants_of(Role.SOURCE_CURATOR, Role.ACCOUNTS, Role.HEAD, Role.SUPPORT):
        if grant.role in (Role.HEAD, Role.SUPPORT) or grant.source_id == source.pk:
            return Verdict(True, grant=grant)
    return Verdict(False, "Сообщения вносят куратор источника, руководитель Центра и ответственный за обеспечение.")


def may_tag(actor: Actor, case: Case) -> Verdict:
    """Tags are for finding cases again, so they are put on done ones too, by everybody who works with them."""
    if _rule_on_new(actor, case):
        return Verdict(True)
    if grant := _first(actor, CONTACT_ROLES, case):
        return Verdict(True, grant=grant)
    return Verdict(False, "Метки ставят те, кто работает с сообщением; техническая роль — нет.")


def may_share_filters(actor: Actor) -> Verdict:
    """The register's filters for everybody are kept by the head and by support."""
    grants = actor.grants_of(Role.HEAD, Role.SUPPORT)
    if grants:
        return Verdict(True, grant=grants[0])
    return Verdict(False, "Общие отборы ведут руководитель Центра и ответственный за обеспечение. Сохраните отбор для себя.")


WHO_CHANGES_RULES: Final = "Правила сроков меняют руководитель Центра и ответственный за обеспечение."


def may_change_rules(actor: Actor) -> Verdict:
    """By which rules terms are counted is the head's and the support's to change; everybody of the Center reads them."""
    grants = actor.grants_of(Role.HEAD, Role.SUPPORT)
    return Verdict(True, grant=grants[0]) if grants else Verdict(False, WHO_CHANGES_RULES)


AUTO_RULE_KEEPERS: Final = (Role.HEAD, Role.SUPPORT)
WHO_CHANGES_AUTO_RULES: Final = "Автоправила меняют руководитель Центра и ответственный за обеспечение."


def may_change_auto_rules(actor: Actor) -> Verdict:
    """Where new cases go by themselves is the head's and the support's to say."""
    grants = actor.grants_of(*AUTO_RULE_KEEPERS)
    return Verdict(True, grant=grants[0]) if grants else Verdict(False, WHO_CHANGES_AUTO_RULES)


def may_see_auto_rules(actor: Actor) -> Verdict:
    """Whoever works with cases reads the rules; the technical role does not: a condition may name an applicant."""
    if actor.has(*CONTACT_ROLES):
        return Verdict(True)
    return Verdict(False, "Автоправила читают те, кто работает с сообщениями.")


LESSON_KEEPERS: Final = (Role.HEAD, Role.SUPPORT, Role.TECH)


def may_see_lessons(actor: Actor) -> Verdict:
    """Figures of what was learned, and asking for it anew: nothing personal is among them."""
    grants = actor.grants_of(*LESSON_KEEPERS)
    if grants:
        return Verdict(True, grant=grants[0])
    return Verdict(False, "Подсказки ведут руководитель Центра, ответственный за обеспечение и техническая роль.")


MAILBOX_KEEPERS: Final = (Role.TECH,)


def may_keep_mailboxes(actor: Actor) -> Verdict:
    """Which mailboxes are read is set up by the technical role, which holds their passwords."""
    grants = actor.grants_of(*MAILBOX_KEEPERS)
    if grants:
        return Verdict(True, grant=grants[0])
    return Verdict(False, "Почтовые ящики подключает ответственный за техническое обеспечение.")


def may_export_contacts(actor: Actor) -> Verdict:
    """Contacts leave in a file only with those who may see them, and only of the cases in which they may."""
    grants = actor.grants_of(*CONTACT_ROLES)
    if grants:
        return Verdict(True, grant=grants[0])
    return Verdict(False, "Технической роли персональные данные не выгружаются.")


CONTACT_ROLES: Final = (
    Role.CURATOR, Role.HEAD, Role.SUPPORT, Role.SOURCE_CURATOR, Role.ACCOUNTS, Role.BLOCK_CURATOR, Role.BLOCK_RESPONSIBLE,
    Role.DISTRICT_HEAD,
)  # fmt: skip


def may_see_contacts(actor: Actor, case: Case) -> Verdict:
    """Everyone who works with the case may ask for the applicant's contacts, but not the technical role (раздел 6)."""
    if grant := _first(actor, CONTACT_ROLES, case):
        return Verdict(True, grant=grant)
    return Verdict(False, "Техническая роль не видит контактов заявителя.")


def may_write_out(actor: Actor, case: Case) -> Verdict:
    """Whoever sends the answers of the source draws up the letters of its appeals and follows their delivery."""
    if case.regime != "appeal":
        return Verdict(
            False, "Письмо на бланке составляют к ответу на обращение по 59-ФЗ; на сообщение отвечают там, где спросили."
        )
    if grant := _covering(actor, (Who.PUBLISHER,), case):
        return Verdict(True, grant=grant)
    return Verdict(False, "Письмо составляет и отправляет тот, кто отправляет ответы этого источника.")


LATENESS_WRITERS: Final = (
    Role.BLOCK_CURATOR, Role.BLOCK_RESPONSIBLE, Role.SOURCE_CURATOR, Role.ACCOUNTS, Role.HEAD, Role.SUPPORT,
)  # fmt: skip


def may_explain_lateness(actor: Actor, case: Case) -> Verdict:
    """Why a term was broken is said by those who answer for it: the block's people, the source's, the head, support (R69)."""
    if grant := _first(actor, LATENESS_WRITERS, case):
        return Verdict(True, grant=grant)
    return Verdict(False, "Причину опоздания называют люди блока, куратор источника, руководитель и обеспечение.")


TEMPLATE_KEEPERS: Final = (
    Role.HEAD, Role.SUPPORT, Role.SOURCE_CURATOR, Role.ACCOUNTS, Role.BLOCK_CURATOR, Role.BLOCK_RESPONSIBLE,
)  # fmt: skip


def may_keep_template(actor: Actor, *, center_id: int, source_id: int | None, block_id: int | None) -> Verdict:
    """Templates of the whole Center are the head's and the support's; of a source its curator's, of a block its people's."""
    for grant in actor.grants_of(*TEMPLATE_KEEPERS) if center_id == actor.center_id else ():
        whole = grant.role in (Role.HEAD, Role.SUPPORT)
        own_source = grant.role in (Role.SOURCE_CURATOR, Role.ACCOUNTS) and source_id and grant.source_id == source_id
        own_block = grant.role in BLOCK_ROLES and block_id and grant.block_id == block_id
        if whole or own_source or own_block:
            return Verdict(True, grant=grant)
    return Verdict(
        False,
        "Общие шаблоны ведут руководитель и ответственный за обеспечение, шаблоны источника — его куратор, "
        "шаблоны блока — его люди. Укажите свой источник или блок.",
    )


def _parts_asked(block_id: int) -> QuerySet[Any, Any]:
    """Ids of the cases of which a part is asked from the block (соисполнение)."""
    parts = apps.get_model("mcu_messages", "Part")
    rows: QuerySet[Any, Any] = parts._default_manager.filter(block_id=block_id, void_at__isnull=True).values("message_id")
    return rows


def _covering(actor: Actor, who: tuple[Who, ...], case: Case) -> Grant | None:
    """The role in which the actor is one of those named, in their order."""
    return next((grant for one in who if (grant := _in_person(one, actor, case))), None)


def _rule_on_new(actor: Actor, case: Case) -> bool:
    """An auto-rule marks what has just come, before it hands it over; never what people already have."""
    return actor.kind == ActorKind.RULE and case.center_id == actor.center_id and case.state == State.RECEIVED


def _in_person(who: Who, actor: Actor, case: Case) -> Grant | None:
    """The role that makes the actor the one meant; an author or sorter is that very person, or whoever substitutes."""
    person = {Who.AUTHOR: case.submitted_by_id, Who.SORTER: case.sorted_by_id}
    if who not in person:
        return _first(actor, _roles(who, case), case)
    grants = (grant for grant in actor.grants_of(*_roles(who, case)) if grant.reaches(case))
    return next(
        (grant for grant in grants if person[who] and person[who] in (grant.acting_for_id or actor.user_id, actor.user_id)),
        None,
    )


def _first(actor: Actor, roles: tuple[Role, ...], case: Case) -> Grant | None:
    """The first of the actor's roles among these that covers the case; a role of another Center covers nothing here."""
    if case.center_id != actor.center_id:
        return None
    return next((grant for grant in actor.grants_of(*roles) if grant.reaches(case)), None)


def _roles(who: Who, case: Case) -> tuple[Role, ...]:
    if who == Who.PUBLISHER:
        return (Role(case.publisher_role),)
    return ROLES_OF.get(who, ())


def _not_heard(transition: str, case: Case) -> str:
    """Why there is no answer of the applicant to record; the question is looked for last, for whoever may."""
    waits = transition != "hear" or case.question_until is not None
    return "" if waits else "Вопроса, на который ждут ответа заявителя, нет."


def _not_extended(case: Case) -> str:
    """Why the term of the case is not extended; empty where the law allows it (59-ФЗ ст. 12 ч. 2)."""
    if case.regime != "appeal":
        return "Срок продлевают только обращениям по 59-ФЗ; по сообщению дают промежуточный ответ."
    if case.registered_at is None:
        return "Обращение ещё не зарегистрировано: срок ответа не начался, продлевать нечего."
    return "Срок уже продлён: закон допускает это один раз (59-ФЗ ст. 12 ч. 2)." if case.extended_at is not None else ""


def _refusal(who: tuple[Who, ...]) -> str:
    return f"Этот шаг делает {' или '.join(WHO_RU[one] for one in who)}."
