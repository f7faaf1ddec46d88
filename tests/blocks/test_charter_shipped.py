"""The two charters that ship hold what the decrees and the decisions say."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from blocks.charters import Charter, load, settings_of, shipped
from blocks.roles import Role

BOTH = pytest.mark.parametrize("name", ["oktyabrsky", "korsakovsky"])


def test_two_charters_ship() -> None:
    assert shipped() == ["korsakovsky", "oktyabrsky"]


@BOTH
def test_a_shipped_charter_is_complete(name: str) -> None:
    charter = load(name)
    assert charter.center.slug == name
    assert ZoneInfo(charter.center.timezone).key == charter.center.timezone
    assert len(charter.topics()) >= 60
    assert sum(topic.fast_track for _, topic in charter.topics()) >= 10
    assert {role.code for role in charter.roles} == set(Role)
    assert charter.notes
    assert {ground.clause for ground in charter.grounds} > {f"59-ФЗ ст. 11 ч. {part}" for part in (1, 2, 3, 4, 5, 6)}


@BOTH
def test_every_sector_block_has_topics_and_a_recipient(name: str) -> None:
    charter = load(name)
    answering = {block for recipient in charter.recipients for block in recipient.blocks}
    for block in charter.blocks:
        assert block.topics or block.territorial, block.code
        assert block.code in answering, block.code


@BOTH
def test_head_and_tech_must_have_a_second_factor(name: str) -> None:
    assert {role.code for role in load(name).roles if role.totp_required} == {"head", "tech"}


@BOTH
def test_settings_survive_being_kept_as_json(name: str) -> None:
    settings = load(name).settings
    assert settings_of(settings.model_dump(mode="json")) == settings


@BOTH
def test_law_terms_of_appeals_come_from_the_regime_alone(name: str) -> None:
    rules = {rule.kind: rule for rule in load(name).deadlines if rule.regime == "appeal"}
    assert {kind: rule.amount for kind, rule in rules.items()} == {"register": 3, "redirect": 7, "answer": 30}
    assert all(rule.source is None and rule.basis == "law" for rule in rules.values())
    assert rules["answer"].day_count == "inclusive"
    assert rules["answer"].on_day_off == "previous_working_day"


def _rules(charter: Charter, source: str) -> dict[tuple[str, bool | None], tuple[int, str, str, str]]:
    return {
        (rule.kind, rule.fast_track): (rule.amount, rule.unit, rule.starts_on, rule.basis)
        for rule in charter.deadlines
        if rule.source == source
    }


@pytest.mark.parametrize("source", ["im", "other"])
def test_oktyabrsky_social_answer_has_three_hours_then_internal_terms(source: str) -> None:
    charter = load("oktyabrsky")
    assert _rules(charter, source) == {
        ("agree", None): (3, "hours", "handed_over", "decree"),
        ("approve", None): (1, "working_hours", "agreed", "default"),
        ("publish", None): (1, "working_hours", "approved", "default"),
    }
    internal = {rule.kind for rule in charter.deadlines if rule.source == source and rule.internal}
    assert internal == {"approve", "publish"}


@pytest.mark.parametrize(("name", "basis"), [("oktyabrsky", "decree"), ("korsakovsky", "default")])
def test_platform_answer_has_25_days_or_10_on_fast_track(name: str, basis: str) -> None:
    assert _rules(load(name), "pos") == {
        ("answer", False): (25, "calendar_days", "received", basis),
        ("answer", True): (10, "calendar_days", "received", basis),
    }


@pytest.mark.parametrize("source", ["im", "portal", "accounts"])
def test_korsakovsky_social_answer_has_24_hours_by_default(source: str) -> None:
    assert _rules(load("korsakovsky"), source) == {("answer", None): (24, "hours", "received", "default")}


def test_chains_and_publishers() -> None:
    chains = {
        (name, source.code): (tuple(source.approval), source.publisher) for name in shipped() for source in load(name).sources
    }
    curator, both = ("block_curator",), ("block_curator", "head")
    assert chains == {
        ("oktyabrsky", "fz59"): (curator, "source_curator"),
        ("oktyabrsky", "im"): (both, "source_curator"),
        ("oktyabrsky", "pos"): (curator, "block_responsible"),
        ("oktyabrsky", "other"): (both, "source_curator"),
        ("korsakovsky", "fz59"): (curator, "source_curator"),
        ("korsakovsky", "im"): (curator, "source_curator"),
        ("korsakovsky", "pos"): (curator, "source_curator"),
        ("korsakovsky", "portal"): (curator, "source_curator"),
        ("korsakovsky", "accounts"): (curator, "accounts"),
    }


def test_oktyabrsky_indicators_are_the_decrees() -> None:
    plan = load("oktyabrsky").indicators
    assert plan is not None
    growing, half = [72, 74, 76, 78, 80, 80], [55, 60, 65, 70, 75, 80]
    targets = [list(row.targets.values()) for row in plan.rows]
    assert targets == [[90] * 6, growing, [90] * 6, [100] * 6, growing, half, [80] * 6]
    assert plan.rows[6].note
    assert load("korsakovsky").indicators is None


def test_each_settlement_of_korsakovsky_has_its_territorial_block() -> None:
    charter = load("korsakovsky")
    parent = {place.code: place.parent for place in charter.geography.settlements}
    territorial = {parent[block.settlement] for block in charter.blocks if block.settlement}
    assert territorial == set(parent.values())
    assert len(territorial) == 7


def test_short_rules_take_the_ladder_and_warnings_of_the_settings() -> None:
    charter = load("oktyabrsky")
    rules = {rule.code: rule for rule in charter.deadlines}
    assert [(step.to, step.after_hours) for step in charter.steps_of(rules["im_agree"])] == [
        ("responsible", 0),
        ("block_curator", 1),
        ("head", 3),
    ]
    assert [(step.to, step.after_days) for step in charter.steps_of(rules["pos_answer"])] == [
        ("responsible", 0),
        ("block_curator", 1),
        ("head", 3),
    ]
    assert [step.to for step in charter.steps_of(rules["im_approve"])] == ["head"]
    assert charter.warn_shares_of(rules["im_agree"]) == [0.5, 0.8]
