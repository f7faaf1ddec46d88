"""How likely a term is to be missed, by how long work like it took before. Pure arithmetic; how it works: docs/forecast.md."""

from messages.forecast.clock import Clock, Rhythm, Watch, clock_of
from messages.forecast.durations import Durations, Tally
from messages.forecast.groups import ENOUGH, Group, chance, groups_of, percent
from messages.forecast.past import CHECKED, Sample, Term, Visit, samples, was_named, watch_over

__all__ = [
    "CHECKED",
    "ENOUGH",
    "Clock",
    "Durations",
    "Group",
    "Rhythm",
    "Sample",
    "Tally",
    "Term",
    "Visit",
    "Watch",
    "chance",
    "clock_of",
    "groups_of",
    "percent",
    "samples",
    "was_named",
    "watch_over",
]
