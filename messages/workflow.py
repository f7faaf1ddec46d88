"""The workflow of a case as one readable table: states, transitions, who may and what they must give.

The model's transition methods, the policies, the buttons and the generated docs all read this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.db import models

from blocks.roles import Role


class State(models.TextChoices):
    RECEIVED = "received", "Поступило"
    ASSIGNED = "assigned", "Передано в блок"
    DRAFTING = "drafting", "Готовится ответ"
    BLOCK_APPROVAL = "block_approval", "На согласовании у куратора блока"
    HEAD_APPROVAL = "head_approval", "На согласовании у руководителя"
    APPROVED = "approved", "Согласовано, ждёт отправки"
    ANSWERED = "answered", "Ответ направлен"
    CLOSED = "closed", "Закрыто"
    REDIRECTED = "redirected", "Переадресовано по компетенции"
    DISMISSED = "dismissed", "Оставлено без ответа"
    MERGED = "merged", "Объединено с другим"


# Cases that still wait for something of ours; only they carry open terms and stand in lists by default.
OPEN: Final = (
    State.RECEIVED,
    State.ASSIGNED,
    State.DRAFTING,
    State.BLOCK_APPROVAL,
    State.HEAD_APPROVAL,
    State.APPROVED,
    State.MERGED,  # in force with its terms; it waits for the leading message
)
DONE: Final = tuple(state for state in State if state not in OPEN)
IN_BLOCK: Final = (State.ASSIGNED, State.DRAFTING, State.BLOCK_APPROVAL, State.HEAD_APPROVAL, State.APPROVED)


class Family(StrEnum):
    """The four families of states that the badge tells apart by the shape of its dot."""

    WAITING = "waiting"
    WORK = "work"
    APPROVAL = "approval"
    DONE = "done"


FAMILY: Final = {
    State.RECEIVED: Family.WAITING,
    State.ASSIGNED: Family.WORK,
    State.DRAFTING: Family.WORK,
    State.BLOCK_APPROVAL: Family.APPROVAL,
    State.HEAD_APPROVAL: Family.APPROVAL,
    State.APPROVED: Family.WAITING,
    State.ANSWERED: Family.DONE,
    State.CLOSED: Family.DONE,
    State.REDIRECTED: Family.DONE,
    State.DISMISSED: Family.DONE,
    State.MERGED: Family.WORK,
}


class Who(StrEnum):
    """Who may make a transition. All but the head, support and the program must cover the case by their bounds."""

    SOURCE_CURATOR = "source_curator"  # also «accounts» for official accounts
    HEAD = "head"
    SUPPORT = "support"
    BLOCK_RESPONSIBLE = "block_responsible"
    BLOCK_CURATOR = "block_curator"
    AUTHOR = "author"  # who submitted the draft
    SORTER = "sorter"  # who handed it over, redirected or dismissed it
    PUBLISHER = "publisher"  # whom the source names: its curator or the block's responsible
    AUTO_RULE = "auto_rule"
    SYSTEM = "system"


WHO_RU: Final = {
    Who.SOURCE_CURATOR: "куратор источника",
    Who.HEAD: "руководитель Центра",
    Who.SUPPORT: "ответственный за обеспечение",
    Who.BLOCK_RESPONSIBLE: "ответственный за блок",
    Who.BLOCK_CURATOR: "куратор блока",
    Who.AUTHOR: "тот, кто передал ответ на согласование",
    Who.SORTER: "тот, кто принял это решение",
    Who.PUBLISHER: "отправитель, названный для источника",
    Who.AUTO_RULE: "автоправило",
    Who.SYSTEM: "программа",
}

ROLES_OF: Final = {
    Who.SOURCE_CURATOR: (Role.SOURCE_CURATOR, Role.ACCOUNTS),
    Who.HEAD: (Role.HEAD,),
    Who.SUPPORT: (Role.SUPPORT,),
    Who.BLOCK_RESPONSIBLE: (Role.BLOCK_RESPONSIBLE,),
    Who.BLOCK_CURATOR: (Role.BLOCK_CURATOR,),
    # Besides the role, policies ask whether it is this very person.
    Who.AUTHOR: (Role.BLOCK_RESPONSIBLE, Role.BLOCK_CURATOR),
    Who.SORTER: (Role.SOURCE_CURATOR, Role.ACCOUNTS, Role.HEAD, Role.SUPPORT),
}


@dataclass(frozen=True, slots=True)
class Transition:
    """One arrow of the workflow. ``who`` may differ by the state it starts from (return: curator or head)."""

    name: str
    label: str  # the button: a verb
    done: str  # the history's words: what happened
    sources: tuple[State, ...]
    targets: tuple[State, ...]
    who: dict[State, tuple[Who, ...]]
    needs: str = ""


def _transition(
    name: str,
    label: str,
    done: str,
    *,
    sources: tuple[State, ...],
    targets: tuple[State, ...],
    who: tuple[Who, ...] | dict[State, tuple[Who, ...]],
    needs: str = "",
) -> Transition:
    by_state = who if isinstance(who, dict) else dict.fromkeys(sources, who)
    return Transition(name, label, done, sources, targets, by_state, needs)


_R, _A, _D = State.RECEIVED, State.ASSIGNED, State.DRAFTING
_BLOCK_PEOPLE = (Who.BLOCK_RESPONSIBLE, Who.BLOCK_CURATOR)
_SORTERS = (Who.SOURCE_CURATOR, Who.HEAD)

ASSIGN: Final = _transition(
    "assign",
    "Передать в блок",
    "Передано в блок",
    sources=(_R, _A, _D),
    targets=(_A,),
    who=(Who.SOURCE_CURATOR, Who.HEAD, Who.SUPPORT, Who.AUTO_RULE),
    needs="отраслевой блок",
)
DECLINE: Final = _transition(
    "decline", "Отклонить", "Отклонено блоком", sources=(_A, _D), targets=(_R,), who=_BLOCK_PEOPLE, needs="причина"
)
START: Final = _transition("start", "Взять в работу", "Взято в работу", sources=(_A,), targets=(_D,), who=_BLOCK_PEOPLE)
SUBMIT: Final = _transition(
    "submit",
    "На согласование",
    "Передано на согласование",
    sources=(_D,),
    targets=(State.BLOCK_APPROVAL,),
    who=(Who.BLOCK_RESPONSIBLE,),
    needs="текст ответа",
)
AGREE: Final = _transition(
    "agree",
    "Согласовать",
    "Согласовано куратором блока",
    sources=(State.BLOCK_APPROVAL,),
    targets=(State.HEAD_APPROVAL, State.APPROVED),
    who=(Who.BLOCK_CURATOR,),
    needs="отметка полноты",
)
RETURN: Final = _transition(
    "return",
    "Вернуть на доработку",
    "Возвращено на доработку",
    sources=(State.BLOCK_APPROVAL, State.HEAD_APPROVAL),
    targets=(_D,),
    who={State.BLOCK_APPROVAL: (Who.BLOCK_CURATOR,), State.HEAD_APPROVAL: (Who.HEAD,)},
    needs="замечание",
)
APPROVE: Final = _transition(
    "approve",
    "Утвердить",
    "Утверждено руководителем",
    sources=(State.HEAD_APPROVAL,),
    targets=(State.APPROVED,),
    who=(Who.HEAD,),
)
SEND: Final = _transition(
    "send",
    "Отметить отправку",
    "Ответ направлен",
    sources=(State.APPROVED,),
    targets=(State.ANSWERED,),
    who=(Who.PUBLISHER,),
    needs="ссылка или способ доставки",
)
RECALL: Final = _transition(
    "recall",
    "Отозвать",
    "Отозвано на доработку",
    sources=(State.BLOCK_APPROVAL, State.HEAD_APPROVAL, State.APPROVED),
    targets=(_D,),
    who={
        State.BLOCK_APPROVAL: (Who.AUTHOR,),
        State.HEAD_APPROVAL: (Who.AUTHOR,),
        State.APPROVED: (Who.PUBLISHER, Who.HEAD),
    },
    needs="причина",
)
INTERIM: Final = _transition(
    "interim",
    "Промежуточный ответ",
    "Направлен промежуточный ответ",
    sources=(_A, _D),
    targets=(_A, _D),
    who=(Who.PUBLISHER,),
    needs="текст, новая дата, ссылка или способ доставки",
)
ASK: Final = _transition(
    "ask",
    "Вопрос заявителю",
    "Задан вопрос заявителю",
    sources=(_A, _D),
    targets=(_A, _D),
    who=(Who.PUBLISHER,),
    needs="текст вопроса, ссылка или способ доставки; один вопрос за раз",
)
HEAR: Final = _transition(
    "hear",
    "Ответ заявителя",
    "Получен ответ заявителя",
    sources=OPEN,
    targets=OPEN,
    who=(Who.PUBLISHER, Who.SOURCE_CURATOR, Who.BLOCK_RESPONSIBLE, Who.SYSTEM),
    needs="текст; на вопрос, на который ещё ждут ответа",
)
EXTEND: Final = _transition(
    "extend",
    "Продлить срок",
    "Срок продлён",
    sources=OPEN,
    targets=OPEN,
    who=(Who.HEAD,),
    needs="основание; один раз, только по 59-ФЗ, не более 30 дней, с уведомлением заявителя",
)
TAKE_BACK: Final = _transition(
    "take_back",
    "Взять назад",
    "Взято назад на разбор",
    sources=(_A, State.REDIRECTED, State.DISMISSED),
    targets=(_R,),
    who=(Who.SORTER,),
    needs="к работе ещё не приступили; переадресация и оставление без ответа — не позже 15 минут",
)
MERGE: Final = _transition(
    "merge",
    "Объединить",
    "Объединено с другим",
    sources=(_R, _A, _D),
    targets=(State.MERGED,),
    who=_SORTERS,
    needs="ведущее сообщение того же Центра",
)
SPLIT: Final = _transition(
    "split",
    "Разъединить",
    "Разъединено",
    sources=(State.MERGED,),
    targets=(_R, _A, _D),
    who=_SORTERS,
)
FOLLOW: Final = _transition(
    "follow",
    "Ответить вместе с ведущим",
    "Ответ готов вместе с ведущим сообщением",
    sources=(State.MERGED,),
    targets=(State.APPROVED,),
    who=(Who.SYSTEM,),
    needs="ответ на ведущее сообщение направлен",
)
REDIRECT: Final = _transition(
    "redirect",
    "Переадресовать",
    "Переадресовано по компетенции",
    sources=(_R, _A, _D),
    targets=(State.REDIRECTED,),
    who=_SORTERS,
    needs="адресат; по 59-ФЗ — уведомление заявителя",
)
DISMISS: Final = _transition(
    "dismiss",
    "Оставить без ответа",
    "Оставлено без ответа",
    sources=(_R, _A),
    targets=(State.DISMISSED,),
    who=_SORTERS,
    needs="законное основание",
)
CLOSE: Final = _transition(
    "close",
    "Закрыть",
    "Закрыто",
    sources=(State.ANSWERED,),
    targets=(State.CLOSED,),
    who=(Who.SOURCE_CURATOR, Who.SYSTEM),
    needs="итог",
)
REOPEN: Final = _transition(
    "reopen",
    "Возобновить",
    "Работа возобновлена",
    sources=(State.ANSWERED, State.CLOSED, State.REDIRECTED, State.DISMISSED),
    targets=(_A, _R),
    who=_SORTERS,
    needs="причина",
)

TRANSITIONS: Final = {
    one.name: one
    for one in (
        ASSIGN,
        DECLINE,
        START,
        SUBMIT,
        AGREE,
        RETURN,
        APPROVE,
        SEND,
        CLOSE,
        RECALL,
        INTERIM,
        ASK,
        HEAR,
        EXTEND,
        TAKE_BACK,
        MERGE,
        SPLIT,
        FOLLOW,
        REDIRECT,
        DISMISS,
        REOPEN,
    )
}
# Steps after which the case stands where it stood.
STAYING: Final = frozenset({INTERIM.name, ASK.name, HEAR.name, EXTEND.name})


def changes_hands(code: str, from_state: str, to_state: str) -> bool:
    """Whether a line of the history gave the case to others: it came to another state, or to another block."""
    return bool(to_state) and (from_state != to_state or code == ASSIGN.name)
