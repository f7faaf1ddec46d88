"""``python -m tests.faults.job verdict FILLED``: whether every step was made exactly once, with its line and its notices.

Reads the place as it was left and works out anew what should stand there; prints what differs and how much was made.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from blocks.selectors import roster_of
from blocks.selectors.audience import Roster
from mcu.clock import database_now
from mcu.models import Outbox
from messages.models import Deadline, DeadlineStep, MessageEvent
from messages.services.term_book import book_of
from messages.terms import Step
from tests.cast import load_center

LATE_AFTER: Final = timedelta(minutes=5)
SHOWN: Final = 10
Made = dict[tuple[int, str], datetime]


def verdict(filled: dict[str, Any]) -> dict[str, Any]:
    """What differs, and counts."""
    center, since = load_center("oktyabrsky"), datetime.fromisoformat(filled["filled_at"])
    book, roster = book_of(center), roster_of(center, database_now())
    terms = list(Deadline.objects.filter(pk__gte=filled["first"]).select_related("message__source"))
    rules = {rule.id: rule for rule in book.rules}
    planned = {term.pk: book.steps(rules[term.rule_id], term.started_at, term.due_at) for term in terms}
    rows = DeadlineStep.objects.filter(deadline__gte=filled["first"]).values_list("deadline_id", "step", "made_at")
    everything = {(deadline, step): at for deadline, step, at in rows}
    made: Made = {key: at for key, at in everything.items() if at >= since}
    problems = [
        *_steps(planned, everything, datetime.fromisoformat(filled["until"])),
        *_lines(made, planned, since),
        *_notices(terms, made, planned, roster, since),
        *_left(filled["first"], datetime.fromisoformat(filled["until"])),
    ]
    return {
        "problems": problems[:SHOWN],
        "steps": len(made),
        "late": MessageEvent.objects.filter(at__gte=since, data__late=True).count(),
        "notices": _told(since).count(),
    }


def _steps(planned: dict[int, tuple[Step, ...]], everything: Made, until: datetime) -> Iterator[str]:
    """Whatever was planned by the end is made, and nothing before its moment."""
    for pk, steps in planned.items():
        for step in steps:
            at = everything.get((pk, step.code))
            if at is None and step.at <= until:
                yield f"срок {pk}: нет шага {step.code}"
            elif at is not None and at < step.at:
                yield f"срок {pk}: шаг {step.code} сделан на {step.at - at} раньше времени"


def _lines(made: Made, planned: dict[int, tuple[Step, ...]], since: datetime) -> Iterator[str]:
    """The history has a line for every step, one, marked late where it is."""
    rows = MessageEvent.objects.filter(at__gte=since).exclude(data__step=None)
    lines = [data for data in rows.values_list("data", flat=True) if data["deadline"] in planned]  # not of other tests' cases
    found = [((data["deadline"], data["step"]), data.get("late", False)) for data in lines]
    yield from _differ("строк истории", Counter(key for key, _ in found), Counter(made.keys()))
    at = {(pk, step.code): step.at for pk, steps in planned.items() for step in steps}
    for key, late in found:
        if key in made and late != (made[key] - at[key] > LATE_AFTER):
            yield f"{key}: опоздание отмечено неверно ({late})"


def _notices(
    terms: list[Deadline], made: Made, planned: dict[int, tuple[Step, ...]], roster: Roster, since: datetime
) -> Iterator[str]:
    """Each person has one notice of all the steps of a term made at once; what was missed has left in one message."""
    by_term: dict[int, list[tuple[datetime, Step]]] = defaultdict(list)
    for pk, steps in planned.items():
        by_term[pk] = [(made[pk, step.code], step) for step in steps if (pk, step.code) in made]
    asked: Counter[str] = Counter()
    missed: Counter[int] = Counter()
    for term in terms:
        people = {
            "responsible": roster.responsibles(term.message),
            "block_curator": roster.block_curators(term.message),
            "head": roster.heads(),
        }
        for at, group in groupby(by_term[term.pk], key=lambda one: one[0]):
            last = {user: step for _, step in group for user in people[step.to]}
            asked.update(f"deadline:{term.pk}:{step.code}:{user}" for user, step in last.items())
            missed.update(user for user, step in last.items() if at - step.at > LATE_AFTER)
    yield from _differ("уведомлений", Counter(_told(since).values_list("key", flat=True)), asked)
    summaries = Outbox.objects.filter(created_at__gte=since, kind="deadline_missed").values_list("user_id", "subject")
    said = Counter({user: int(subject.rpartition(" ")[2]) for user, subject in summaries})
    yield from _differ("собрано в одно сообщение", said, missed)
    if len(summaries) != len(said):
        yield f"сообщений о пропущенном {len(summaries)} на {len(said)} человек"
    apart = _told(since).filter(by_email=True).count()
    if apart + sum(missed.values()) != sum(asked.values()):
        yield f"порознь ушло {apart}, вместе {sum(missed.values())}, а уведомлений {sum(asked.values())}"


def _told(since: datetime) -> Any:
    return Outbox.objects.filter(created_at__gte=since, key__startswith="deadline:")


def _left(first: int, until: datetime) -> Iterator[str]:
    if count := Deadline.objects.filter(pk__gte=first, next_step_at__lte=until).count():
        yield f"не дошла очередь до {count} сроков"
    if count := Outbox.objects.filter(gather=True).count():
        yield f"не собрано {count} уведомлений"


def _differ(what: str, found: Counter[Any], wanted: Counter[Any]) -> Iterable[str]:
    missing, excess = wanted - found, found - wanted
    if missing or excess:
        amounts = f"не хватает {sum(missing.values())}, лишних {sum(excess.values())}"
        yield f"{what}: {amounts}: {list(missing)[:3]} {list(excess)[:3]}"


if __name__ == "__main__":
    print(json.dumps(verdict(json.loads(sys.argv[1])), ensure_ascii=False))
