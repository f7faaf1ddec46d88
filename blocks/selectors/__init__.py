"""Reads over Centers and their people; each says how many queries it costs."""

from blocks.selectors.audience import Roster, roster_of
from blocks.selectors.frame import Frame, frame_of

__all__ = ["Frame", "Roster", "frame_of", "roster_of"]
