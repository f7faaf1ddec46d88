"""Rights as pure functions: no database, only an actor, the facts of a case and the verdict with its words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from blocks.actors import Actor, ActorKind, Grant
from blocks.roles import Role
from messages import policies
from messages.workflow import State

CENTER, BLOCK, SOURCE = 1, 10, 20
BOUNDS: dict[Role, dict[str, Any]] = {
    Role.BLOCK_CURATOR: {"block_id": BLOCK},
    Role.BLOCK_RESPONSIBLE: {"block_id": BLOCK},
    Role.SOURCE_CURATOR: {"source_id": SOURCE},
    Role.ACCOUNTS: {"source_id": SOURCE},
}


@dataclass
class Facts:
    """A case as policies see it."""

    state: str = State.DRAFTING
    center_id: int = CENTER
    source_id: int = SOURCE
    block_id: int | None = BLOCK
    recipient_id: int | None = None
    settlement_id: int | None = None
    publisher_role: str = Role.SOURCE_CURATOR
    regime: str = "message"
    registered_at: datetime | None = datetime(2026, 11, 18, tzinfo=UTC)
    extended_at: datetime | None = None
    question_until: datetime | None = None
    submitted_by_id: int | None = None
    sorted_by_id: int | None = None


def person(*grants: Grant, center: int = CENTER) -> Actor:
    return Actor(ActorKind.PERSON, center, "Проверкин П. П.", user_id=1, grants=grants)


def in_role(role: Role) -> Actor:
    return person(Grant(role, **BOUNDS.get(role, {})))


def who_may(verdict_of: Callable[[Actor, policies.Case], policies.Verdict], facts: Facts) -> set[str]:
    return {str(role) for role in Role if verdict_of(in_role(role), facts)}


@pytest.mark.parametrize(
    ("state", "writers"),
    [
        ("received", ""),
        ("assigned", "block_responsible block_curator"),
        ("drafting", "block_responsible block_curator"),
        ("block_approval", "block_curator"),
        ("head_approval", "head"),
        ("approved", ""),
        ("answered", ""),
        ("closed", ""),
        ("redirected", ""),
        ("dismissed", ""),
        ("merged", ""),
    ],
)
def test_the_draft_is_written_by_whoever_has_the_case(state: str, writers: str) -> None:
    assert who_may(policies.may_edit_draft, Facts(state)) == set(writers.split())


@pytest.mark.parametrize("state", State.values)
def test_what_a_case_is_about_is_set_while_it_is_open(state: str) -> None:
    roles = {"source_curator", "accounts", "head", "support", "block_curator", "block_responsible"}
    done = state in ("answered", "closed", "redirected", "dismissed")
    assert who_may(policies.may_classify, Facts(state)) == (set() if done else roles)


def test_contacts_are_for_everybody_who_works_with_the_case_but_tech_and_the_observer() -> None:
    assert who_may(policies.may_see_contacts, Facts()) == set(Role.values) - {"tech", "observer"}


@pytest.mark.parametrize("role", sorted(BOUNDS))
def test_a_role_that_must_have_a_bound_and_lacks_it_covers_nothing(role: Role) -> None:
    for verdict_of in (policies.may_edit_draft, policies.may_classify, policies.may_see_contacts):
        assert not verdict_of(person(Grant(role)), Facts())
    assert policies.allowed(person(Grant(role)), Facts()) == ()


def test_every_bound_that_is_named_must_match() -> None:
    grant = Grant(Role.BLOCK_CURATOR, block_id=BLOCK, recipient_id=5)
    assert not policies.may(person(grant), "agree", Facts(State.BLOCK_APPROVAL))
    assert policies.may(person(grant), "agree", Facts(State.BLOCK_APPROVAL, recipient_id=5))
    assert not policies.may(person(replace(grant, settlement_id=7)), "agree", Facts(State.BLOCK_APPROVAL, recipient_id=5))


def test_bounds_of_one_role_lend_nothing_to_another() -> None:
    """The responsible of one block who is the curator of another agrees only in that other."""
    both = person(Grant(Role.BLOCK_RESPONSIBLE, block_id=BLOCK), Grant(Role.BLOCK_CURATOR, block_id=BLOCK + 1))
    assert not policies.may(both, "agree", Facts(State.BLOCK_APPROVAL))
    assert policies.may(both, "agree", Facts(State.BLOCK_APPROVAL, block_id=BLOCK + 1))
    assert policies.may(both, "submit", Facts())


@pytest.mark.parametrize("publisher", [Role.SOURCE_CURATOR, Role.BLOCK_RESPONSIBLE, Role.ACCOUNTS])
def test_the_answer_is_sent_by_the_one_whom_the_source_names(publisher: Role) -> None:
    facts = Facts(State.APPROVED, publisher_role=publisher)
    assert {str(role) for role in Role if policies.may(in_role(role), "send", facts)} == {publisher}


def test_the_verdict_says_in_which_role_the_step_is_made() -> None:
    head, curator = Grant(Role.HEAD), Grant(Role.SOURCE_CURATOR, source_id=SOURCE, acting_for_id=9)
    verdict = policies.may(person(head, curator), "close", Facts(State.ANSWERED))
    assert verdict.grant == curator


def test_a_refusal_says_whose_step_it_is() -> None:
    facts = Facts(State.BLOCK_APPROVAL)
    assert policies.may(in_role(Role.HEAD), "return", facts).reason == "Этот шаг делает куратор блока."
    assert policies.may(in_role(Role.BLOCK_CURATOR), "return", replace(facts, state=State.HEAD_APPROVAL)).reason == (
        "Этот шаг делает руководитель Центра."
    )
    assert "Поступило" in policies.may(in_role(Role.HEAD), "approve", Facts(State.RECEIVED)).reason
    assert "другого Центра" in policies.may(person(Grant(Role.HEAD), center=2), "assign", Facts(State.RECEIVED)).reason


def test_buttons_are_the_steps_that_may_be_made_and_come_in_the_order_of_the_work() -> None:
    assert policies.allowed(in_role(Role.BLOCK_CURATOR), Facts(State.BLOCK_APPROVAL)) == ("agree", "return")
    assert policies.allowed(in_role(Role.SOURCE_CURATOR), Facts(State.RECEIVED)) == (
        "assign",
        "merge",
        "redirect",
        "dismiss",
    )
    assert policies.allowed(in_role(Role.OBSERVER), Facts(State.RECEIVED)) == ()


def test_rights_in_one_center_are_no_rights_in_another() -> None:
    stranger = person(*(Grant(role, **BOUNDS.get(role, {})) for role in Role), center=2)
    for state in State.values:
        assert policies.allowed(stranger, Facts(state)) == ()
        assert not policies.may_edit_draft(stranger, Facts(state))
        assert not policies.may_classify(stranger, Facts(state))
        assert not policies.may_see_contacts(stranger, Facts(state))


def test_the_author_recalls_and_so_does_whoever_substitutes_for_him() -> None:
    facts = Facts(State.BLOCK_APPROVAL, submitted_by_id=1)
    author = Grant(Role.BLOCK_RESPONSIBLE, block_id=BLOCK)
    assert policies.may(person(author), "recall", facts)
    assert not policies.may(person(author), "recall", replace(facts, submitted_by_id=2))
    assert policies.may(person(replace(author, acting_for_id=2)), "recall", replace(facts, submitted_by_id=2))
    assert not policies.may(person(author), "recall", replace(facts, submitted_by_id=None))


def test_only_an_appeal_is_extended_and_once() -> None:
    head, appeal = in_role(Role.HEAD), Facts(regime="appeal")
    assert policies.may(head, "extend", appeal)
    assert "один раз" in policies.may(head, "extend", replace(appeal, extended_at=datetime(2026, 11, 18, tzinfo=UTC))).reason
    assert "только обращениям" in policies.may(head, "extend", Facts()).reason
    assert "ещё не зарегистрировано" in policies.may(head, "extend", replace(appeal, registered_at=None)).reason


def test_whoever_answers_in_the_short_term_does_not_lengthen_it() -> None:
    assert who_may(policies.may_slow, Facts()) == {"source_curator", "accounts", "head", "support"}
