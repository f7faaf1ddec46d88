"""Terms of a case as arithmetic: which rules apply, when each term ends, who is told and when, how it reads.

Pure: facts and rules in, moments out. All moments are aware; what is returned is UTC. Nothing here reads the clock
or the database, so that the same facts always give the same terms.
"""

from mcu.durations import duration
from messages.terms.case import PUT_OFF_BY_QUESTION, Facts, Wanted, wanted
from messages.terms.chip import Chip, Tone, chip
from messages.terms.ends import HOLDER, Pause, Promise, Step, due_at, end, steps, threat_at
from messages.terms.rules import IN_HOURS, KIND_RU, DayCount, Kind, OnDayOff, Rule, Rung, StartsOn, Unit, When, match

__all__ = [
    "HOLDER",
    "IN_HOURS",
    "KIND_RU",
    "PUT_OFF_BY_QUESTION",
    "Chip",
    "DayCount",
    "Facts",
    "Kind",
    "OnDayOff",
    "Pause",
    "Promise",
    "Rule",
    "Rung",
    "StartsOn",
    "Step",
    "Tone",
    "Unit",
    "Wanted",
    "When",
    "chip",
    "due_at",
    "duration",
    "end",
    "match",
    "steps",
    "threat_at",
    "wanted",
]
