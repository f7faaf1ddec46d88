"""The groups of notices a person chooses ways for, and which kind of notice belongs to which: one definition."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Way(StrEnum):
    """How a notice leaves the program; in the program itself it always stands."""

    EMAIL = "email"
    PUSH = "push"


WAY_RU: Final = {Way.EMAIL: "почта", Way.PUSH: "на устройство"}
_BOTH: Final = frozenset(Way)
_MAIL: Final = frozenset({Way.EMAIL})


@dataclass(frozen=True, slots=True)
class Group:
    """Notices that a person chooses the ways of together; ``ways`` holds until the person chooses."""

    code: str
    name: str
    about: str
    ways: frozenset[Way]
    kinds: frozenset[str] = frozenset()


def _group(code: str, name: str, about: str, ways: frozenset[Way], *kinds: str) -> Group:
    return Group(code, name, about, ways, frozenset(kinds))


HANDED: Final = _group(
    "handed",
    "Передано мне",
    "новое дело, отклонённое, возвращённое, возобновлённое, часть ответа от вашего блока",
    _BOTH,
    "created", "registered", "assign", "decline", "return", "recall", "reopen", "take_back", "merge", "split", "follow", "part",
    "applicant_letter",
)  # fmt: skip
APPROVAL: Final = _group(
    "approval", "Согласование", "ответ ждёт согласования, утверждения или отправки", _BOTH, "submit", "agree", "approve"
)
HOURS: Final = _group(
    "hours", "Сроки в часах", "предупреждения и нарушения сроков, которые считаются часами: приходят сразу", _BOTH
)
TERMS: Final = _group(
    "terms",
    "Сроки и нарушения",
    "предупреждения, нарушения, продление, промежуточный ответ, вопрос заявителю",
    _BOTH,
    "deadline", "warning", "breach", "escalation", "term", "extend", "interim", "ask", "hear", "part_late", "part_warning",
    "part_breach",
)  # fmt: skip
TALK: Final = _group("talk", "Упоминания и комментарии", "вас назвали или вам ответили", _BOTH, "mention", "comment")
ANSWERS: Final = _group(
    "answers",
    "Ответы и оценки",
    "ответ направлен, дело закрыто, заявитель недоволен",
    _MAIL,
    "send", "close", "redirect", "dismiss", "low_score", "satisfaction", "start", "letter",
)  # fmt: skip
REPORTS: Final = _group(
    "reports",
    "Отчёты и выгрузки",
    "готов файл или отчёт, замечен высокий риск",
    _MAIL,
    "export", "report", "problemator", "import", "risk",
)  # fmt: skip
DUTY: Final = _group("duty", "Дежурства", "вас записали на дежурство или сняли с него", _BOTH, "duty")
DIGEST: Final = _group("digest", "Сводка дня", "что вас ждёт, что истекает сегодня и что просрочено", _MAIL, "digest")
OTHER: Final = _group("other", "Прочее", "всё остальное", _MAIL)
# Asked for by the person with a button, so nothing is chosen about it.
CHECK: Final = _group("check", "Проверка", "пробное уведомление", _BOTH, "check")

GROUPS: Final = (HANDED, APPROVAL, HOURS, TERMS, TALK, ANSWERS, REPORTS, DUTY, DIGEST, OTHER)
_OF_KIND: Final = {kind: group for group in (*GROUPS, CHECK) for kind in group.kinds}


def group_of(kind: str, *, urgent: bool = False) -> Group:
    """The group of a notice: by its whole kind, else by the kind's first word (``deadline_warn_50``), else «Прочее».

    ``urgent``: it is about a term set in hours, and these have a group of their own.
    """
    group = _OF_KIND.get(kind) or _OF_KIND.get(kind.partition("_")[0], OTHER)
    return HOURS if urgent and group is TERMS else group
