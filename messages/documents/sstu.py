"""Appeals for ССТУ.РФ: one JSON an appeal in an archive, with a leaf that says what is not in them.

The interface takes one appeal a request. Its fields are known from programs that fill it, not from a published
description; what nobody has shown is left out, never guessed (docs/exports.md).
"""

from __future__ import annotations

import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from messages.selectors.register.case_cells import Case
from messages.workflow import State

LEAF: Final = "ПРОЧТИТЕ.txt"
UNKNOWN: Final = {
    "departmentId": "идентификатор органа в ССТУ.РФ (uuid): впишите свой",
    "isDirect": "поступило ли обращение прямо в орган: по нашим данным не определить",
    "attachment": "вложенный ответ: состав поля не опубликован",
}
CODE: Final = re.compile(r"\d{4}(\.\d{4}){3,4}")
# Statuses of a considered appeal, by the code of our outcome; of any other the author was answered, no more is said.
_OUTCOMES: Final = {"solved": "Supported", "partly_solved": "Supported", "explained": "Explained", "not_solved": "NotSupported"}
_WORDS: Final = {
    "NotRegistered": "не зарегистрировано",
    "InWork": "находится на рассмотрении",
    "Explained": "рассмотрено, разъяснено",
    "Supported": "рассмотрено, поддержано",
    "NotSupported": "рассмотрено, не поддержано",
    "Answered": "дан ответ автору",
    "Transferred": "направлено по компетенции",
    "LeftWithoutAnswer": "оставлено без ответа автору",
}


def write(path: Path, *, cases: Iterable[Case], tz: ZoneInfo) -> int:
    """Write the archive to the path; how many cases were looked through. Those without a name to give are only counted."""
    seen = nameless = codeless = 0
    statuses: Counter[str] = Counter()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for case in cases:
            seen += 1
            if case.applicant is None or not case.applicant.name:
                nameless += 1
                continue
            appeal = appeal_of(case, tz)
            question = appeal["questions"][0]
            codeless += "code" not in question
            statuses[question["status"]] += 1
            archive.writestr(f"{_name(case)}.json", json.dumps(appeal, ensure_ascii=False, indent=1))
        archive.writestr(LEAF, _leaf(statuses, nameless, codeless))
    return seen


def appeal_of(case: Case, tz: ZoneInfo) -> dict[str, Any]:
    """One appeal. ``_unknown`` names what the interface wants and we cannot say; take it out before sending."""
    message, applicant = case.message, case.applicant
    question = _question(case, tz)
    unknown = dict(UNKNOWN)
    if "code" not in question:
        unknown["code"] = "код вопроса по классификатору: у темы его нет, или тема не указана"
    if "responseDate" not in question or question["status"] in ("LeftWithoutAnswer", "Transferred"):
        del unknown["attachment"]
    return {
        "format": "Other",
        "number": message.outside_number or message.number,
        "createDate": _day(message.received_at, tz),
        "name": applicant.name if applicant else "",
        "address": ", ".join(part for part in (case.place, case.address) if part),
        "questions": [question],
        "_unknown": unknown,
    }


def _question(case: Case, tz: ZoneInfo) -> dict[str, Any]:
    message = case.message
    status = _status(case)
    question: dict[str, Any] = {"status": status, "incomingDate": _day(message.received_at, tz)}
    code = message.topic.classifier_code if message.topic else ""
    if CODE.fullmatch(code):
        question = {"code": code, **question}
    if message.registered_at and status != "NotRegistered":
        question["registrationDate"] = _day(message.registered_at, tz)
    ended = message.answered_at or message.dismissed_at
    if ended and status not in ("NotRegistered", "InWork", "Transferred"):
        question["responseDate"] = _day(ended, tz)
    if status == "InWork" and message.extended_at:
        question["isExtend"] = True
    if status == "Supported":
        question["actionsTaken"] = message.outcome == "solved"
    return question


def _status(case: Case) -> str:
    message = case.message
    if message.state == State.REDIRECTED:
        return "Transferred"
    if message.state == State.DISMISSED:
        return "LeftWithoutAnswer"
    if message.state in (State.ANSWERED, State.CLOSED):
        return _OUTCOMES.get(message.outcome, "Answered")
    return "InWork" if message.registered_at else "NotRegistered"


def _day(moment: datetime, tz: ZoneInfo) -> str:
    return f"{moment.astimezone(tz):%Y-%m-%d}"


def _name(case: Case) -> str:
    return re.sub(r"[^\w.-]+", "_", case.message.number)


def _leaf(statuses: Counter[str], nameless: int, codeless: int) -> str:
    lines = [
        "Обращения по 59-ФЗ для ССТУ.РФ: по одному файлу JSON на обращение.",
        "",
        f"Обращений в архиве: {statuses.total()}.",
        *(f"  {_WORDS[status]} ({status}): {count}" for status, count in sorted(statuses.items())),
        f"Не вошли, потому что заявитель не назван или ваша роль его не показывает: {nameless}.",
        f"Без кода вопроса по классификатору: {codeless}.",
        "",
        "Чего в файлах нет; в каждом это перечислено в поле _unknown, перед отправкой его уберите:",
        *(f"  {name} — {words}." for name, words in UNKNOWN.items()),
        "",
        "address — адрес, названный в обращении: почтовый адрес заявителя здесь не ведётся.",
        "Даты записаны как yyyy-MM-dd; других значений format, кроме Other, не известно.",
        "actionsTaken — «меры приняты»: true там, где итог — «Решено».",
    ]
    return "\n".join([*lines, ""])
