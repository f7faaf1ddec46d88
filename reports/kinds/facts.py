"""What the registers say of a period: information risks, decisions and what came of them."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Q

from reports.kinds.base import Figures, Subject
from reports.models import InformationRisk, Proposal
from reports.paper import Cell, Column, Form, Section, Table, iso_day

LINES: Final = 30


def of_week(subject: Subject) -> dict[str, Any]:
    """Risks open at the period's end or closed in it, decisions of the period and older ones not carried out. Two queries."""
    first, last = subject.period.first, subject.period.last
    risks = (
        InformationRisk.objects.valid()
        .filter(Q(closed_on__isnull=True) | Q(closed_on__gte=first), center=subject.center, noticed_on__lte=last)
        .select_related("topic", "settlement", "block")
        .order_by("closed_on", "-noticed_on", "pk")[:LINES]
    )
    decisions = (
        Proposal.objects.valid()
        .filter(
            Q(decided_on__gte=first)
            | Q(decision=Proposal.Decision.ACCEPTED, done_on__isnull=True)
            | Q(done_on__gte=first, done_on__lte=last),
            center=subject.center,
            decided_on__lte=last,
        )
        .select_related("topic", "block")
        .order_by("-decided_on", "pk")[:LINES]
    )
    return {"risks": [_risk(row) for row in risks], "decisions": [_decision(row, subject) for row in decisions]}


def _risk(row: InformationRisk) -> dict[str, Any]:
    return {
        "noticed_on": row.noticed_on.isoformat(),
        "level": row.get_level_display(),
        "where": row.get_where_display(),
        "summary": row.summary,
        "topic": row.topic.name if row.topic else "",
        "settlement": row.settlement.name if row.settlement else "",
        "factual": row.factual,
        "informing": row.informing,
        "closed_on": row.closed_on.isoformat() if row.closed_on else "",
        "result": row.result,
    }


def _decision(row: Proposal, subject: Subject) -> dict[str, Any]:
    done = row.done_on is not None and row.done_on <= subject.period.last
    late = not done and row.due_on is not None and row.due_on <= subject.period.last
    return {
        "text": row.text,
        "to": row.get_addressed_to_display(),
        "decision": row.get_decision_display(),
        "decided_on": row.decided_on.isoformat() if row.decided_on else "",
        "decision_text": row.decision_text,
        "protocol": row.protocol,
        "responsible": row.responsible,
        "due_on": row.due_on.isoformat() if row.due_on else "",
        "done_on": row.done_on.isoformat() if row.done_on and done else "",
        "result": row.result if done else "",
        "late": late,
    }


def risks_section(figures: Figures) -> Section:
    """Information risks (ОКТ Пол. 3.6 ¶3; КОР 3.2 е))."""
    columns = (
        Column("Замечен", Form.DAY, 11),
        Column("Уровень", Form.TEXT, 10),
        Column("Суть", Form.TEXT, 48),
        Column("Что сделать и что сообщить", Form.TEXT, 48),
        Column("Чем закончилось", Form.TEXT, 32),
    )
    rows = tuple(
        (
            Cell(row["noticed_on"], Form.DAY),
            Cell(row["level"], note=row["where"]),
            Cell(_joined(row["summary"], row["topic"], row["settlement"])),
            Cell(_joined(row["factual"], row["informing"])),
            Cell(_closed(row)),
        )
        for row in figures.get("risks", [])
    )
    return Section(
        "Информационные риски",
        (Table("Риски", columns, rows, empty="Информационных рисков нет."),),
        code="risks",
        note="Открытые на конец недели и снятые за неё.",
    )


def _closed(row: dict[str, Any]) -> str:
    return f"Снят {iso_day(row['closed_on'])}. {row['result']}".strip() if row["closed_on"] else ""


def decisions_section(figures: Figures) -> Section:
    """Decisions of the week, and what came of the earlier ones (ОКТ Пол. 2.4.1, 2.4.5)."""
    columns = (
        Column("Решено", Form.DAY, 11),
        Column("Решение", Form.TEXT, 48),
        Column("Ответственный", Form.TEXT, 28),
        Column("Срок", Form.DAY, 11),
        Column("Что вышло", Form.TEXT, 40),
    )
    rows = tuple(
        (
            Cell(row["decided_on"], Form.DAY),
            Cell(_joined(row["decision_text"] or row["text"], _protocol(row["protocol"])), note=row["decision"]),
            Cell(row["responsible"]),
            Cell(row["due_on"], Form.DAY),
            _outcome(row),
        )
        for row in figures.get("decisions", [])
    )
    return Section(
        "Решения и что из них вышло",
        (Table("Решения", columns, rows, empty="Решений за неделю нет, прежние исполнены."),),
        code="decisions",
    )


def _protocol(number: str) -> str:
    if not number:
        return ""
    return number if number[:1].isalpha() else f"Протокол № {number.removeprefix('№').strip()}"


def _outcome(row: dict[str, Any]) -> Cell:
    if row["done_on"]:
        return Cell(f"Исполнено {iso_day(row['done_on'])}. {row['result']}".strip(), tone="good")
    return Cell("Срок прошёл, не исполнено", tone="bad") if row["late"] else Cell("В работе" if row["due_on"] else "")


def _joined(*words: str) -> str:
    return ". ".join(word.strip().rstrip(".") for word in words if word.strip())
