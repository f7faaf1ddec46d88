"""What may go wrong with one delivery; the words are kept beside the row."""

from __future__ import annotations


class Refused(Exception):
    """This notice was not taken; others may be."""


class Unreachable(Exception):
    """The server of the way does not answer: nothing else would get through now."""


class Resting(Exception):
    """Not tried: its server has just not answered another notice of the run."""


class NothingToReach(Exception):
    """The person can no longer be reached by this way."""


def words_of(error: BaseException) -> str:
    """The kind of the error and what it says, as they are kept."""
    return f"{type(error).__name__}: {error}"[:2000]
