"""Terms of one case: what a return, decline, redirect, merge or reopening does to them."""

from typing import Any

import pytest

from messages.terms import Facts, Kind, Rule, Wanted, wanted
from tests.messages.term_rules import (
    APPEAL_ANSWER,
    APPROVE,
    CALENDAR,
    EKB,
    HOURS,
    IM_AGREE,
    POS_ANSWER,
    PUBLISH,
    REDIRECT,
    REGISTER,
    at,
    local,
)

IM_RULES = {Kind.AGREE: IM_AGREE, Kind.APPROVE: APPROVE, Kind.PUBLISH: PUBLISH}
APPEAL_RULES = {Kind.REGISTER: REGISTER, Kind.REDIRECT: REDIRECT, Kind.ANSWER: APPEAL_ANSWER}
RECEIVED = at("2026-03-02T09:00:00")


def terms(rules: dict[Kind, Rule], **facts: Any) -> dict[Kind, Wanted]:
    case = Facts(**{"state": "received", "cycle": 0, "needs_head": True, "received_at": RECEIVED, **facts})
    by_kind = {kind: (rule,) for kind, rule in rules.items()}
    return {term.kind: term for term in wanted(case, by_kind, tz=EKB, calendar=CALENDAR, hours=HOURS)}


class TestCase:
    def test_nothing_is_asked_before_it_has_started(self) -> None:
        assert terms(IM_RULES) == {}
        assert list(terms(APPEAL_RULES)) == [Kind.REGISTER]

    def test_way_of_an_incident(self) -> None:
        moments = {
            "handed_over_at": at("2026-03-02T09:30:00"),
            "agreed_at": at("2026-03-02T12:30:00"),
            "approved_at": at("2026-03-02T14:31:00"),
            "answered_at": at("2026-03-02T15:00:00"),
        }
        found = terms(IM_RULES, state="answered", **moments)
        assert list(found) == [Kind.AGREE, Kind.APPROVE, Kind.PUBLISH]
        assert found[Kind.AGREE].in_time  # to the microsecond
        assert local(found[Kind.APPROVE].due_at) == "2026-03-02 14:30:00"
        assert not found[Kind.APPROVE].in_time
        assert found[Kind.PUBLISH].in_time

    def test_open_term_is_not_in_time_yet(self) -> None:
        assert not terms(IM_RULES, state="assigned", handed_over_at=RECEIVED)[Kind.AGREE].in_time

    def test_without_the_head_the_publisher_starts_at_the_agreement(self) -> None:
        agreed = at("2026-03-02T10:00:00")
        found = terms(IM_RULES, state="approved", needs_head=False, handed_over_at=RECEIVED, agreed_at=agreed)
        assert list(found) == [Kind.AGREE, Kind.PUBLISH]
        assert found[Kind.PUBLISH].started_at == agreed

    def test_return_by_the_head_opens_the_agreement_where_it_stood(self) -> None:
        handed = {"handed_over_at": at("2026-03-02T09:30:00")}
        before = terms(IM_RULES, state="head_approval", agreed_at=at("2026-03-02T10:00:00"), **handed)
        returned = terms(IM_RULES, state="drafting", **handed)
        assert list(returned) == [Kind.AGREE]
        assert returned[Kind.AGREE].met_at is None
        assert returned[Kind.AGREE].due_at == before[Kind.AGREE].due_at

    def test_handover_makes_the_redirect_term_moot_and_decline_brings_it_back(self) -> None:
        registered = {"registered_at": at("2026-03-03T10:00:00")}
        assigned = terms(APPEAL_RULES, state="assigned", handed_over_at=at("2026-03-03T10:00:00"), **registered)
        declined = terms(APPEAL_RULES, state="received", handed_over_at=at("2026-03-03T10:00:00"), **registered)
        assert assigned[Kind.REDIRECT].void
        assert not declined[Kind.REDIRECT].void
        assert declined[Kind.REDIRECT].due_at == assigned[Kind.REDIRECT].due_at
        assert local(declined[Kind.REDIRECT].due_at) == "2026-03-09 23:59:59.999999"

    def test_redirect_meets_its_term_and_ends_the_answer(self) -> None:
        moment = at("2026-03-04T10:00:00")
        found = terms(APPEAL_RULES, state="redirected", registered_at=moment, redirected_at=moment)
        assert found[Kind.REGISTER].in_time
        assert found[Kind.REDIRECT].in_time
        assert not found[Kind.REDIRECT].void
        assert found[Kind.ANSWER].void

    def test_case_left_without_answer_owes_nothing_more(self) -> None:
        found = terms(APPEAL_RULES, state="dismissed", registered_at=at("2026-03-04T10:00:00"))
        assert {kind: term.void for kind, term in found.items()} == {
            Kind.REGISTER: False,
            Kind.REDIRECT: True,
            Kind.ANSWER: True,
        }

    def test_merged_case_keeps_its_terms(self) -> None:
        found = terms({**IM_RULES, **APPEAL_RULES}, state="merged", registered_at=RECEIVED, handed_over_at=RECEIVED)
        assert not found[Kind.ANSWER].void
        assert not found[Kind.AGREE].void

    def test_reopening_starts_the_terms_again(self) -> None:
        reopened = at("2026-04-01T10:00:00")
        found = terms(
            {**APPEAL_RULES, **IM_RULES},
            state="assigned",
            cycle=1,
            reopened_at=reopened,
            registered_at=at("2026-03-02T10:00:00"),
            handed_over_at=reopened,
        )
        assert list(found) == [Kind.REDIRECT, Kind.AGREE, Kind.ANSWER]
        assert {term.started_at for term in found.values()} == {reopened}
        # 30.04.2026, counted from the day of reopening as day 1.
        assert local(found[Kind.ANSWER].due_at) == "2026-04-30 23:59:59.999999"

    def test_answer_counted_from_receipt_counts_from_reopening(self) -> None:
        reopened = at("2026-04-01T10:00:00")
        found = terms({Kind.ANSWER: POS_ANSWER}, state="assigned", cycle=1, reopened_at=reopened)
        assert local(found[Kind.ANSWER].due_at) == "2026-04-26 23:59:59.999999"

    def test_cycle_has_a_beginning(self) -> None:
        with pytest.raises(ValueError, match="reopened_at"):
            terms(IM_RULES, cycle=1)
        with pytest.raises(ValueError, match="reopened_at"):
            terms(IM_RULES, reopened_at=RECEIVED)
