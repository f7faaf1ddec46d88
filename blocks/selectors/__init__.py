"""Reads over Centers and their people; each says how many queries it costs."""

from blocks.selectors.audience import Roster, roster_of

__all__ = ["Roster", "roster_of"]
