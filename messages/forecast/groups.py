"""Like cases: from those that stand in the same stage to those of the same source, block and topic too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from messages.forecast.durations import Durations

ENOUGH: Final = 20
"""Of fewer cases nothing is said."""

STEP: Final = 5
PRIOR: Final = 20
"""A narrower group says as much as the wider one once it has so many cases, and more with every one after."""


class Group(NamedTuple):
    """Whose cases; None stands for any."""

    kind: str
    state: str
    source: int | None = None
    block: int | None = None
    topic: int | None = None


def groups_of(place: Group) -> list[Group]:
    """The groups a case belongs to where it stands, the widest first."""
    found = [Group(place.kind, place.state), Group(place.kind, place.state, place.source)]
    if place.block is not None:
        found.append(place._replace(topic=None))
        if place.topic is not None:
            found.append(place)
    return found


def chance(known: Mapping[Group, Durations], place: Group, *, stood: float, left: float) -> float | None:
    """How likely the work is to take longer than what is left, having stood so long: 0 to 1. None: too few like cases.

    Never falls as the end comes nearer, whether by standing still or by a shorter term.
    """
    widest, *narrower = groups_of(place)
    base = known.get(widest)
    if base is None or base.count < ENOUGH:
        return None
    of_place = [known[group] for group in narrower if group in known]
    return _longer(base, of_place, stood + max(left, 0.0)) / _longer(base, of_place, stood)


def percent(chance: float) -> int:
    """The chance as it is kept and shown: rounded down to fives, so that it is not written anew for every breath of it."""
    return int(chance * 100 + 1e-9) // STEP * STEP


def _longer(base: Durations, narrower: list[Durations], seconds: float) -> float:
    """The share that takes longer, by each group as far as its number of cases carries it."""
    share = base.longer(seconds)
    for durations in narrower:
        share = (durations.count * durations.longer(seconds) + PRIOR * share) / (durations.count + PRIOR)
    return share
