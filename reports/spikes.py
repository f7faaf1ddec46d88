"""When the growth of a topic is a spike («резкий рост», ОКТ Пол. 3.8): a pure rule with the charter's numbers.

A week against the mean of the weeks before it: enough messages, enough growth, and too many to be chance. If messages
come by themselves, their number in a week follows Poisson's law; its tail is how often as many would come by chance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SpikeRule:
    """The charter's ``[settings.spike]``."""

    baseline_weeks: int
    min_messages: int
    min_growth: float  # 0.25: a quarter more than the mean
    max_probability: float


@dataclass(frozen=True, slots=True)
class Spike:
    """A spike found: the count of the week, the mean before, the growth as a share (None from nothing), the chance."""

    count: int
    mean: float
    growth: float | None
    probability: float


def find(rule: SpikeRule, *, count: int, before: int) -> Spike | None:
    """The spike, if the week's ``count`` is one; ``before`` is the sum of the baseline weeks. Section 0 of the requirements."""
    mean = before / rule.baseline_weeks
    growth = (count - mean) / mean if mean else None
    if count < rule.min_messages or (growth is not None and growth < rule.min_growth):
        return None
    probability = poisson_tail(count, mean)
    return Spike(count, mean, growth, probability) if probability <= rule.max_probability else None


def poisson_tail(count: int, mean: float) -> float:
    """How probable it is that as many or more come where ``mean`` come as a rule: P(X ≥ count)."""
    if count <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    log_mean = math.log(mean)
    below = math.fsum(math.exp(k * log_mean - mean - math.lgamma(k + 1)) for k in range(count))
    return min(1.0, max(0.0, 1.0 - below))
