"""What must agree within a row, and what the row says of itself in a list: pure functions of its values."""

from __future__ import annotations

from datetime import date

from blocks.models import RoadmapMeasure
from reports.models import Campaign, InformationRisk, Proposal, Publication, ResidentDecision
from reports.registers.table import Mark, Values, Words


def after(values: Values, first: str, second: str, words: str) -> Words:
    """Words for the second day when it lies before the first."""
    one, two = values.get(first), values.get(second)
    return {second: words} if one and two and two < one else {}


def _with(values: Values, named: str, *needed: str, words: str) -> Words:
    """Words for the fields left empty although the named one is filled."""
    return {name: words for name in needed if not values.get(name)} if values.get(named) else {}


def risk_words(values: Values) -> Words:
    """A risk is taken off with its outcome."""
    found = after(values, "noticed_on", "closed_on", "Риск снят раньше, чем замечен: проверьте дни.")
    found |= _with(values, "closed_on", "result", words="Напишите, чем закончилось: без этого риск не снимают.")
    if values.get("result") and not values.get("closed_on"):
        found["closed_on"] = "Укажите день, когда риск снят, или уберите итог."
    return found


def risk_mark(row: InformationRisk, today: date) -> Mark | None:
    """Where the row stands on the day."""
    if row.closed_on:
        return Mark("снят")
    return Mark(f"открыт, {row.get_level_display()}", {"high": "red", "medium": "amber"}.get(row.level, ""))


def publication_words(values: Values) -> Words:
    """A publication has a day; what came out has a link."""
    if not values.get("planned_on") and not values.get("published_on"):
        return {"published_on": "Укажите день выхода или день по плану."}
    found = _with(values, "published_on", "url", words="Дайте ссылку на вышедшую публикацию: по ней её проверяют.")
    for name in ("views", "reactions"):
        if values.get(name) and not values.get("published_on"):
            found["published_on"] = "Просмотры и отклики есть только у вышедшей публикации: укажите день выхода."
    return found


def publication_mark(row: Publication, today: date) -> Mark | None:
    """Where the row stands on the day."""
    if row.published_on or row.planned_on is None:
        return None
    return Mark("не вышла", "red") if row.planned_on < today else Mark("по плану")


def decision_words(values: Values) -> Words:
    """Taken, executed, announced: in this order."""
    found = after(values, "decided_on", "executed_on", "Исполнено раньше, чем принято: проверьте дни.")
    found |= after(values, "executed_on", "announced_on", "Жителям сообщено раньше, чем исполнено: проверьте дни.")
    if values.get("announced_on") and not values.get("executed_on"):
        found["executed_on"] = "Жителям сообщают об исполненном решении: укажите, когда оно исполнено."
    return found | _with(
        values, "announced_on", "announcement_url", words="Дайте ссылку на сообщение в социальной сети: по ней его проверяют."
    )


def decision_mark(row: ResidentDecision, today: date) -> Mark | None:
    """Where the row stands on the day."""
    if row.announced_on or vars(row).get("told"):
        return Mark("жителям сообщено", "green")
    return Mark("исполнено, не сообщено", "amber") if row.executed_on else Mark("исполняется")


def measure_words(values: Values) -> Words:
    """A measure is done with a result."""
    return _with(values, "done_on", "result", words="Напишите, что сделано: без этого мероприятие не считают выполненным.")


def measure_mark(row: RoadmapMeasure, today: date) -> Mark | None:
    """Where the row stands on the day."""
    if row.done_on:
        return Mark("выполнено", "green")
    if row.due_on < today:
        return Mark("просрочено", "red")
    return Mark("в работе") if row.approved_on else Mark("не утверждено", "amber")


def proposal_words(values: Values) -> Words:
    """Nothing is said of a decision before it is taken."""
    found: Words = {}
    if values.get("decision") and not values.get("decided_on"):
        found["decided_on"] = "Укажите, когда решили."
    if values.get("decided_on") and not values.get("decision"):
        found["decision"] = "Выберите решение."
    for name in ("decision_text", "protocol", "responsible", "due_on", "done_on", "result"):
        if values.get(name) and not values.get("decision"):
            found.setdefault("decision", "Сначала выберите решение.")
    found |= after(values, "proposed_on", "decided_on", "Решено раньше, чем предложено: проверьте дни.")
    found |= after(values, "decided_on", "done_on", "Исполнено раньше, чем решено: проверьте дни.")
    return found | _with(values, "done_on", "result", words="Напишите, что сделано по решению.")


def proposal_mark(row: Proposal, today: date) -> Mark | None:
    """Where the row stands on the day."""
    if not row.decision:
        return Mark("ждёт решения", "amber")
    if row.decision != Proposal.Decision.ACCEPTED:
        return Mark(row.get_decision_display())
    if row.done_on:
        return Mark("исполнено", "green")
    late = row.due_on is not None and row.due_on < today
    return Mark("просрочено", "red") if late else Mark("принято")


def campaign_mark(row: Campaign, today: date) -> Mark | None:
    """Where the row stands on the day."""
    return Mark("идёт", "green") if row.starts_on <= today <= row.ends_on else None


def assessment_words(values: Values) -> Words:
    """The score lies within its scale."""
    found = after(values, "since", "until", "Период кончается раньше, чем начинается.")
    score, scale = values.get("score"), values.get("scale")
    if score is not None and scale is not None and score > scale:
        found["score"] = "Оценка больше наибольшей: проверьте числа."
    return found
