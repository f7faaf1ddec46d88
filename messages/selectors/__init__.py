"""Reads of the case for pages; each says how many queries it costs. Nothing here writes."""
