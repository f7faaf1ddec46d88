"""The register: filters that stand in the address, what they find, the selectors and columns people choose from."""

from messages.selectors.register.choices import COUNT_CAP, Choice, Filter, filter_line
from messages.selectors.register.filters import (
    ALL,
    DONE_GROUP,
    LOW,
    ME,
    NOBODY,
    OPEN_GROUP,
    QUERY_LENGTH,
    TERMS,
    Filters,
)
from messages.selectors.register.found import at_risk, register, search
from messages.selectors.register.words import words_of

__all__ = [
    "ALL",
    "COUNT_CAP",
    "DONE_GROUP",
    "LOW",
    "ME",
    "NOBODY",
    "OPEN_GROUP",
    "QUERY_LENGTH",
    "TERMS",
    "Choice",
    "Filter",
    "Filters",
    "at_risk",
    "filter_line",
    "register",
    "search",
    "words_of",
]
