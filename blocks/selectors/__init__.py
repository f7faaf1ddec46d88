"""Reads over Centers and their people; each says how many queries it costs."""

from blocks.selectors.audience import Roster, roster_of
from blocks.selectors.frame import Frame, centers_of, frame_of

__all__ = ["Frame", "Roster", "centers_of", "frame_of", "roster_of"]
