"""A rule of terms has editions: a load of the charter never edits the one that cases run by, it ends it and begins the next."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from blocks.charters import Charter, CharterError, load, parse
from blocks.charters.reading import FOLDER
from blocks.models import CharterLoad, DeadlineRule
from blocks.services.load_charter import apply
from mcu.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_centers")]

NOW = datetime(2026, 11, 16, 4, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
STILL_LATER = LATER + timedelta(days=30)
DATA = tomllib.loads((FOLDER / "korsakovsky.toml").read_text(encoding="utf-8"))
CODE = "pos_answer"


def charter(change: Callable[[dict[str, Any]], object] | None = None) -> Charter:
    """The charter of Корсаковский район after a change of the rule «ответ на ПОС»."""
    data = copy.deepcopy(DATA)
    if change:
        change(next(row for row in data["deadlines"] if row["code"] == CODE))
    return parse(data, file="korsakovsky.toml")


def without() -> Charter:
    data = copy.deepcopy(DATA)
    data["deadlines"] = [row for row in data["deadlines"] if row["code"] != CODE]
    return parse(data, file="korsakovsky.toml")


def run(wanted: Charter, now: datetime, *, rules_from_file: bool = False) -> list[str]:
    return [str(change) for change in apply(charter=wanted, actor_label="тест", now=now, rules_from_file=rules_from_file)]


def editions() -> list[DeadlineRule]:
    return list(DeadlineRule.objects.filter(code=CODE).order_by("pk"))


def shorter(row: dict[str, Any]) -> None:
    row["amount"] = 20


def test_a_new_center_has_rules_that_always_were() -> None:
    run(charter(), NOW)
    assert [(row.since, row.closed_at) for row in editions()] == [(None, None)]


def test_a_shorter_term_ends_the_edition_and_begins_the_next() -> None:
    run(charter(), NOW)
    told = run(charter(shorter), LATER)
    assert [line for line in told if CODE in line] == told
    assert "amount: 25 → 20" in told[0]
    assert [(row.amount, row.since, row.closed_at) for row in editions()] == [(25, None, LATER), (20, LATER, None)]
    assert run(charter(shorter), STILL_LATER) == []
    assert CharterLoad.objects.count() == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pauses", True),
        ("warn_before", [60]),
        ("ladder", [{"to": "duty", "after_hours": 2, "when": "off", "ways": ["push"]}]),
        ("on_day_off", "next_working_day"),
        ("fast_track", None),
        ("internal", True),
    ],
)
def test_whatever_terms_are_counted_by_makes_an_edition(field: str, value: Any) -> None:
    run(charter(), NOW)
    run(charter(lambda row: row.update({field: value}) if value is not None else row.pop(field)), LATER)
    assert [row.closed_at for row in editions()] == [LATER, None]


def test_a_name_and_a_clause_are_only_put_right() -> None:
    run(charter(), NOW)
    told = run(charter(lambda row: row.update(title="Ответ на ПОС", clause="Пол. 2.7", basis="decree")), LATER)
    assert len(told) == 3
    [row] = editions()
    assert (row.name, row.clause, row.basis, row.since, row.closed_at) == ("Ответ на ПОС", "Пол. 2.7", "decree", None, None)


def test_a_new_order_makes_no_editions() -> None:
    run(charter(), NOW)
    data = copy.deepcopy(DATA)
    data["deadlines"].reverse()
    assert run(parse(data, file="korsakovsky.toml"), LATER) == ["изменено: Срок: порядок строк"]
    assert not DeadlineRule.objects.filter(closed_at__isnull=False).exists()


def test_a_rule_that_leaves_is_closed_and_comes_back_as_a_new_edition() -> None:
    run(charter(), NOW)
    assert any("закрыто: Срок pos_answer" in line for line in run(without(), LATER))
    told = run(charter(), STILL_LATER)
    assert any("снова открыто: Срок pos_answer" in line for line in told)
    assert [(row.since, row.closed_at) for row in editions()] == [(None, LATER), (STILL_LATER, None)]
    assert run(charter(), STILL_LATER) == []


def test_a_rule_added_later_is_in_force_from_then() -> None:
    run(without(), NOW)
    run(charter(), LATER)
    assert [(row.since, row.closed_at) for row in editions()] == [(LATER, None)]


@pytest.fixture
def changed_here() -> User:
    """The rule as the head of the Center changed it on the page on 16 December: twelve days instead of 25."""
    run(charter(), NOW)
    user = User.objects.create_user("head", full_name="Головин Пётр Ильич")
    [row] = editions()
    DeadlineRule.objects.filter(pk=row.pk).update(closed_at=LATER)
    row.pk, row.amount, row.since, row.made_by = None, 12, LATER, user
    row.save()
    return user


def test_what_was_changed_on_the_page_is_left_and_told(changed_here: User) -> None:
    told = run(charter(), STILL_LATER)
    assert told == [
        "оставлено: Срок pos_answer «Ответ на ПОС: 25 календарных дней», изменено на странице 16.12.2026; "
        "чтобы взять из файла, добавьте --rules-from-file"
    ]
    assert [row.amount for row in editions()] == [25, 12]
    assert CharterLoad.objects.count() == 1


def test_what_was_changed_on_the_page_gives_way_where_that_is_asked(changed_here: User) -> None:
    run(charter(), STILL_LATER, rules_from_file=True)
    assert [(row.amount, row.closed_at, row.made_by) for row in editions()] == [
        (25, LATER, None),
        (12, STILL_LATER, changed_here),
        (25, None, None),
    ]
    assert run(charter(), STILL_LATER) == []


def test_a_rule_of_the_page_alone_is_not_closed_by_a_file(changed_here: User) -> None:
    assert any("оставлено: Срок pos_answer" in line and "добавлено на странице" in line for line in run(without(), STILL_LATER))
    assert editions()[-1].closed_at is None
    run(without(), STILL_LATER, rules_from_file=True)
    assert editions()[-1].closed_at == STILL_LATER
    # Closed by the file, so the file may bring it back.
    run(charter(), STILL_LATER + timedelta(days=1))
    assert editions()[-1].closed_at is None


def test_a_rule_closed_on_the_page_stays_closed(changed_here: User) -> None:
    DeadlineRule.objects.filter(code=CODE, closed_at=None).update(closed_at=LATER + timedelta(days=1))
    [told] = run(charter(), STILL_LATER)
    assert "оставлено: Срок pos_answer" in told
    assert "закрыто на странице 17.12.2026" in told
    run(charter(), STILL_LATER, rules_from_file=True)
    assert editions()[-1].since == STILL_LATER


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"warn_shares": [0.5, 0.501]}, "warn_shares"),
        ({"warn_shares": [0.001]}, "warn_shares"),
        ({"warn_before": [60, 60]}, "warn_before"),
        ({"ladder": [{"to": "head", "after_days": 1, "working": True}]}, "ladder"),
    ],
)
def test_warnings_and_rungs_that_mean_nothing_are_refused(values: dict[str, Any], key: str) -> None:
    with pytest.raises(CharterError, match=key):
        charter(lambda row: row.update(values))


def test_the_shipped_pauses_are_the_programs_own_not_the_laws() -> None:
    for name in ("oktyabrsky", "korsakovsky"):
        for row in load(name).deadlines:
            short = name == "korsakovsky" and row.kind == "answer" and row.unit == "hours"
            assert row.pauses is short, row.code
            assert not row.pauses or row.basis == "default"
