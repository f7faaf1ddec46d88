"""Figures counted case by case in plain Python, from nothing but rows: slow, and too simple to be wrong in the same way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from messages.models import Deadline, Message, MessageEvent, Satisfaction, ThreatSpan
from messages.workflow import OPEN, TRANSITIONS
from reports.periods import Stretch

Row = Mapping[str, Any]
STEPS: Final = {
    "redirected": "redirect",
    "dismissed": "dismiss",
    "closed": "close",
    "reopened": "reopen",
    "merged": "merge",
    "extended": "extend",
    "interim": "interim",
    "returned": "return",
}
MARKS: Final = {2: "complete", 1: "part", 0: "formal"}
LOW: Final = 2


@dataclass
class Case:
    """A case with everything that figures look at."""

    row: Row
    events: list[Row] = field(default_factory=list)
    terms: list[Row] = field(default_factory=list)
    scores: list[Row] = field(default_factory=list)

    @property
    def steps(self) -> list[Row]:
        return sorted((event for event in self.events if event["code"] in TRANSITIONS), key=lambda one: (one["at"], one["id"]))


def read(center_id: int) -> list[Case]:
    """All cases of a Center."""
    cases = {row["id"]: Case(row) for row in Message.objects.filter(center=center_id).values()}
    for event in MessageEvent.objects.filter(message__center=center_id).values():
        cases[event["message_id"]].events.append(event)
    spans = defaultdict(list)
    for span in ThreatSpan.objects.values():
        spans[span["deadline_id"]].append(span)
    for term in Deadline.objects.filter(center=center_id).values():
        cases[term["message_id"]].terms.append({**term, "spans": spans[term["id"]]})
    for score in Satisfaction.objects.filter(message__center=center_id).values():
        cases[score["message_id"]].scores.append(score)
    return list(cases.values())


def posted(event: Row) -> datetime:
    said = event["data"].get("posted_at")
    return datetime.fromisoformat(said) if said else event["at"]


def figures(case: Case, period: Stretch) -> Iterator[str]:
    """The names of all figures of the period that the case counts in."""

    def within(moment: datetime | None) -> bool:
        return moment is not None and period.start <= moment < period.end

    if within(case.row["received_at"]):
        yield "received"
    if (answer := answer_in(case, period)) is not None:
        yield "answered"
        yield kept(case, answer)
        if case.row["completeness"] is not None:
            yield MARKS[case.row["completeness"]]
    for figure, code in STEPS.items():
        if any(event["code"] == code and within(event["at"]) for event in case.events):
            yield figure
    if any(
        event["code"] == "reopen" and within(event["at"]) and event["from_state"] in ("answered", "closed")
        for event in case.events
    ):
        yield "repeats"
    if any(within(score["at"]) for score in case.scores):
        yield "scored"
    if any(within(score["at"]) and score["score"] <= LOW for score in case.scores):
        yield "low"
    if any(is_breach(term) and within(term["due_at"]) for term in case.terms):
        yield "breaches"
    if state_at(case, period.end) in OPEN:
        yield "open"
        if any(is_overdue(term, period.end) for term in case.terms):
            yield "overdue"
        if any(is_threatened(term, period.end) for term in case.terms):
            yield "threat"


def answer_in(case: Case, period: Stretch) -> datetime | None:
    """When the last answer of the period was posted."""
    posts = [posted(event) for event in case.events if event["code"] == "send"]
    if case.row["answered_at"] is not None:
        posts.append(case.row["answered_at"])
    return max((at for at in posts if period.start <= at < period.end), default=None)


def took(case: Case, answer: datetime) -> float:
    """Seconds from receipt, or from the reopening before the answer."""
    begun: datetime = max([case.row["received_at"], *_reopenings(case, answer)])
    return (answer - begun).total_seconds()


def kept(case: Case, answer: datetime) -> str:
    cycle = len(_reopenings(case, answer))
    terms = [term for term in case.terms if not term["internal"] and term["cycle"] <= cycle]
    standing = [term for term in terms if term["void_at"] is None]
    if any(term["met_at"] is None or term["met_at"] > term["due_at"] for term in standing):
        return "late"
    fallen = [term for term in terms if term["void_at"] is not None and term["kind"] != "redirect"]
    if any(term["void_at"] > term["due_at"] and term["met_at"] is None for term in fallen):
        return "late"
    return "in_time" if standing else "no_term"


def _reopenings(case: Case, before: datetime) -> list[datetime]:
    return [event["at"] for event in case.events if event["code"] == "reopen" and event["at"] < before]


def is_breach(term: Row) -> bool:
    due, met, void = term["due_at"], term["met_at"], term["void_at"]
    return not term["internal"] and (met is None or met > due) and (void is None or void > due)


def state_at(case: Case, moment: datetime) -> str:
    if case.row["received_at"] >= moment:
        return ""
    if any(event["code"] == "send" and event["at"] >= moment > posted(event) for event in case.events):
        return "answered"
    before = [step["to_state"] for step in case.steps if step["at"] < moment]
    after = [step["from_state"] for step in case.steps if step["at"] >= moment]
    return str((before[-1:] or after[:1] or [case.row["state"]])[0])


def _asked_for(term: Row, moment: datetime) -> bool:
    ends = (term["met_at"], term["void_at"])
    return not term["internal"] and all(end is None or end >= moment for end in ends)


def is_overdue(term: Row, moment: datetime) -> bool:
    return _asked_for(term, moment) and term["due_at"] < moment


def is_threatened(term: Row, moment: datetime) -> bool:
    if not _asked_for(term, moment) or not term["started_at"] <= moment <= term["due_at"]:
        return False
    if term["paused_until"] is not None and term["paused_until"] > moment:
        return False
    foreseen = [span for span in term["spans"] if span["since"] <= moment and (span["until"] is None or span["until"] > moment)]
    return term["threat_at"] <= moment or bool(foreseen)
