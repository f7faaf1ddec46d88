"""Decisions where the decrees are silent: the `[settings]` table, kept by the Center as it is."""

from __future__ import annotations

import json
from datetime import time
from typing import Annotated, Literal

from pydantic import Field

from blocks.charters.base import Code, Name, RoleCode, Share, Short, Step, Table

Weekday = Annotated[int, Field(ge=1, le=7)]


class ShortDay(Table):
    """A weekday (1 is Monday) that ends earlier than the others."""

    weekday: Weekday
    end: time


class WorkingTime(Table):
    """Working hours in the Center's local time; days off come from the production calendar."""

    weekdays: Annotated[list[Weekday], Field(min_length=1)]
    start: time
    end: time
    lunch_start: time
    lunch_end: time
    short_days: list[ShortDay] = Field(default_factory=list)


class Ladder(Table):
    """Who is told of a breach: for terms set in hours and for terms set in days."""

    hours: Annotated[list[Step], Field(min_length=1)]
    days: Annotated[list[Step], Field(min_length=1)]


class Extension(Table):
    """The one extension that 59-ФЗ art. 12 allows, in calendar days."""

    max_days: Annotated[int, Field(gt=0)]
    times: Annotated[int, Field(gt=0)]
    by: RoleCode
    notify_applicant: bool
    clause: Name


class Mark(Table):
    """A degree of completeness of an answer («полнота реагирования по существу»)."""

    value: Annotated[int, Field(ge=0)]
    name: Name


class Completeness(Table):
    """The scale of completeness and what a reopening makes of the mark."""

    scale: Annotated[list[Mark], Field(min_length=2)]
    after_reopening: Annotated[int, Field(ge=0)]


class Spike(Table):
    """When the growth of a topic is a spike («резкий рост»): all three conditions at once."""

    window_days: Annotated[int, Field(gt=0)]
    baseline_weeks: Annotated[int, Field(gt=0)]
    min_messages: Annotated[int, Field(gt=0)]
    min_growth: Annotated[float, Field(ge=0)]
    max_probability: Share


class Rating(Table):
    """Weights of a recipient's rating; they make 1 together."""

    in_time: Annotated[float, Field(ge=0, le=1)]
    completeness: Annotated[float, Field(ge=0, le=1)]
    satisfaction: Annotated[float, Field(ge=0, le=1)]
    no_repeats: Annotated[float, Field(ge=0, le=1)]
    min_messages: Annotated[int, Field(gt=0)]


class Problemator(Table):
    """The weekly report: where its week starts and when the draft is made, local time."""

    week_starts_on: Weekday
    week_starts_at: time
    draft_weekday: Weekday
    draft_at: time
    to: Annotated[list[RoleCode], Field(min_length=1)]


class ReportPlan(Table):
    """How a kind of report goes (ОКТ Пол. 3.3, 3.6; КОР 3.2): when its draft is made, who completes it, who gets it.

    ``day`` is the weekday of a weekly report, the day of the month of a monthly one; ``at`` is local time.
    """

    kind: Literal["problemator", "indicators", "note", "source-week", "rating"]
    day: Annotated[int, Field(ge=1, le=28)] = 1
    at: time = time(7)
    by: Annotated[list[RoleCode], Field(min_length=1)]
    to: Annotated[list[RoleCode], Field(min_length=1)]


REPORT_PLANS = [
    ReportPlan(kind="problemator", by=["support"], to=["curator", "district_head"]),
    ReportPlan(kind="note", by=["support"], to=["district_head"]),
    ReportPlan(kind="source-week", by=["source_curator", "accounts"], to=["curator"]),
    ReportPlan(kind="indicators", by=["support"], to=["curator", "district_head"]),
    ReportPlan(kind="rating", by=["support"], to=["curator", "district_head"]),
]


class Fz59(Table):
    """Terms of 59-ФЗ that are not deadline rules."""

    registered_by: Annotated[list[Literal["assign", "redirect", "dismiss"]], Field(min_length=1)]
    signed_by: RoleCode
    extension: Extension


class Interim(Table):
    """How far and how often interim answers may put off the answer to a message; the decrees are silent."""

    max_days: Annotated[int, Field(gt=0)] = 30
    times: Annotated[int, Field(gt=0)] = 2


class Question(Table):
    """How long at most a question to the applicant holds the clock, in calendar days, and how often in one cycle."""

    max_days: Annotated[int, Field(gt=0)] = 10
    times: Annotated[int, Field(gt=0)] = 2


class LateCause(Table):
    """A cause of lateness that staff choose from (R69)."""

    code: Code
    name: Name


LATE_CAUSES = [
    LateCause(code="handed_late", name="Поздно передано в блок"),
    LateCause(code="wrong_block", name="Передано не в тот блок"),
    LateCause(code="no_data", name="Ждали сведений от исполнителя или подрядчика"),
    LateCause(code="long_agreement", name="Долго согласовывали"),
    LateCause(code="returned", name="Возвращали на доработку"),
    LateCause(code="nobody", name="Ответственный отсутствовал, замены не было"),
    LateCause(code="hard", name="Сложный вопрос, нужен выезд или работы"),
    LateCause(code="technical", name="Техническая неисправность"),
    LateCause(code="other", name="Иная причина"),
]


class Letters(Table):
    """Letters that answers to appeals go out as: how they are numbered, what stands under the Center's name on their head."""

    number_format: Name = "{prefix}-исх-{year}-{number:06d}"
    letterhead: list[Short] = Field(default_factory=list)  # address, telephone, e-mail, a line each


class Settings(Table):
    """All decisions of the charter that are not reference rows."""

    number_format: Name
    close_after_days: Annotated[int, Field(gt=0)]
    close_outcome: Code
    low_score: Annotated[int, Field(ge=1, le=5)]
    warn_shares: Annotated[list[Share], Field(min_length=1)]
    ladder: Ladder
    fast_track_from: list[Literal["message", "rule", "topic"]]
    clock_restarts_on: list[Literal["reopen", "assign", "decline", "return"]]
    same_person_may_agree: bool
    same_person_mark: str
    social_networks: list[Short]
    retention_years: Annotated[int, Field(gt=0)]
    working_time: WorkingTime
    fz59: Fz59
    letters: Letters = Field(default_factory=Letters)
    interim: Interim = Field(default_factory=Interim)
    question: Question = Field(default_factory=Question)
    late_causes: Annotated[list[LateCause], Field(min_length=1)] = Field(default=LATE_CAUSES)
    completeness: Completeness
    spike: Spike
    rating: Rating
    problemator: Problemator
    reports: Annotated[list[ReportPlan], Field(min_length=1)] = Field(default=REPORT_PLANS)

    def report_plan(self, kind: str) -> ReportPlan | None:
        """How the kind of report goes here; None: this Center does not make it. The problemator has its own draft time."""
        plan = next((one for one in self.reports if one.kind == kind), None)
        if plan is None or kind != "problemator":
            return plan
        return plan.model_copy(update={"day": self.problemator.draft_weekday, "at": self.problemator.draft_at})


def settings_of(stored: dict[str, object]) -> Settings:
    """Typed settings out of what the Center keeps as JSON (times there are text)."""
    return Settings.model_validate_json(json.dumps(stored))
