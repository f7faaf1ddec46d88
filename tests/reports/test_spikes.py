"""The rule of sharp growth, by numbers worked out by hand."""

from __future__ import annotations

import pytest

from reports.spikes import SpikeRule, find, poisson_tail

RULE = SpikeRule(baseline_weeks=4, min_messages=3, min_growth=0.25, max_probability=0.01)


def test_poisson_tail() -> None:
    assert poisson_tail(0, 2) == 1
    assert poisson_tail(1, 2) == pytest.approx(1 - 0.1353352832)
    assert poisson_tail(3, 1) == pytest.approx(0.0803013970)
    assert poisson_tail(3, 0) == 0
    assert poisson_tail(2000, 1000) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("count", "before", "is_spike"),
    [
        (2, 0, False),  # too few, however new
        (3, 0, True),  # from nothing
        (3, 1, True),  # mean 0.25: P(X ≥ 3) = 0.0022
        (3, 2, False),  # mean 0.5: 0.0144
        (6, 8, False),  # mean 2: 0.0166
        (7, 8, True),  # mean 2: 0.0045
        (120, 400, False),  # a fifth more than 100 is no growth of a quarter, though its chance is 0.028
        (125, 400, True),  # a quarter more than 100: 0.0087
        (124, 400, False),  # not a quarter
    ],
)
def test_all_three_conditions_hold(count: int, before: int, is_spike: bool) -> None:
    assert (find(RULE, count=count, before=before) is not None) == is_spike


def test_growth_from_nothing_has_no_percentage() -> None:
    spike = find(RULE, count=3, before=0)
    assert spike is not None
    assert spike.growth is None
