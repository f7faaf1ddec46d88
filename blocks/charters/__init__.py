"""Charters: everything that differs from Center to Center, as checked data."""

from __future__ import annotations

from blocks.charters.errors import CharterError, Problem
from blocks.charters.reading import load, parse, shipped
from blocks.charters.schema import Charter
from blocks.charters.settings_schema import Settings, settings_of

__all__ = ["Charter", "CharterError", "Problem", "Settings", "load", "parse", "settings_of", "shipped"]
