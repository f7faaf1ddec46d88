"""Rows of the registers for the demo: invented facts, days counted from the day of loading."""
